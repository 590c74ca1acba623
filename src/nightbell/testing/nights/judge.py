"""Judge: holds what the records say of a night against what left the house. It returns what is wrong, in words.

The invariants are those of the reference, section 4: I1 nothing that was accepted is missing, I2 every escalation
has somebody or was alarmed, I3 no rung before it is due and none left out, I4 one owner, and the key was pressed,
I6 what the records say went out and what went out are the same, I7 nothing rings after the key.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, select

from nightbell.escalation.encoding import entry_from_json
from nightbell.oncall.history import Answered, Closed, Empty, Entry, Lost, Paged, Taken
from nightbell.oncall.ladder import DEFAULTS
from nightbell.records.tables import escalation_log, escalations, executors
from nightbell.terms.disposition import Disposition
from nightbell.testing.nights.plan import NightPlan

__all__ = ["judge", "judge_so_far", "wire_of"]

_EARLY_S: Final = 0.5
"""How much before its time a rung may be seen on the wire: a page's task starts a little after it was due."""
_AFTER_S: Final = 3.0
_PRIVATE: Final = ("7700900701", "7700900702", "7700900703", "7700 900", "+447700", "chloe@example.org")


@dataclass(slots=True)
class _Night:
    plan: NightPlan
    wire: list[dict[str, Any]]
    rows: dict[str, dict[str, Any]]
    logs: dict[str, list[Entry]]
    hands: dict[str, list[str]]
    executors: int
    unwritten: str
    """Lines of the log about a send that the records did not take."""

    def ladder_ms(self, t: float) -> float:
        """Return the ladder's time at a count of the machine's, as the first process on duty had it."""
        first = next((one for one in self.wire if one["kind"] == "open"), {"t": t, "now": 0})
        return float(first["now"] + (t - first["t"]) * 1000 * self.plan.scale)

    def of(self, kind: str, escalation: str) -> list[dict[str, Any]]:
        """Return what left the house about one escalation."""
        return [one for one in self.wire if one["kind"] == kind and one.get("escalation") == escalation]


def wire_of(folder: Path) -> list[dict[str, Any]]:
    """Return what left the house, in order."""
    path = folder / "wire"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def judge(plan: NightPlan, folder: Path, accepted: Sequence[str], starts: int) -> list[str]:
    """Return every breach of an invariant in a night that is over.

    Args:
        plan: the night.
        folder: its records and wire.
        accepted: escalations whose event was durable.
        starts: how often the process on duty was started and came up.
    """
    night = _read(plan, folder, wire_of(folder))
    found = _all(night, accepted, starts)
    for id_ in accepted:
        if id_ in night.rows:
            found += _ends(night, id_)
    found += _private(night, folder)
    return found


def judge_so_far(
    plan: NightPlan, folder: Path, wire: list[dict[str, Any]], accepted: Sequence[str], starts: int
) -> list[str]:
    """Return every breach in a night that was broken off: all that ``judge`` says, but who has whom in the end.

    Args:
        plan: the night.
        folder: its records.
        wire: what had left the house.
        accepted: escalations whose event was durable.
        starts: how often the process on duty had come up.
    """
    return _all(_read(plan, folder, wire), accepted, starts)


def _all(night: _Night, accepted: Sequence[str], starts: int) -> list[str]:
    found = [f"I1 {id_} is missing" for id_ in accepted if id_ not in night.rows]
    if night.executors < starts:
        found.append(f"I4 {starts} starts and {night.executors} executors")
    for id_ in accepted:
        if id_ in night.rows:
            found += _one(night, id_)
    return found


def _read(plan: NightPlan, folder: Path, wire: list[dict[str, Any]]) -> _Night:
    engine = create_engine(f"sqlite:///{folder / 'records.sqlite3'}")
    logs: defaultdict[str, list[Entry]] = defaultdict(list)
    hands: defaultdict[str, list[str]] = defaultdict(list)
    try:
        with engine.connect() as connection:
            rows = {row["id"]: dict(row) for row in connection.execute(select(escalations)).mappings()}
            query = select(escalation_log).order_by(escalation_log.c.escalation, escalation_log.c.seq)
            for row in connection.execute(query).mappings():
                logs[row["escalation"]].append(entry_from_json(row["entry"]))
                hands[row["escalation"]].append(row["executor"])
            known = len(connection.execute(select(executors.c.executor)).all())
    finally:
        engine.dispose()
    return _Night(plan, wire, rows, dict(logs), dict(hands), known, _unwritten(folder))


def _unwritten(folder: Path) -> str:
    log = folder / "log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return "\n".join(line for line in lines if "page.not_marked" in line)


def _one(night: _Night, id_: str) -> Iterator[str]:
    log = night.logs.get(id_, [])
    yield from _owners(night, id_, log)
    yield from _rungs(night, id_, log)
    yield from _went_out(night, id_, log)
    yield from _after_the_key(night, id_, log)
    hands = night.hands.get(id_, [])
    blocks = [hand for place, hand in enumerate(hands) if place == 0 or hands[place - 1] != hand]
    if len(blocks) != len(set(blocks)):
        yield f"I4 {id_}: a process that was taken over wrote on"


