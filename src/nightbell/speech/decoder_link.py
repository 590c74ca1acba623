"""Decoder link: one call's line to its own decoder. Whatever happens to the decoder is RecognitionFailed here.

It knows messages and time limits; what is in a message is ``vosk``'s business, and who forks decoders is
``decoder_process``'s. It never tries anything twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from nightbell.errors import RecognitionFailed
from nightbell.speech.decoder_wire import FAILED, Message, pack, unpack

if TYPE_CHECKING:
    from nightbell.speech.decoder_process import DecoderHost

__all__ = ["PROVIDER", "DecoderLink"]

PROVIDER: Final = "vosk"


class DecoderLink:
    """One decoder, for one call. Requests are answered in order; a failed one ends the decoder."""

    def __init__(
        self, host: DecoderHost, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int
    ) -> None:
        self.pid = pid
        """Process id of the decoder, for logs and tests."""
        self._host = host
        self._key = key
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._lock = asyncio.Lock()
        self.alive = True

    @property
    def gone(self) -> bool:
        """True when the decoder is known to have ended: its end of the socket is closed."""
        return not self.alive or self._reader.at_eof() or self._writer.is_closing()

    async def ask(self, message: Message, sound: bytes = b"", *, limit_s: float) -> Message:
        """Send one message and wait for its answer.

        Raises:
            RecognitionFailed: The decoder raised, died, or took longer than ``limit_s``; it is ended.
        """
        if not self.alive:
            raise RecognitionFailed("the decoder of this call is gone", provider=PROVIDER)
        async with self._lock:
            self._number += 1
            number = self._number
            try:
                async with asyncio.timeout(limit_s):
                    self._writer.write(pack(message | {"n": number}, sound))
                    await self._writer.drain()
                    answer = unpack(await self._reader.readuntil(b"\n"))
                    while answer["n"] != number:  # answers to requests whose waiter was cancelled
                        answer = unpack(await self._reader.readuntil(b"\n"))
            except TimeoutError as error:
                await self.end()
                raise RecognitionFailed("the decoder hung", provider=PROVIDER) from error
            except (OSError, EOFError, ValueError, KeyError, asyncio.LimitOverrunError) as error:
                await self.end()
                raise RecognitionFailed("the decoder died", provider=PROVIDER) from error
        if answer["kind"] == FAILED:
            await self.end()
            raise RecognitionFailed(f"the decoder raised {answer.get('why', 'an error')}", provider=PROVIDER)
        return answer

    async def end(self) -> None:
        """Close the link and have the host kill the decoder, hung or not; safe to repeat."""
        if not self.alive:
            return
        self.alive = False
        self._host.kill(self._key)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
