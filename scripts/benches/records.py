"""How long a call waits until its event is durable: alone, with fifty calls, and under a flood.

Every append is a commit that was flushed (WAL, synchronous=FULL), on the disk of the folder for temporary files; a
virtual machine's disk may say "flushed" sooner than a real one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.figures import Figure

from nightbell.call.effects import Close, Play
from nightbell.call.events import CallStarted, KeyPressed
from nightbell.records.sqlite import open_sqlite
from nightbell.records.store import SqlRecords
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

MINUTES = 0.7
WRITERS = 50
SESSION = "x" * 2000
"""As large as a saved session."""
ALONE = 2000
PACED_SECONDS = 10
EVENTS_A_SECOND = 4
"""A busy call: keys, prompts that end, utterances."""
FLOOD_EACH = 200
CALLERS = 5000

LIMIT_MS = 10_000
"""The bench wants to see how late a commit is, not that it was given up."""


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Measure appends and look-ups."""
    with tempfile.TemporaryDirectory(prefix="nightbell-bench-") as folder:
        path = Path(folder) / "records.sqlite3"
        figures = asyncio.run(_measure(path, say))
        return [*figures, Figure("file", path.stat().st_size / 1e6, "MB")]


async def _measure(path: Path, say: Callable[[str], None]) -> list[Figure]:
    began = time.perf_counter()
    records = await open_sqlite(path, now=Instant(0))
    opened = (time.perf_counter() - began) * 1000
    say(f"{ALONE} appends, one call")
    alone = await _writer(records, "alone", ALONE, pause_s=0)
    say(f"{WRITERS} calls at {EVENTS_A_SECOND} events a second, {PACED_SECONDS} s")
    paced = await _together(records, "paced", PACED_SECONDS * EVENTS_A_SECOND, pause_s=1 / EVENTS_A_SECOND)
    say(f"{WRITERS} calls without a pause")
    began = time.perf_counter()
    flood = await _together(records, "flood", FLOOD_EACH, pause_s=0)
    flood_s = time.perf_counter() - began
    say(f"{CALLERS} earlier calls, then their look-ups")
    await _earlier_calls(records)
    found = await _look_ups(records)
    await records.aclose()
    began = time.perf_counter()
    again = await open_sqlite(path, now=Instant(1))
    waiting = len(await again.open_calls())
    reopened = (time.perf_counter() - began) * 1000
    await again.aclose()
    return [
        Figure("open new, with its tables", opened, "ms"),
        Figure("append alone p50", _percentile(alone, 50), "ms", peer=f"{len(alone)} appends"),
        Figure("append alone p99", _percentile(alone, 99), "ms", at_most=5),
        Figure("appends alone", 1000 * len(alone) / sum(alone), "/s", at_least=1000),
        Figure("append, 50 calls p50", _percentile(paced, 50), "ms", peer=f"{len(paced)} appends"),
        Figure("append, 50 calls p99", _percentile(paced, 99), "ms", at_most=20),
        Figure(
            "append, 50 calls max", max(paced), "ms", at_most=250, peer="759 ms without group commit (DESIGN 8)"
        ),
        Figure("append, flood p50", _percentile(flood, 50), "ms", peer=f"{len(flood)} appends"),
        Figure("append, flood p99", _percentile(flood, 99), "ms", at_most=250),
        Figure("appends, flood", len(flood) / flood_s, "/s", at_least=1000),
        Figure("history p99", _percentile(found, 99), "ms", at_most=20, peer=f"{CALLERS} calls on record"),
        Figure("open again, checked", reopened, "ms", at_most=3000, peer=f"{waiting} calls open"),
    ]


async def _together(records: SqlRecords, name: str, events: int, *, pause_s: float) -> list[float]:
    """Let fifty calls append side by side, out of step; return how long each append took, milliseconds."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                _writer(records, f"{name}-{n}", events, pause_s=pause_s, wait_s=pause_s * n / WRITERS)
            )
            for n in range(WRITERS)
        ]
    return [took for task in tasks for took in task.result()]


async def _writer(
    records: SqlRecords, call: str, events: int, *, pause_s: float, wait_s: float = 0.0
) -> list[float]:
    await asyncio.sleep(wait_s)
    await records.append(_started(call, None, 0), (), SESSION, limit_ms=LIMIT_MS)
    took = []
    for seq in range(1, events + 1):
        event = KeyPressed(clinic="bench", call=call, seq=seq, at_utc=seq, audio_ms=seq, key="1")
        play = Play(call=call, n=seq, prompt="p", segments=(), bargein="speech", state="s")
        began = time.perf_counter()
        await records.append(event, (play,), SESSION, limit_ms=LIMIT_MS)
        took.append((time.perf_counter() - began) * 1000)
        if pause_s:
            await asyncio.sleep(pause_s)
    return took


async def _earlier_calls(records: SqlRecords) -> None:
    for first in range(0, CALLERS, 250):
        async with asyncio.TaskGroup() as group:
            for n in range(first, first + 250):
                close = Close(call=f"old-{n}", n=0, disposition=Disposition.D1, state="bye", reason="end")
                started = _started(f"old-{n}", _number(n), n)
                group.create_task(records.append(started, (close,), SESSION, limit_ms=LIMIT_MS))


async def _look_ups(records: SqlRecords) -> list[float]:
    took = []
    for n in range(500):
        began = time.perf_counter()
        found = await records.history("bench", _number(n), Instant(CALLERS + 1))
        took.append((time.perf_counter() - began) * 1000)
        assert found.contacts == CALLERS // 1000
    return took


def _number(n: int) -> str:
    return f"+44163296{n % 1000:04d}"


def _started(call: str, caller: str | None, at: int) -> CallStarted:
    return CallStarted(
        clinic="bench",
        call=call,
        seq=0,
        at_utc=at,
        audio_ms=0,
        flow="f",
        line="bench",
        caller=caller,
        called="100",
    )


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
