"""What the tests of a served line share: a folder to report into, and telephones that call it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from nightbell.bootstrap.caller import Caller, Telephone, open_caller
from nightbell.cli.served_line import Line, serve_line
from nightbell.errors import LineFailed
from nightbell.records.audit import verify
from nightbell.records.database import read_records
from nightbell.records.port import CallRecord
from nightbell.settings import Settings, load_settings

__all__ = ["NUMBER", "ROSEWOOD", "called", "heard_ms", "records_of", "served", "until"]

ROOT: Final = Path(__file__).parents[3]
ROSEWOOD: Final = ROOT / "flows" / "rosewood"
NUMBER: Final = "+442079460142"


def settings_in(folder: Path) -> Settings:
    """Settings with records of their own; models and rendered prompts are this machine's."""
    changes = {"records": f"sqlite+aiosqlite:///{folder}/records.sqlite3", "spill_dir": folder / "spill"}
    return load_settings().model_copy(update=changes)


@asynccontextmanager
async def served(
    folder: Path,
    *flows: Path,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[tuple[Line, Caller]]:
    """Serve flows, and open a telephone that may call Rosewood there."""
    async with (
        serve_line(
            flows or (ROSEWOOD,), folder, settings=settings_in(folder), options=options, environment=environment
        ) as line,
        open_caller(f"sip:{NUMBER}@{line.address}") as caller,
    ):
        yield line, caller
    chain = load_settings().data_dir / "audit.jsonl"
    if chain.exists():
        assert verify(chain)[1] is None  # however the line ended


async def heard_ms(telephone: Telephone, *, want_ms: int = 1000, limit_s: float = 60) -> int:
    """Listen until the line has spoken for so long; return for how long it has."""
    spoken = 0
    async with asyncio.timeout(limit_s):
        async for tick in telephone.ticks():
            spoken += 20 * bool(abs(tick.frame.astype(int)).max() > 500)
            if spoken >= want_ms or tick.gone:
                return spoken
    return spoken


async def called(caller: Caller, *, within_s: float) -> tuple[Telephone, float]:
    """Call until the line picks up; return the call, and how long that took."""
    began = time.monotonic()
    while True:
        try:
            async with asyncio.timeout(1.0):
                return await caller.place("+447700900123"), time.monotonic() - began
        except (LineFailed, TimeoutError):
            if time.monotonic() - began > within_s:
                raise


async def until(true: Callable[[], Awaitable[object]], limit_s: float = 60) -> None:
    """Wait until a condition of another process holds."""
    async with asyncio.timeout(limit_s):
        while not await true():  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.05)


async def records_of(folder: Path) -> list[CallRecord]:
    """Return the calls, the newest first."""
    records = read_records(settings_in(folder).records_url)
    try:
        return await records.calls()
    finally:
        await records.aclose()


def child_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the process that takes calls tells of itself."""
    found: dict[str, Any] = told["children"]["calls"]
    return found
