"""FarTelephone: the telephone as ``duty`` has it - in the process that takes calls, over its socket.

Both legs of a bridge must be where the caller is held, so ``duty`` rings nobody itself. A line that is not there
is an outcome (``failed``), never an error: the ladder goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import structlog

from nightbell.errors import LineFailed, NightbellError
from nightbell.escalation.port import Accept, How, Ring, RingBackOutcome, RingOutcome
from nightbell.escalation.wire import LINE_BYTES, Order, RingBack, order_line, read, send, word_of

__all__ = ["FarTelephone"]

_CONNECT_S: Final = 2.0
_BEYOND_S: Final = 180.0
"""How long a ring may take beyond its ringing: the reason twice, a PIN, and records that are slow."""
_RING_BACK_S: Final = 120.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FarTelephone:
    """The Dialler and CallerLine ports over the socket; cancelled, it lets go and the other end hangs up."""

    at: Path

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        """See ``port.Dialler``."""
        try:
            async with self._ordered(ring) as (reader, writer), asyncio.timeout(ring.ring_ms / 1000 + _BEYOND_S):
                while True:
                    told = await read(reader, within_s=None)
                    if "pressed" not in told:
                        return word_of(told, "outcome", "ring")  # type: ignore[return-value]
                    how: How = word_of(told, "pressed", "how")  # type: ignore[assignment]
                    await self._accept(how, accept, writer)
        except (LineFailed, TimeoutError) as error:
            _log.error("page.line_gone", page=ring.page, error=type(error).__name__)
            return "failed"

    @staticmethod
    async def _accept(how: How, accept: Accept, writer: asyncio.StreamWriter) -> None:
        """Take the page, durably, and only then say so; a key that could not be written down is nobody's."""
        try:
            told: dict[str, object] = {"won": await accept(how)}
        except NightbellError:
            with contextlib.suppress(LineFailed):
                await send(writer, {"unwritten": True})
            raise
        with contextlib.suppress(LineFailed):  # they hung up meanwhile; what was taken is taken
            await send(writer, told)

    async def ring_back(self, call: str, number: str, *, reason: Literal["dropped", "missed"]) -> RingBackOutcome:
        """See ``port.CallerLine``."""
        order = RingBack(call=call, number=number, reason=reason)
        try:
            async with self._ordered(order) as (reader, _):
                return word_of(await read(reader, within_s=_RING_BACK_S), "outcome", "ring_back")  # type: ignore[return-value]
        except NightbellError as error:
            _log.error("ring_back.line_gone", code=error.code)
            return "failed"

    @asynccontextmanager
    async def _ordered(self, order: Order) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, writer = await asyncio.open_unix_connection(str(self.at), limit=LINE_BYTES)
        except (OSError, TimeoutError) as error:
            raise LineFailed("the line is not there", provider="duty", hint="it is started again") from error
        try:
            await send(writer, order_line(order))
            yield reader, writer
        finally:
            writer.close()
