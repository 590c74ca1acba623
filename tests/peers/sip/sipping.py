"""sipp at work: a scenario against an address, or waiting for a call, in a folder of its own, with a limit."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.unit.line.sip.wire import until

__all__ = ["free_port", "listens", "phone", "run_sipp"]

LIMIT_S: Final = 25
"""Longest that one scenario may take on a busy machine."""


def free_port() -> int:
    """A port that UDP and TCP both have free."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", udp.getsockname()[1]))
                return int(udp.getsockname()[1])


async def run_sipp(
    folder: Path, xml: str, to: tuple[str, int], *, transport: str = "u1", calls: int = 1, proves: str = ""
) -> str:
    """Run a scenario; return what went wrong, empty when every call went as it says.

    Args:
        folder: where its files go.
        xml: the scenario.
        to: the agent.
        transport: u1 or t1.
        calls: how many.
        proves: user part of the address that its digests are for; sipp leaves it out by itself.
    """
    where = [f"{to[0]}:{to[1]}"]
    where += ["-auth_uri", f"{proves}@{where[0]}"] if proves else []
    process = await _start(folder, xml, where, transport=transport, calls=calls)
    return await _fate(process, folder)


@contextlib.asynccontextmanager
async def phone(folder: Path, xml: str, *, transport: str = "u1", calls: int = 1) -> AsyncIterator[int]:
    """A sipp that waits for calls; yields its port, and holds it to its scenario at the end."""
    port = free_port()
    process = await _start(folder, xml, ["-p", str(port)], transport=transport, calls=calls)
    try:
        await until(lambda: listens(port), LIMIT_S)
        yield port
        assert await _fate(process, folder) == ""
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def listens(port: int) -> bool:
    """Tell whether anybody has a port: knocking would be a call to sipp."""
    tables = Path("/proc/net/udp").read_text() + Path("/proc/net/tcp").read_text()
    return f":{port:04X} 00000000:0000" in tables


async def _start(
    folder: Path, xml: str, where: list[str], *, transport: str, calls: int
) -> asyncio.subprocess.Process:
    path = folder / "scenario.xml"
    path.write_text(xml, encoding="latin-1")
    quiet = asyncio.subprocess.DEVNULL
    options = [
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
    ]
    options += ["-nostdin", "-timeout", str(LIMIT_S), "-timeout_error", "-trace_err", "-error_file", "errors.log"]
    return await asyncio.create_subprocess_exec(
        "sipp", *where, "-sf", str(path), *options, cwd=folder, stdout=quiet, stderr=quiet
    )


async def _fate(process: asyncio.subprocess.Process, folder: Path) -> str:
    try:
        async with asyncio.timeout(LIMIT_S + 5):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        code = -9
    if code == 0:
        return ""
    log = folder / "errors.log"
    told = log.read_text(encoding="latin-1")[:1500] if log.exists() else ""
    return f"sipp ended with {code}\n{told}"
