"""A line served for one rehearsal: `nightbell serve` as a user starts it, on loopback, and away again afterwards.

Its records and spill lie in the report folder: what is rehearsed never mixes with real calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from nightbell.errors import LineFailed
from nightbell.settings import Settings

__all__ = ["Line", "serve_line"]

_UP_S: Final = 120.0
"""Longest until it takes calls: prompts that nobody heard yet are rendered first."""
_DOWN_S: Final = 30.0
_ASK_S: Final = 3.0
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that is served."""

    address: str
    """``127.0.0.1:PORT`` of SIP over UDP, and over TCP."""
    health: str
    feed: Path
    log: Path
    """What it wrote: JSON lines."""
    process: asyncio.subprocess.Process

    async def told(self) -> dict[str, Any]:
        """Return what /readyz tells; not ready where nobody answers."""
        limit = aiohttp.ClientTimeout(total=_ASK_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.get(f"http://{self.health}/readyz") as answer,
            ):
                found: dict[str, Any] = await answer.json()
                return found
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return {"ready": False}

    async def metrics(self) -> str:
        """Return what /metrics tells.

        Raises:
            LineFailed: nobody answers.
        """
        limit = aiohttp.ClientTimeout(total=_ASK_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.get(f"http://{self.health}/metrics") as answer,
            ):
                return await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise LineFailed("the line tells no metrics", provider="serve", hint=f"see {self.log}") from error

    async def ready(self, within_s: float = _UP_S) -> None:
        """Wait until it takes calls.

        Raises:
            LineFailed: it ended, or did not come up in time.
        """
        deadline = time.monotonic() + within_s
        while not _is_up(await self.told()):
            if self.process.returncode is not None or time.monotonic() > deadline:
                why = await asyncio.to_thread(_last_line, self.log)
                raise LineFailed("the line does not take calls", provider="serve", hint=why or f"see {self.log}")
            await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def serve_line(
    flows: Sequence[Path],
    report: Path,
    *,
    settings: Settings,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    staged: bool = True,
    up_s: float = _UP_S,
) -> AsyncIterator[Line]:
    """Serve flows on loopback, drafts too; give the line once it takes calls.

    Args:
        flows: clinics' folders.
        report: folder for its records and its log.
        settings: where models and rendered prompts are.
        options: further words for `nightbell serve`.
        environment: further settings, as NIGHTBELL_....
        staged: a rehearsal follows it and plays the people; without one, who is on call is rung.
        up_s: longest until it takes calls.

    Raises:
        LineFailed: it does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="nightbell-feed-") as folder:
        feed, log = Path(folder) / "feed.sock", report / "serve.log"
        port, health = _free_port(), f"127.0.0.1:{_free_port()}"
        listen = [word for kind in ("udp", "tcp") for word in ("--listen", f"{kind}:127.0.0.1:{port}")]
        stage = ["--stage", str(feed)] if staged else []
        words = [*listen, "--health", health, "--allow-draft", *stage, *options]
        command = "from nightbell.cli.app import main; main()"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", command, "serve", *map(str, flows), *words),
                env=os.environ | _environment(settings) | dict(environment or {}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            line = Line(address=f"127.0.0.1:{port}", health=health, feed=feed, log=log, process=process)
            await line.ready(up_s)
            yield line
        finally:
            await _end(process)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "NIGHTBELL_DATA": str(settings.data_dir),
        "NIGHTBELL_MODELS_DIR": str(settings.models_dir),
        "NIGHTBELL_RECORDS_URL": settings.records_url,
        "NIGHTBELL_SPILL_DIR": str(settings.spill_dir),
        "NIGHTBELL_LOG_LEVEL": "info",
        "NIGHTBELL_SERVE__DRAIN_S": "20",
        "NIGHTBELL_HTTP__LISTEN": "",  # the machine's own port is its real line's
    }


def _is_up(told: Mapping[str, Any]) -> bool:
    """Tell whether it takes calls and waits for no model any more: a rehearsal judges answers by their time."""
    return bool(told["ready"]) and bool(told["children"]["calls"].get("warm"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Have it drain, then stop, then be killed."""
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DOWN_S):
                await process.wait()


def _free_port() -> int:
    """Return a port that is free for UDP and TCP at this moment."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
