"""Trace: from a row of the triage table to what holds it - floor, place, wording, scripts, callers, last run.

It reads flows, scripts, callers and a stored run; a row that nothing holds stands in it all the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nightbell.errors import CallersError
from nightbell.flow.model import Screen, Words
from nightbell.rehearsal.callers.rows import ROWS
from nightbell.rehearsal.reading import read_entry
from nightbell.rehearsal.schema import ScriptEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from nightbell.flow.model import Flow, Prompt
    from nightbell.rehearsal.callers.person import Person

__all__ = ["Held", "Row", "Run", "read_run", "scripts_by_row", "trace"]

_SEPARATORS: Final = str.maketrans({",": " ", ";": " ", "/": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One thing that holds a row at one clinic."""

    clinic: str
    kind: str
    """question or universal."""
    place: str
    """STATE.QUESTION, or the universal's name."""
    floor: str
    wording: str
    """What is asked, or how many patterns are heard for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row and all that holds it."""

    number: str
    name: str
    disposition: str
    held: tuple[Held, ...]
    scripts: tuple[str, ...]
    """CLINIC/SCRIPT."""
    callers: tuple[tuple[str, int], ...]
    """Clinic to its callers of this row."""
    last: tuple[tuple[str, str], ...]
    """Level to what the stored run says: "14 tried, 0 missed"."""

    @property
    def empty(self) -> bool:
        """Tell whether neither a question nor a universal nor a script holds it."""
        return not (self.held or self.scripts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a stored run came to."""

    at: str
    """When it ended, ISO 8601."""
    same: bool
    """It was made with the flows and callers as they are now."""
    rows: Mapping[str, Mapping[str, tuple[int, int]]]
    """Row to level to tried and missed."""


def trace(
    flows: Sequence[Flow], people: Sequence[Person], scripts: Mapping[str, Sequence[str]], run: Run | None
) -> tuple[Row, ...]:
    """Return every row of the table, those that nothing holds too.

    Args:
        flows: the clinics' flows.
        people: who rings them.
        scripts: row to its call scripts.
        run: the last stored run; None where there is none.
    """
    held: dict[str, list[Held]] = defaultdict(list)
    for flow in flows:
        for row, one in _held(flow):
            held[row].append(one)
    clinics = [flow.clinic.name for flow in flows]
    found = []
    for number, (name, disposition) in ROWS.items():
        count = {
            clinic: sum(each.row == number and each.clinic == clinic for each in people) for clinic in clinics
        }
        levels = run.rows.get(number, {}) if run is not None else {}
        found.append(
            Row(
                number=number,
                name=name,
                disposition=disposition,
                held=tuple(held[number]),
                scripts=tuple(scripts.get(number, ())),
                callers=tuple((clinic, many) for clinic, many in count.items() if many),
                last=tuple(
                    (level, f"{tried} tried, {missed} missed") for level, (tried, missed) in levels.items()
                ),
            )
        )
    return tuple(found)


def scripts_by_row(folders: Iterable[Path]) -> dict[str, tuple[str, ...]]:
    """Return row to the call scripts of these clinics' folders that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder in folders:
        for path in sorted((folder / "calls").glob("*.yaml")):
            entry = read_entry(path, ScriptEntry).value
            for row in _rows(entry.row) if entry is not None else ():
                found[row].append(f"{folder.name}/{path.stem}")
    return {row: tuple(names) for row, names in found.items()}


def read_run(path: Path, version: str) -> Run | None:
    """Read a stored run; None where there is none.

    Args:
        path: the file that a soak leaves.
        version: of the flows and callers as they are now.

    Raises:
        CallersError: the file cannot be read.
    """
    if not path.is_file():
        return None
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rows = {
            row: {level: (int(count["tried"]), int(count["missed"])) for level, count in levels.items()}
            for row, levels in stored["rows"].items()
        }
        return Run(at=str(stored["at"]), same=stored["version"] == version, rows=rows)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CallersError(f"{path} is no stored run", hint="scripts/soak triage writes one") from error


def _held(flow: Flow) -> Iterable[tuple[str, Held]]:
    clinic = flow.clinic.name
    for universal in flow.universals:
        floor = universal.floor.value if universal.floor is not None else ""
        wording = f"{len(universal.hear)} patterns, heard anywhere"
        for row in _rows(universal.row):
            yield row, Held(clinic=clinic, kind="universal", place=universal.name, floor=floor, wording=wording)
    for state in flow.states:
        for question in state.questions if isinstance(state, Screen) else ():
            for row in _rows(question.row):
                yield (
                    row,
                    Held(
                        clinic=clinic,
                        kind="question",
                        place=f"{state.name}.{question.name}",
                        floor=question.yes.value,
                        wording=_words(question.ask),
                    ),
                )


def _rows(text: str) -> tuple[str, ...]:
    return tuple(row for row in text.translate(_SEPARATORS).split() if row in ROWS)


def _words(prompt: Prompt) -> str:
    return " ".join(part.text.strip() if isinstance(part, Words) else "..." for part in prompt.parts)
