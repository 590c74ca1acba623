"""Feed: lets a rehearsal in another process follow the calls that it places on a served line, over a Unix socket.

For tests alone: `nightbell serve` opens it only on loopback, with drafts allowed and without trunks. A caller says
beforehand, on a connection of its own, by which name its call will show itself, what time it is there and what the
world answers; the call's events, effects and prompts then come back as they happen, one JSON object a line. It
never holds a call up: who reads too slowly loses the feed, not the call. Of a call by requests the caller says
beforehand that it brings the time along, and then how far it has come, before each request.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.call.journal import effect_to_json, event_to_json
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.world import World
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.staged import Staged
from nightbell.rehearsal.stepped import SteppedClock, SteppedWorld
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.reception.live import LiveCall

__all__ = ["Feed", "booking"]

_log = structlog.get_logger(__name__)

_LINE_BYTES: Final = 1 << 20
_BEHIND_BYTES: Final = 1 << 22
"""What may wait for a reader: a whole call's events are 200 kB."""


def booking(token: str, now: Instant, fakes: Fakes, *, stepped: bool = False, caller: str | None = None) -> bytes:
    """Return the line by which a caller books a call.

    ``stepped``: they say how time goes on in it. ``caller``: their number, where what carries the call shows none.
    """
    told = {"token": token, "now": now.ms, "fakes": asdict(fakes), "stepped": stepped, "caller": caller}
    return json.dumps(told).encode() + b"\n"


class Feed:
    """The served line's end."""

    def __init__(self, at: Path) -> None:
        """Take where the socket is to be."""
        self._at = at
        self._booked: dict[str, _Booked] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._connected, str(self._at), limit=_LINE_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for booked in tuple(self._booked.values()):
            booked.close()

    def stage(self, live: LiveCall) -> Staged | None:
        """Return what stands for the outside of a call that was booked; None for any other."""
        booked = self._booked.pop(live.ring.display, None) if live.ring is not None else None
        return None if booked is None else booked.staged(lambda: live.answered)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            told = json.loads(await reader.readline())
            token = str(told["token"])
            now, stepped = Instant(int(told["now"])), bool(told.get("stepped"))
            clock = SteppedClock(now) if stepped else None
            booked = _Booked(writer, now, Fakes(**told["fakes"]), clock, caller=told.get("caller"))
        except (ValueError, KeyError, TypeError) as error:
            _log.warning("feed_not_booked", error=type(error).__name__)
            writer.close()
            return
        self._booked[token] = booked
        booked.send({"booked": token})
        try:
            while line := await reader.readline():  # until the caller goes
                await booked.move(int(json.loads(line)["at"]))
        except (ValueError, KeyError, TypeError, OSError) as error:
            _log.warning("feed_not_moved", error=type(error).__name__)
        self._booked.pop(token, None)
        booked.close()


class _Booked:
    """One call that a caller is about to place; an Observer of it once it is there."""

    def __init__(
        self,
        writer: asyncio.StreamWriter,
        now: Instant,
        fakes: Fakes,
        clock: SteppedClock | None,
        *,
        caller: str | None,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._now = now
        self._fakes = fakes
        self._caller = caller
        self._answered: Callable[[], float] = lambda: 0.0

    def staged(self, answered: Callable[[], float]) -> Staged:
        """Return what stands for the outside; ``answered`` tells when the call was picked up."""
        self._answered = answered

        clock = self._clock

        def world(real: World) -> World:
            scripted = ScriptedWorld(real, self._fakes)
            return scripted if clock is None else SteppedWorld(scripted, clock)

        if clock is None:
            return Staged(
                clock=AudioClock(self._now),
                world=world,
                observers=(self,),
                caller=self._caller,
                over=self._over,
            )
        return Staged(clock=clock, world=world, observers=(self, clock), over=self._over)

    async def move(self, to_ms: int) -> None:
        """Let the call's time go on, and tell it once all is told that happened by then."""
        if self._clock is not None:
            await self._clock.move(to_ms)
            self.send({"at": to_ms})

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Pass one event on."""
        told = {
            "event": json.loads(event_to_json(event)),
            "effects": [json.loads(effect_to_json(effect)) for effect in effects],
            "audio_ms": audio_ms,
        }
        self.send(told)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Pass the first sample of a prompt on."""
        self.send({"speaking": prompt, "audio_ms": audio_ms})

    def send(self, told: dict[str, Any]) -> None:
        """Write one line; the time at which the call was picked up is in each."""
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > _BEHIND_BYTES:
            _log.warning("feed_too_slow")
            self.close()
            return
        self._writer.write(json.dumps({**told, "answered": self._answered()}).encode() + b"\n")

    def close(self) -> None:
        """End the feed."""
        self._writer.close()

    def _over(self, disposition: str) -> None:
        self.send({"over": disposition})
        self.close()
