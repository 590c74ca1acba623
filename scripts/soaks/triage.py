"""Every recorded caller rings every clinic they have: all red flags at 20 dB, everybody at 10 and 5 dB and clean.

Each verdict goes into var/triage/soak.csv at once; a run that was ended goes on from there, as long as the flows
and the callers are the same. The figures at the end are those of all of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scripts.benches._triage_figures import CLINICS, figures_of
from scripts.benches._triage_line import Batch, batches, company, flow_of, recorded, run
from scripts.figures import Figure

from nightbell.cli.triage import run_version
from nightbell.rehearsal.callers.person import Person
from nightbell.rehearsal.callers.tally import by_row
from nightbell.rehearsal.callers.verdict import Verdict
from nightbell.settings import load_settings
from nightbell.terms.disposition import Disposition

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 180.0
SEED: Final = 7
ORDER: Final = ("20 dB", "10 dB", "5 dB", "clean")
"""The level with the goal first, so that a run that is ended early says most."""
_NUMBERS: Final = ("page_ms", "words_ms", "page_turns", "first_turns", "audio_ms")
_FLAGS: Final = ("red_flag", "paged", "keys_only", "said_emergency")


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Ring all that have not rung yet, and count all that have."""
    path = load_settings().data_dir / "triage" / "soak.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    version = _version()
    done = _read(path, version)
    people = recorded([person for clinic in CLINICS for person in company().of(clinic)])
    jobs = [job for level in ORDER for job in _missing(people, level, done)]
    left = sum(len(job.ids) for job in jobs)
    say(f"{len(done)} calls are in {path.name}, {left} are to be made")
    verdicts = list(done.values())
    for batch, found in run(jobs):
        verdicts += found
        _append(path, version, found)
        left -= len(batch.ids)
        say(f"{batch.clinic}, {batch.level}: {len(found)} calls, {left} to go")
        for each in found:
            if each.missed:
                say(f"missed: {each.id}: {each.why}")
    _store(path.with_name("run.json"), verdicts)
    return figures_of(verdicts, full=True)


def _store(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Leave what the page of the triage table shows: row and level to tried and missed."""
    rows: dict[str, dict[str, dict[str, int]]] = {}
    for count in by_row(verdicts):
        rows.setdefault(count.row, {})[count.level] = {"tried": count.tried, "missed": count.missed}
    at = datetime.now(UTC).replace(microsecond=0).isoformat()
    run = {"at": at, "version": _version(), "rows": rows}
    path.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


def _missing(people: tuple[Person, ...], level: str, done: dict[tuple[str, str, str], Verdict]) -> list[Batch]:
    wanted = [
        person
        for person in people
        if (person.is_red_flag or level != "20 dB" or person.negative)
        and (person.id, person.clinic, level) not in done
    ]
    return batches(wanted, level, seed=SEED, patience="number")


def _version() -> str:
    """Return what a stored verdict is only good for: the flows and the callers as they are now."""
    return run_version([flow_of(clinic) for clinic in CLINICS], company().people)


def _append(path: Path, version: str, found: list[Verdict]) -> None:
    names = ["version", *Verdict.__dataclass_fields__]
    new = not path.is_file()
    with path.open("a", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names)
        if new:
            table.writeheader()
        table.writerows({"version": version} | verdict.as_row() for verdict in found)


def _read(path: Path, version: str) -> dict[tuple[str, str, str], Verdict]:
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.pop("version") == version]
    found = [_verdict(row) for row in rows]
    return {(each.id, each.clinic, each.level): each for each in found}


def _verdict(row: dict[str, Any]) -> Verdict:
    numbers = {name: int(row[name]) if row[name] else None for name in _NUMBERS}
    flags = {name: row[name] == "True" for name in _FLAGS}
    floor, got = Disposition(row["floor"]), Disposition(row["got"]) if row["got"] else None
    return Verdict(**(row | numbers | flags | {"floor": floor, "got": got}))
