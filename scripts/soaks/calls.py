"""Live calls for half an hour at half load, then a thousand in a row: nothing is left, and memory is flat."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop
from scripts.benches._calls_load import Load, Said, percentile
from scripts.benches.calls import Line, line_process
from scripts.figures import Figure

from nightbell.records.sqlite import READERS

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 35.0
CALLS: Final = int(os.environ.get("SOAK_CALLS", "150"))
"""Half of what one core is to hold."""
SECONDS: Final = float(os.environ.get("SOAK_S", "1800"))
ROW: Final = int(os.environ.get("SOAK_ROW", "1000"))
ROW_PER_S: Final = 10.0
SETTLE_S: Final = 45.0
"""Until the last transaction may be over: 64 T1, and some."""
_RECORDS: Final = 2 * (READERS + 1) + 1
"""The records' writer and its readers, a file and its journal each, and what they share."""
SAMPLE_S: Final = max(SECONDS / 60, 1.0)


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Hold, then ring, then look what is left."""
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    found: dict[str, Any] = {}
    with line_process("uvloop") as line:
        load = Load(line.port, answers=[Said(keys="1"), Said(keys="2")])
        uvloop.run(load.run(lambda loaded: _soak(line, loaded, found, say)))
    before, after = found["before"], found["after"]
    left = {name: count for name, count in after["held"].items() if count > before["held"].get(name, 0)}
    return [
        Figure("minutes at half load", SECONDS / 60, peer=f"{CALLS} calls"),
        Figure("calls that came and went", found["ended"]),
        Figure("calls that failed", found["failed"], at_most=0),
        Figure("lateness p99", percentile(found["late"], 99), "ms", at_most=20),
        Figure("packets lost", found["lost"], at_most=0),
        Figure("calls in a row", found["row"], at_least=ROW),
        Figure("dialogs, legs, timers and transactions left", sum(left.values()), at_most=0, peer=str(left or "")),
        Figure("tasks left", after["tasks"] - before["tasks"], at_most=0),
        Figure("open files left, the records' apart", found["files_after"] - found["files_before"], at_most=0),
        Figure("files of the records", found["files_of_records"], at_most=_RECORDS),
        Figure("memory growth", found["slope"], "MB/h", at_most=20, peer="over the second half"),
        Figure("memory at the end", found["rss"][-1], "MB"),
    ]


async def _soak(line: Line, load: Load, found: dict[str, Any], say: Callable[[str], None]) -> None:
    await load.burst(20, per_s=10, hold_s=1)  # what is made once is there before anything is counted
    await asyncio.sleep(SETTLE_S)
    found["before"], found["files_before"] = line.told(), _files(line)
    late: list[float] = []
    times: list[float] = []
    rss: list[float] = []
    lost = 0
    await load.hold(CALLS, per_s=20)
    load.fresh()
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        await asyncio.sleep(SAMPLE_S)
        load.gather()
        late.append(percentile(load.lateness, 99) or 0.0)
        lost += load.lost
        load.fresh()
        times.append(time.monotonic() - began)
        rss.append(_rss_mb(line))
        say(f"{times[-1] / 60:.0f} min, {rss[-1]:.0f} MB, p99 {late[-1]:.1f} ms late")
    await load.put_down()
    found.update(late=late, lost=lost, rss=rss, slope=_slope(times, rss))
    set_up = len(load.set_up_ms)
    await load.burst(ROW, per_s=ROW_PER_S, hold_s=1)
    found["row"] = len(load.set_up_ms) - set_up
    await asyncio.sleep(SETTLE_S)
    found["after"], found["files_after"] = line.told(), _files(line)
    found["files_of_records"] = _files(line, of_records=True)
    found["ended"], found["failed"] = load.ended, load.failed


def _slope(times: list[float], rss: list[float]) -> float:
    """Return the growth over the second half, in megabytes an hour."""
    half = len(times) // 2
    if len(times) - half < 2:
        return 0.0
    return float(np.polyfit(times[half:], rss[half:], 1)[0] * 3600)


def _rss_mb(line: Line) -> float:
    status = Path(f"/proc/{line.process.pid}/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith("VmRSS")).split()[1]) / 1024


def _files(line: Line, *, of_records: bool = False) -> int:
    """Count the open files: those of the records, which readers open as they are needed, or all others."""
    links = []
    for file in Path(f"/proc/{line.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # one that was closed meanwhile
            links.append(str(file.readlink()))
    return sum(("records.sqlite3" in link) == of_records for link in links)
