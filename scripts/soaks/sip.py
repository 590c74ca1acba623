"""A million damaged SIP datagrams at a line with a live call: none may end in a fault, leak or disturb it."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.figures import Figure
from scripts.soaks._datagrams import siege

from nightbell.line.sip.transaction.timers import Timers

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 25.0
DATAGRAMS: Final = 1_000_000
PART: Final = 100_000
TIMERS: Final = Timers(t1=0.5, t2=40.0, t4=0.5)
"""A live call is given up after 32 s, as on a real line: a machine that stands still for less disturbs none."""
WARM: Final = 50_000
"""Datagrams after which memory is what it will be."""


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Send them; the same ones on every run."""
    began = time.monotonic()
    faults = disturbed = held = rung = sent = 0
    asyncio.run(siege(0, WARM, timers=TIMERS, say=say))
    before = _memory_mb()
    for first in range(WARM, DATAGRAMS, PART):
        found = asyncio.run(siege(first, min(PART, DATAGRAMS - first), timers=TIMERS))
        faults += found.faults
        disturbed += found.disturbed
        held += sum(found.held.values())
        rung += found.rung
        sent += found.sent
        say(f"{sent + WARM} of {DATAGRAMS}")
    return [
        Figure("datagrams sent", sent + WARM, at_least=DATAGRAMS),
        Figure("faults of ours", faults, at_most=0),
        Figure("looks at the live call that found it disturbed", disturbed, at_most=0),
        Figure("transactions, dialogs and tasks left over", held, at_most=0),
        Figure("datagrams that were still calls", rung),
        Figure(
            "memory at rest grown by", 100 * (_memory_mb() / before - 1), "%", at_most=5, peer=f"{before:.0f} MB"
        ),
        Figure("all of them", time.monotonic() - began, "s"),
    ]


def _memory_mb() -> float:
    """Return what is held when no transaction is: a peak tells how many a fast machine has open at once."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the C library keeps for itself is no leak
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2
