"""Bootstrap of pictures: the flow as the browser phone shows it, laid out once per version in another process."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.flow.archive import flow_to_json

if TYPE_CHECKING:
    from nightbell.flow.model import Flow

__all__ = ["Pictures"]

_log = structlog.get_logger(__name__)

_LIMIT_S: Final = 60.0
"""Longest that laying out may take, at the lowest priority beside live calls; it takes one."""
_KEPT: Final = 16
"""Versions; the oldest goes first."""


class Pictures:
    """The pictures of the flows that are served."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        self._one = asyncio.Lock()

    async def of(self, flow: Flow) -> str:
        """Return a flow's pictures as JSON; "" where they cannot be laid out, which costs a call nothing."""
        async with self._one:
            if flow.hash not in self._made:
                found = await _laid_out(flow_to_json(flow))  # "" is remembered too: each try takes a processor
                while len(self._made) >= _KEPT:
                    self._made.pop(next(iter(self._made)))
                self._made[flow.hash] = found
            return self._made[flow.hash]


async def _laid_out(content: str) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nightbell.cli.pictures"),
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            told, _ = await process.communicate(content.encode())
    except TimeoutError:
        told = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        _log.warning("no_pictures", code=process.returncode)
        return ""
    return told.decode()
