"""Kamailio at work: a registrar or a trunk that challenges, from a configuration with places to fill in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from tests.conftest import peer
from tests.unit.line.sip.wire import QUICK, agent

from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.peer import Peer

__all__ = ["LIMIT_S", "kamailio"]

LIMIT_S: Final = 20


@contextlib.asynccontextmanager
async def kamailio(folder: Path, config: Path, port: int, values: Mapping[str, object]) -> AsyncIterator[None]:
    """Run it until it answers, and to the end of the block.

    Args:
        folder: where its files go.
        config: what it does, with ``@NAME@`` where a value belongs.
        port: of 127.0.0.1, on which it will answer.
        values: what belongs there.
    """
    path = _filled(folder, config, values)
    command = [peer("kamailio"), "-f", str(path), "-DD", "-E", "-m", "16", "-M", "4", "-Y", str(folder)]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdout=quiet, stderr=quiet, cwd=folder, start_new_session=True
    )
    try:
        await _answers(port)
        yield
    finally:
        # It has children of its own, which a busy machine does not always let end by themselves.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _filled(folder: Path, config: Path, values: Mapping[str, object]) -> Path:
    text = config.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / config.name
    path.write_text(text)
    return path


async def _answers(port: int) -> None:
    """Wait until it answers an OPTIONS."""
    async with agent(timers=QUICK) as probe, asyncio.timeout(LIMIT_S):
        peer = Peer("udp", "127.0.0.1", port)
        for number in range(1, 100):
            fields = [
                ("Via", probe.stack.via(peer)),
                ("From", "<sip:probe@x>;tag=1"),
                ("To", "<sip:x>"),
                ("Call-ID", "p"),
                ("CSeq", f"{number} OPTIONS"),
                ("Max-Forwards", "1"),
            ]
            with contextlib.suppress(Exception):
                await probe.ask(Request(headers=Headers(fields), method="OPTIONS", target="sip:x"), peer)
                return
