"""A thousand calls in a row with nothing left behind; after each of ten kills a caller is answered within 3 s."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from scripts.figures import Figure

from nightbell.bootstrap.caller import Caller, open_caller
from nightbell.cli.served_line import Line, serve_line
from nightbell.errors import LineFailed
from nightbell.records.database import read_records
from nightbell.settings import Settings, load_settings

__all__ = ["CALLS", "KILLS", "MINUTES", "measure"]

MINUTES: Final = 15.0
CALLS: Final = 1_000
KILLS: Final = 10
_SIDE_BY_SIDE: Final = 10
_TICKS: Final = 100
"""Sound that is waited for in each call, 2 s: the line must have begun to speak within it."""
_ROSEWOOD: Final = Path(__file__).resolve().parents[2] / "flows" / "rosewood"
_NUMBER: Final = "+442079460142"
_SPARE_S: Final = 20.0
"""From a start to the next kill: a spare stands by five seconds after it, and loads its program meanwhile."""
_QUIET_S: Final = 40.0
"""After the last call: SIP forgets a transaction after 32 s (64*T1)."""


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Serve a line, phone it, kill it."""
    with tempfile.TemporaryDirectory(prefix="nightbell-soak-") as folder:
        return asyncio.run(soak(Path(folder), say))


async def soak(
    folder: Path, say: Callable[[str], None], *, calls: int = CALLS, kills: int = KILLS
) -> list[Figure]:
    """Return the figures of ``calls`` calls in a row and ``kills`` kills."""
    changes = {"records": f"sqlite+aiosqlite:///{folder}/records.sqlite3", "spill_dir": folder / "spill"}
    settings = load_settings().model_copy(update=changes)
    fast = {"NIGHTBELL_SERVE__CALLS_PER_S": "500", "NIGHTBELL_SERVE__SOURCE_CALLS_PER_S": "500"}
    burst = {"NIGHTBELL_SERVE__BURST": "500", "NIGHTBELL_SERVE__SOURCE_BURST": "500"}
    async with (
        serve_line([_ROSEWOOD], folder, settings=settings, environment=fast | burst) as line,
        open_caller(f"sip:{_NUMBER}@{line.address}") as caller,
    ):
        # The first calls load what is loaded once; what grows after them grows for ever.
        await _row(caller, max(calls // 10, 5))
        before = await _at_rest(line)
        began = time.monotonic()
        failed, silent = await _row(caller, calls)
        lasted = time.monotonic() - began
        say(f"{calls} calls in {lasted:.0f} s; waiting for SIP to forget them")
        after = await _at_rest(line)
        held = {name: count for name, count in after["held"].items() if count}
        say(f"held afterwards: {held or 'nothing'}")
        ours = {name: count for name, count in caller.agent.held.items() if count}
        times = [await _kill(line, caller, say) for _ in range(kills)]
        figures = [
            Figure("calls in a row", calls, at_least=calls),
            Figure("not picked up", failed, at_most=0),
            Figure("picked up and silent", silent, at_most=0),
            Figure("dialogs, ports, tasks, timers left", sum(held.values()), at_most=0),
            Figure("left at the caller's end", sum(ours.values()), at_most=0),
            Figure("open files more than before", after["files"] - before["files"], at_most=5),
            Figure("memory more than before", (after["kib"] - before["kib"]) / 1024, "MB", at_most=20),
        ]
        if times:
            figures += [
                Figure("kill to first answered call, median", median(times), "s", at_most=3.0),
                Figure("kill to first answered call, worst", max(times), "s", at_most=5.0),
            ]
    figures.append(Figure("calls without an end", await _open(settings), at_most=0))
    return figures


async def _row(caller: Caller, calls: int) -> tuple[int, int]:
    """Place calls, a few side by side; return how many were not picked up, and how many said nothing."""
    gate = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(number: int) -> tuple[bool, bool]:
        async with gate:
            try:
                telephone = await caller.place(f"+4477009{number % 100_000:05}")
            except LineFailed:
                return True, False
            ticks = spoke = 0
            async for tick in telephone.ticks():
                ticks += 1
                spoke += bool(abs(tick.frame.astype(int)).max() > 300)
                if ticks == _TICKS:
                    await telephone.hang_up()
            return False, not spoke

    results = await asyncio.gather(*(one(number) for number in range(calls)))
    return sum(failed for failed, _ in results), sum(silent for _, silent in results)


async def _at_rest(line: Line) -> dict[str, Any]:
    """Wait until SIP has forgotten the calls; return what the process holds."""
    deadline = time.monotonic() + _QUIET_S
    while True:
        told = (await line.told())["children"]["calls"]
        if not any(told["held"].values()) or time.monotonic() > deadline:
            return {"held": told["held"], **await asyncio.to_thread(_weigh, told["pid"])}
        await asyncio.sleep(0.5)


def _weigh(pid: int) -> dict[str, int]:
    """Return the open files of a process, and its memory in KiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kib = next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmRSS"))
    return {"files": sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()), "kib": kib}


async def _kill(line: Line, caller: Caller, say: Callable[[str], None]) -> float:
    """Kill the process that takes calls, with a call in it; return how long until the next is picked up."""
    await line.ready()
    await asyncio.sleep(_SPARE_S)
    held = await caller.place("+447700900199")
    pid = (await line.told())["children"]["calls"]["pid"]
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    while True:
        with contextlib.suppress(LineFailed, TimeoutError):
            async with asyncio.timeout(0.6):
                telephone = await caller.place("+447700900198")
            took = time.monotonic() - began
            break
        if time.monotonic() - began > 60:
            raise LineFailed("nobody answers after a kill", provider="serve", hint=f"see {line.log}")
    say(f"killed, and answered again after {took:.2f} s")
    await telephone.hang_up()
    await held.hang_up()
    for one in (telephone, held):
        async for _ in one.ticks():
            pass
    return took


async def _open(settings: Settings) -> int:
    records = read_records(settings.records_url)
    try:
        return len(await records.open_calls())
    finally:
        await records.aclose()
