"""Judge: opens what a power loss left with the real code, and holds it against what had left the house by then.

The invariants are those of the reference, section 4, as far as they hold of a beginning: nothing confirmed
is lost and nothing that went out is unknown (I1, I6), rungs in order (I3), one owner with a key (I4), the audit
chain unbroken (I5), no page after the key (I7). I2 is for ``recovering``. It returns what is wrong, in words.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Effect, Play
from nightbell.call.events import Event
from nightbell.call.session import Session
from nightbell.errors import RecordNotFound
from nightbell.flow.archive import flow_from_json
from nightbell.records.audit import Audit, verify
from nightbell.records.port import CallRecord, Entry
from nightbell.records.recovery import recover
from nightbell.records.spill import Spill, replay
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition, highest
from nightbell.terms.instant import Instant
from nightbell.testing.journal import made_up_journal
from nightbell.testing.nights.judge import judge_so_far
from nightbell.testing.power.disk import State
from nightbell.testing.power.scene import CALL, PLAN, Scene

__all__ = ["accepted_by", "handled", "judge_audit", "judge_records", "judge_spill", "lay_out"]

_LATER: Final = Instant(4_000_000_000_000)
_PATIENT_MS: Final = 10_000


def lay_out(state: State, folder: Path) -> None:
    """Put the files of a state into a new folder."""
    folder.mkdir(parents=True)
    for path, data in state.files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)


def accepted_by(told: list[dict[str, Any]]) -> list[str]:
    """Return the escalations whose event was confirmed."""
    return [id_ for one in told if one["kind"] == "kept" for id_ in one["escalations"]]


def judge_records(scene: Scene, state: State, folder: Path, seen: set[tuple[str, int]]) -> list[str]:
    """Judge the records' files, laid out in ``folder``; they are opened and their call is closed there.

    Args:
        scene: what was seen.
        state: what is left of it.
        folder: where that is laid out.
        seen: what was judged before; most states are one and the same once SQLite has put its log in order.
    """
    told = scene.told_by(state.at)
    try:
        with closing(sqlite3.connect(folder / "records.sqlite3")) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        return [f"the database is damaged: {verdict}"]
    content = hashlib.sha256((folder / "records.sqlite3").read_bytes()).hexdigest()
    if (content, len(told)) in seen:
        return []
    seen.add((content, len(told)))
    starts = sum(one["kind"] == "open" for one in told)
    found = judge_so_far(PLAN, folder, told, accepted_by(told), starts)
    return found + asyncio.run(_reopened(folder / "records.sqlite3", told))


async def _reopened(path: Path, told: list[dict[str, Any]]) -> list[str]:
    """Open the records as the next start does, and close what was under way."""
    async with await open_sqlite(path, now=_LATER, busy_ms=_PATIENT_MS) as records:
        found = [f"incident: {one.kind}" for one in await records.incidents()]
        try:
            entries, before = await records.journal(CALL), await records.call(CALL)
        except RecordNotFound:
            entries, before = [], None
        found += _call(told, entries, before)
        recovery = await recover(records, handled, now=_LATER, limit_ms=_PATIENT_MS)
        found += [f"I1 {call} could not be closed" for call in (*recovery.failed, *recovery.by_fallback)]
        found += [f"I1 {one.record.call} is open for ever" for one in await records.open_calls()]
        ended = any(isinstance(effect, Close) for entry in entries for effect in entry.effects)
        if before is not None and not ended:
            found += _interrupted(before, await records.call(CALL))
    return found


def _call(told: list[dict[str, Any]], entries: list[Entry], record: CallRecord | None) -> Iterator[str]:
    """Hold what was confirmed, said and asked for against the journal."""
    there = [entry.event.seq for entry in entries]
    if there != list(range(len(there))):
        yield "I1 the journal has a gap"
    lost = {one["seq"] for one in told if one["kind"] == "kept"} - set(there)
    if lost:
        yield f"I1 {len(lost)} confirmed events are lost"
    outside = [tuple(one["what"]) for one in told if one["kind"] == "outside"]
    plays = [effect for entry in entries for effect in entry.effects if isinstance(effect, Play)]
    known = Counter((play.prompt, " ".join(segment.text for segment in play.segments)) for play in plays)
    if Counter(one[1:] for one in outside if one[0] == "said") - known:
        yield "I6 the caller was told something, and the records do not know it"
    rows: Mapping[str, set[int]] = {
        "page": {page.n for page in record.pages} if record else set(),
        "ring_back": {one.n for one in record.ring_backs} if record else set(),
        "note": {one.n for one in record.notifications} if record else set(),
    }
    for kind, numbers in rows.items():
        if not {one[1] for one in outside if one[0] == kind} <= numbers:
            yield f"I6 a {kind} went out, and the records do not know it"


def handled(content: str, saved: str, event: Event) -> tuple[Sequence[Effect], str]:
    """Let a saved session take an event, as bootstrap does."""
    session = Session.load(compile_flow(flow_from_json(content)), saved)
    return session.handle(event), session.save()


def _interrupted(before: CallRecord, after: CallRecord) -> Iterator[str]:
    least = highest(before.floor, Disposition.DU)
    assert least is not None
    if after.reason != "interrupted" or after.disposition is None or not after.disposition.at_least(least):
        yield "I1 the call that was under way has no outcome as urgent as it was"
    if not after.pages:
        yield "I2 the call that was under way has no page"


def judge_audit(scene: Scene, state: State, folder: Path) -> list[str]:
    """Judge the audit chain (I5): what was confirmed is in it, and it is unbroken once the next line was added."""
    path = folder / "audit.jsonl"
    confirmed = [one["head"] for one in scene.told_by(state.at) if one["kind"] == "audited"]
    lines = path.read_bytes().split(b"\n")[: len(confirmed)] if path.exists() else []
    if len(lines) < len(confirmed):
        return [f"I5 {len(confirmed) - len(lines)} confirmed lines of the audit chain are lost"]
    Audit(path).add("reloaded", _LATER, {})
    count, broken = verify(path)
    if broken is not None:
        return [f"I5 the chain is broken at line {broken} of {count}"]
    if count <= len(confirmed):
        return ["I5 a confirmed line of the audit chain made room for another"]
    return []


def judge_spill(scene: Scene, state: State, folder: Path) -> list[str]:
    """Judge the spill file: every event that was confirmed, and one spilled after the loss, reach the records."""
    confirmed = {one["seq"] for one in scene.told_by(state.at) if one["kind"] == "spilled"}
    (folder / "records.sqlite3").write_bytes(scene.base["records.sqlite3"])
    return asyncio.run(_replayed(folder, confirmed))


async def _replayed(folder: Path, confirmed: set[int]) -> list[str]:
    journal = made_up_journal("spilled")
    spill = Spill(folder / "spill")
    again = max(confirmed, default=-1) + 1
    if again < len(journal):  # the next start could not open its records either, and spilled on
        await spill.append(*journal[again], "{}", limit_ms=_PATIENT_MS)
        confirmed = confirmed | {again}
    spill.close()
    async with await open_sqlite(folder / "records.sqlite3", now=_LATER, busy_ms=_PATIENT_MS) as records:
        await replay(folder / "spill", records, now=_LATER)
        try:
            there = {entry.event.seq for entry in await records.journal("spilled")}
        except RecordNotFound:
            there = set()
    lost = confirmed - there
    return [f"I1 {len(lost)} spilled events are lost"] if lost else []
