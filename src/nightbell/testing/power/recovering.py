"""Recovering: starts what a power loss left, calls and duty both, and judges it once everybody has somebody.

It is I2 that needs it - everybody has a person or was alarmed - and what a start makes of the rest: no copy that
does not say so, no page after the key, no rung before its time. It takes seconds, so it is for a sample. The
machine is the one before: its own count of time goes on, where a real start begins a new one.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from nightbell.records.recovery import recover
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.instant import Instant
from nightbell.testing.nights.judge import judge
from nightbell.testing.nights.run import on_duty, settled
from nightbell.testing.power.disk import State
from nightbell.testing.power.judge import accepted_by, handled, lay_out
from nightbell.testing.power.scene import PLAN, Scene

__all__ = ["judge_recovery"]

_PATIENT_MS = 10_000


def judge_recovery(scene: Scene, state: State, folder: Path) -> list[str]:
    """Lay a state out in ``folder``, start calls and duty on it, and judge what comes of it."""
    lay_out(state, folder)
    told = scene.told_by(state.at)
    (folder / "wire").write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    records = folder / "records.sqlite3"
    asyncio.run(_calls_start(records))
    with closing(sqlite3.connect(records)) as connection:
        there = [id_ for (id_,) in connection.execute("SELECT id FROM escalations")]
    accepted = sorted({*there, *accepted_by(told)})
    with on_duty(PLAN, folder) as up:
        settled(folder, accepted, PLAN.settle_s)
    found = judge(PLAN, folder, accepted, up + sum(one["kind"] == "open" for one in told))
    return found if up else [*found, "duty did not come up"]


async def _calls_start(path: Path) -> None:
    now = Instant(time.time_ns() // 1_000_000)
    async with await open_sqlite(path, now=now, busy_ms=_PATIENT_MS) as records:
        await recover(records, handled, now=now, limit_ms=_PATIENT_MS)
