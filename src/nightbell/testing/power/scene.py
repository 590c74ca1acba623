"""Scene: a caller raises a flag, a person is rung, presses the key; real records, real duty, strace on both.

It is short: one real call on a line without sound, one process on duty whose first ring is passed on and whose
second is taken. What leaves the house goes to ``wire``, as in the nights of faults, and so stands in the trace
between the writes and flushes that it must come after. Linux only.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from nightbell.audio.frame import FRAME_MS
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Effect, Escalate
from nightbell.call.events import Event
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation
from nightbell.conversation.ears import Ears
from nightbell.flow.archive import flow_to_json
from nightbell.records.audit import Audit
from nightbell.records.spill import Spill
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.instant import Instant
from nightbell.testing.flows import short_hold
from nightbell.testing.heard import Heard, Marked, Outside, Quiet
from nightbell.testing.journal import made_up_journal
from nightbell.testing.nights.plan import NightPlan
from nightbell.testing.nights.process import ROTA
from nightbell.testing.nights.run import Plant, empty, on_duty, settled
from nightbell.testing.power.trace import Op, read_trace, traced

__all__ = ["CALL", "PLAN", "Scene", "play"]

CALL: Final = "scene"
PLAN: Final = NightPlan(seed=1, scale=10.0, honest_after=1, outcomes=("passed",), settle_s=60.0)
"""The first person passes it on, the next one takes it. No faster: strace makes turns slow."""
_KEYS: Final = {2000: "1", 4000: "2", 5000: "1", 10_000: "1", 11_000: "1"}
"""Audio milliseconds to keys: a yes in the screen, and a number to be rung back under."""
_HANGS_UP_MS: Final = 60_000
_PATIENT_MS: Final = 20_000
"""The scene is about the order of things, not about time: strace makes a slow disk of any."""
_LOG_PAGES: Final = 60
"""SQLite moves its log into the database when it is so long: within the scene, and not a thousand pages later."""
_LIMIT_S: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What was seen of a scene."""

    folder: Path
    base: dict[str, bytes]
    """Files that were there before, safe."""
    ops: tuple[Op, ...]
    told: tuple[tuple[int, dict[str, Any]], ...]
    """What left the house, each with the trace's line on which it began to leave."""

    def told_by(self, at: int) -> list[dict[str, Any]]:
        """Return what had left the house by a moment."""
        return [what for moment, what in self.told if moment <= at]


def play(folder: Path, plant: Plant | None = None, *, duty: bool = True) -> Scene:
    """Play the scene in a folder of its own, and see what is written.

    Args:
        folder: where; it is made.
        plant: plants a bug in both processes; None in earnest.
        duty: whether anybody is on duty; the call alone is shorter.
    """
    folder.mkdir(parents=True)
    (folder / "oncall.yaml").write_text(ROTA, encoding="utf-8")
    asyncio.run(empty(folder))
    base = {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    trace = folder.with_name(f"{folder.name}.trace")
    status = traced(lambda: _scene(folder, plant, duty=duty), trace, limit_s=_LIMIT_S)
    assert status == 0, f"the scene did not come to its end: {status}"
    ops = read_trace(trace, folder)
    told = [(op.began, json.loads(op.data)) for op in ops if op.path == "wire" and op.kind == "write"]
    return Scene(folder=folder, base=base, ops=tuple(op for op in ops if op.path != "wire"), told=tuple(told))


def _scene(folder: Path, plant: Plant | None, *, duty: bool) -> None:
    event.listen(Engine, "connect", _short_log)
    if plant is not None:
        plant()
    side = _Wire(folder / "wire")
    with on_duty(PLAN, folder) if duty else nullcontext():
        asyncio.run(_call(folder, side))
        if duty:
            settled(folder, side.escalations(), PLAN.settle_s)
    asyncio.run(empty(folder))  # the last to close moves the log into the database and takes it away
    side.tell("over")


def _short_log(dbapi: Any, _record: object) -> None:
    dbapi.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")


class _Wire:
    """What the process with the call lets out, beside what ``duty`` writes there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tell(self, kind: str, **what: Any) -> None:
        line = {"t": time.monotonic(), "kind": kind, "pid": os.getpid()} | what
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps(line).encode() + b"\n")

    def note(self, *what: object) -> None:
        """Note what a caller heard or the world was asked for; see ``testing.heard``."""
        self.tell("outside", what=what)

    def escalations(self) -> list[str]:
        """Return the escalations whose event was confirmed."""
        lines = [json.loads(line) for line in self._path.read_bytes().splitlines()]
        return [id_ for one in lines if one["kind"] == "kept" for id_ in one["escalations"]]


class _Telling:
    """Records that let out which event they confirmed."""

    def __init__(self, real: Any, wire: _Wire) -> None:
        self._real = real
        self._wire = wire

    async def append(self, event: Event, effects: Sequence[Effect], session: str, **_: Any) -> None:
        await self._real.append(event, effects, session, limit_ms=_PATIENT_MS)
        ids = [f"{each.call}:{each.n}" for each in effects if isinstance(each, Escalate)]
        self._wire.tell("kept", seq=event.seq, escalations=ids)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


async def _call(folder: Path, wire: _Wire) -> None:
    """Take the call; keep some lines of the audit chain and of the spill file on the way."""
    now = Instant(time.time_ns() // 1_000_000)
    audit = Audit(folder / "audit.jsonl")
    for number in range(3):
        wire.tell("audited", head=audit.add("reloaded", now.plus(ms=number), {"kept_old": []}))
    spill = Spill(folder / "spill")
    for event_, effects in made_up_journal("spilled"):
        await spill.append(event_, effects, "{}", limit_ms=_PATIENT_MS)
        wire.tell("spilled", seq=event_.seq)
    spill.close()
    flow = short_hold()
    real = await open_sqlite(folder / "records.sqlite3", now=now, busy_ms=_PATIENT_MS)
    await real.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
    prompts, records = Marked(), _Telling(real, wire)
    conversation = Conversation(
        call=CALL,
        plan=compile_flow(flow),
        line=Heard(
            wire,
            prompts,
            keys={at // FRAME_MS: (key,) for at, key in _KEYS.items()},
            length=_HANGS_UP_MS // FRAME_MS,
            caller="+447700900123",
        ),
        ears=Ears(None, None, Quiet(), patient=True),
        prompts=prompts,
        records=records,
        world=Outside(wire),
        clock=AudioClock(now),
    )
    await conversation.run()
    await real.aclose()
