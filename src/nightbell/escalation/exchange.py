"""Exchange: the line's end of the socket on which ``duty`` asks for telephones to ring.

It carries orders to a telephone of this process and keys back; it rings nobody itself and decides nothing. Duty
that lets go, or dies, has the ringing stopped: it asks again when it is back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, Self

import structlog

from nightbell.errors import LineFailed
from nightbell.escalation.port import CallerLine, Dialler, How, Ring
from nightbell.escalation.wire import LINE_BYTES, ORDER_S, order_of, read, send

__all__ = ["Exchange", "Telephone"]

ACCEPT_S: Final = 60.0
"""How long whoever pressed the key waits to hear that it is written down: twice what records may take."""

_log = structlog.get_logger(__name__)


class Telephone(Dialler, CallerLine, Protocol):
    """Rings people on call, and callers back."""


class Exchange:
    """The socket; opened it takes orders, closed it stops what rings."""

    def __init__(self, at: Path, telephone: Telephone) -> None:
        """Take where the socket is to be, and what rings."""
        self._at = at
        self._telephone = telephone
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._at.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connected, str(self._at), limit=LINE_BYTES)
        self._at.chmod(0o600)  # its folder is this user's alone; this holds where it is moved
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._at.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except LineFailed as error:
            _log.debug("duty_let_go", code=error.code)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        order = order_of(await read(reader, within_s=ORDER_S))
        talk = _Talk(reader, writer)
        if isinstance(order, Ring):
            work = asyncio.ensure_future(self._telephone.ring(order, talk.accept))
        else:
            work = asyncio.ensure_future(
                self._telephone.ring_back(order.call, order.number, reason=order.reason)  # type: ignore[arg-type]
            )
        listening = asyncio.ensure_future(talk.listen())
        try:
            await asyncio.wait({work, listening}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await send(writer, {"outcome": _outcome(work)})
        finally:
            for each in (work, listening):
                each.cancel()
            await asyncio.gather(work, listening, return_exceptions=True)


@dataclass(slots=True)
class _Talk:
    """One order's connection after the order."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _won: asyncio.Future[bool] | None = field(default=None)

    async def accept(self, how: How) -> bool:
        """Tell duty of the key, and wait until it is written down who has it.

        Raises:
            LineFailed: duty is gone, or does not say.
        """
        self._won = asyncio.get_running_loop().create_future()
        await send(self.writer, {"pressed": how})
        try:
            async with asyncio.timeout(ACCEPT_S):
                return await self._won
        except TimeoutError as error:
            raise LineFailed("nobody says who has it", provider="duty", hint="the records are slow") from error

    async def listen(self) -> None:
        """Take what duty says until it lets go."""
        while True:
            try:
                told = await read(self.reader, within_s=None)
            except LineFailed:
                return
            if self._won is None or self._won.done():
                continue
            if isinstance(told.get("won"), bool):
                self._won.set_result(told["won"])
            elif told.get("unwritten") is True:
                self._won.set_exception(LineFailed("a key was not written down", provider="duty"))


def _outcome(work: asyncio.Future[Any]) -> str:
    error = work.exception()
    if error is None:
        return str(work.result())
    _log.error("ring_broke", error=type(error).__name__)
    return "failed"
