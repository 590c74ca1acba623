"""sipp at work: a scenario against an address, in a folder of its own, over before its time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

__all__ = ["run_sipp"]

LIMIT_S: Final = 25
"""Longest that one scenario may take on a busy machine."""


async def run_sipp(
    folder: Path, xml: str, to: tuple[str, int] | None, *, transport: str = "u1", calls: int = 1
) -> str:
    """Run a scenario; return what went wrong, empty when every call went as it says.

    Args:
        folder: where its files go.
        xml: the scenario.
        to: the agent; None lets sipp wait for a call (``start_phone``).
        transport: u1 or t1.
        calls: how many.
    """
    path = folder / f"scenario-{abs(hash(xml)) % 10_000_000}.xml"
    path.write_text(xml, encoding="latin-1")
    where = [f"{to[0]}:{to[1]}"] if to else []
    command = [
        "sipp",
        *where,
        "-sf",
        str(path),
        "-i",
        "127.0.0.1",
        "-mi",
        "127.0.0.1",
        "-t",
        transport,
        "-m",
        str(calls),
        "-l",
        str(calls),
        "-r",
        "20",
        "-nostdin",
        "-timeout",
        str(LIMIT_S),
        "-timeout_error",
        "-trace_err",
        "-error_file",
        str(path.with_suffix(".log")),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(LIMIT_S + 5):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        code = -9
    if code == 0:
        return ""
    log = path.with_suffix(".log")
    told = log.read_text(encoding="latin-1")[:1500] if log.exists() else ""
    return f"sipp ended with {code}\n{told}"