def _ends(night: _Night, id_: str) -> Iterator[str]:
    place = night.rows[id_]["place"]
    if place not in {"owned", "closed"} and not night.of("alarm", id_):
        yield f"I2 {id_} is {place} and nobody was alarmed"
    if not night.logs.get(id_):
        yield f"I2 {id_} was never worked on"


def _owners(night: _Night, id_: str, log: list[Entry]) -> Iterator[str]:
    owner = ""
    for entry in log:
        if isinstance(entry, Taken):
            if owner:
                yield f"I4 {id_}: {entry.person} took what {owner} had"
            owner = entry.person
        elif isinstance(entry, Lost | Closed):
            owner = ""
        elif isinstance(entry, Paged) and owner:
            yield f"I7 {id_}: {entry.person} was paged after {owner} had it"
    keys = {one["page"] for one in night.of("key", id_) if one["won"]}
    pressed = {one["page"] for one in night.of("pressed", id_)}
    taken = {one.page for one in log if isinstance(one, Taken)}
    for page in keys - taken:
        yield f"I4 {page}: the key won, and the records do not know it"
    for page in taken - pressed:
        yield f"I4 {page}: taken without a key"


def _rungs(night: _Night, id_: str, log: list[Entry]) -> Iterator[str]:
    ladder = DEFAULTS[Disposition(night.rows[id_]["disposition"])]
    waits = [rung.wait_ms / 1000 for rung in ladder.rungs if rung.to != "treating"]
    reached = [one for one in log if isinstance(one, Paged | Empty)]
    answered = {one.page: one.at.ms for one in log if isinstance(one, Answered)}
    for before, now in pairwise(reached):
        here, there = (before.round, before.rung), (now.round, now.rung)
        if here == there:
            continue
        follows = there == (here[0], here[1] + 1) or (there[0] == here[0] + 1 and there[1] == 0)
        if not follows:
            yield f"I3 {id_}: rung {there} follows {here}"
        anew = any(entry.kind in {"reopened", "lost"} and before.at <= entry.at <= now.at for entry in log)
        pages = [p for p in reached if isinstance(p, Paged) and (p.round, p.rung) == here]
        over = all(p.page in answered and answered[p.page] <= now.at.ms for p in pages)
        if anew or over or not pages:
            continue
        waited = (now.at.ms - pages[0].at.ms) / 1000
        if here[1] < len(waits) and waited < waits[here[1]]:
            yield f"I3 {id_}: rung {there} after {waited:.1f} s of {waits[here[1]]:.0f}"
    yield from _clock_is_steady(night, id_, log)


def _clock_is_steady(night: _Night, id_: str, log: list[Entry]) -> Iterator[str]:
    """Hold the log's times against the machine's count: no page is written before its time has really passed."""
    paged = {one.page: one.at.ms for one in log if isinstance(one, Paged)}
    for one in night.of("ring", id_):
        if one["page"] in paged:
            ahead = (paged[one["page"]] - night.ladder_ms(one["t"])) / 1000
            if ahead > _EARLY_S * night.plan.scale:
                yield f"I3 {one['page']} rang {ahead:.0f} s of the ladder before its time"


def _went_out(night: _Night, id_: str, log: list[Entry]) -> Iterator[str]:
    paged = {one.page: one for one in log if isinstance(one, Paged)}
    rings = night.of("ring", id_)
    copies: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in rings:
        # A number that the records did not take is forgotten by a crash, and said once more by the next process.
        process = one.get("pid", 0) if one["page"] in night.unwritten else 0
        copies[one["page"]].append((process, one["copy"]))
        if one["says_repeat"] != (one["copy"] > 1):
            yield f"I6 {one['page']}: copy {one['copy']} does not say what it is"
    for page, seen in copies.items():
        if page not in paged:
            yield f"I6 {page} rang, and the records do not know it"
        if len(seen) != len(set(seen)):
            yield f"I6 {page}: two copies say that they are number {max(seen)[1]}"
    order = [one.page for one in log if isinstance(one, Paged)]
    for place, page in enumerate(order):
        known = page in copies or any(isinstance(one, Answered) and one.page == page for one in log)
        if not known and any(later in copies for later in order[place + 1 :]):
            yield f"I6 {page} was written, nobody was rung, and the ladder went on"


def _after_the_key(night: _Night, id_: str, log: list[Entry]) -> Iterator[str]:
    if any(isinstance(one, Lost) for one in log):
        return
    won = next((one for one in night.of("key", id_) if one["won"]), None)
    if won is None:
        return
    for one in night.of("ring", id_):
        if one["t"] > won["t"] + _AFTER_S:
            yield f"I7 {one['page']} rang {one['t'] - won['t']:.1f} s after the key"
    for one in night.of("ring_over", id_):
        if one["t"] > won["t"] + _AFTER_S and one["page"] != won["page"]:
            yield f"I7 {one['page']} rang on for {one['t'] - won['t']:.1f} s after the key"


def _private(night: _Night, folder: Path) -> Iterator[str]:
    said = [str(one.get("words", "")) for one in night.wire]
    said.append(
        (folder / "log").read_text(encoding="utf-8", errors="replace") if (folder / "log").exists() else ""
    )
    for part in _PRIVATE:
        if any(part in words for words in said):
            yield "a number or an address of somebody on call went out or stands in a log"
            return
