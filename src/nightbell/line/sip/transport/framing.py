"""Framer: cuts SIP messages out of a stream by their Content-Length (RFC 3261 section 18.3). Sans-IO."""

from __future__ import annotations

import re
from typing import Final

from nightbell.line.sip.message.reading import SIZE_LIMIT

__all__ = ["PING", "PONG", "Framer", "FramingLost"]

PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"
"""Keep-alives of RFC 5626 section 4.4.1."""

_LENGTH: Final = re.compile(
    rb"^(?:content-length|l)[ \t]*:[ \t]*(?:\r?\n[ \t]+)?([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_END: Final = re.compile(rb"\r?\n\r?\n")


class FramingLost(ValueError):
    """Nobody can tell where the next message begins: the connection has to be closed."""


class Framer:
    """One direction of one connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.pings = 0
        """Keep-alives that have come and are to be answered with PONG each."""

    @property
    def partial(self) -> bool:
        """True while part of a message is here and the rest is not; a PONG is whole."""
        return bool(self._buffer) and self._buffer != PONG

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came; return the messages that are complete.

        Raises:
            FramingLost: too large, or no length that can be read.
        """
        self._buffer += data
        found: list[bytes] = []
        while message := self._next():
            found.append(message)
        if len(self._buffer) > SIZE_LIMIT:
            raise FramingLost("a message that is too large")
        return found

    def _next(self) -> bytes | None:
        while self._buffer.startswith(PING):
            del self._buffer[: len(PING)]
            self.pings += 1
        if self._buffer.startswith(PONG) and len(self._buffer) > len(PONG) and self._buffer[2:3] != b"\r":
            del self._buffer[: len(PONG)]
        if bytes(self._buffer[:3]) in {b"\r\n", b"\n"}:
            # An answer to our own keep-alive, or half of theirs: four bytes make a ping, so it waits for no
            # message.
            if self._buffer == b"\n":
                self._buffer.clear()
            return None
        end = _END.search(self._buffer)
        if end is None:
            return None
        lengths = {bytes(value) for value in _LENGTH.findall(self._buffer[: end.start()])}
        if len(lengths) > 1:
            raise FramingLost("two lengths")
        value = lengths.pop() if lengths else b"0"
        if not value.isdigit() or len(value) > 6 or int(value) > SIZE_LIMIT:
            raise FramingLost("no length")
        whole = end.end() + int(value)
        if len(self._buffer) < whole:
            return None
        message = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        return message
