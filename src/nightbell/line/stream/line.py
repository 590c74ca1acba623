"""StreamLine: a caller whose sound comes over a connection. See ``line.port.Line`` for the contract it keeps.

Whoever speaks the protocol makes it, gives it sound and keys, and tells it that the caller hung up or that the
connection is gone. A connection that is gone ends no call at once: another one may go on with it until sound has
been missing for too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.errors import LineFailed
from nightbell.line.leg import SoundLeg
from nightbell.line.stream.sound import StreamSound
from nightbell.terms.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from nightbell.audio.frame import Frame
    from nightbell.line.leg import Gone
    from nightbell.line.port import Tick
    from nightbell.line.rtp.quality import Quality
    from nightbell.line.rtp.ticker import Ticker
    from nightbell.line.stream.wire import Wire

__all__ = ["StreamLine"]


class StreamLine:
    """The line of a call that came in over a stream."""

    paced = True

    def __init__(
        self,
        kind: str,
        ticker: Ticker,
        wire: Wire,
        *,
        caller: str | None,
        called: str,
        media_timeout_s: float,
    ) -> None:
        """Make a line that rings.

        Args:
            kind: short name of the protocol, for the record.
            ticker: serves its sound.
            wire: the connection.
            caller: as signalled; None when withheld.
            called: as signalled.
            media_timeout_s: sound missing for so long ends it as ``line``.
        """
        self.kind = kind
        self.caller = caller
        self.called = called
        self.on_over: Callable[[], None] = _nothing
        """Told once when the call is over."""
        self._wire = wire
        self._begun = False
        self._leg = SoundLeg(media_timeout_s=media_timeout_s)
        self._sound = StreamSound(ticker, self._leg, wire)
        self._leg.carriage = self._sound
        self._leg.ended = self._over

    async def answer(self) -> None:
        """Pick up; audio time begins.

        Raises:
            LineFailed: the caller is gone already.
        """
        if self._leg.gone or self._sound.wire is None:
            raise LineFailed("the caller is gone", provider=self.kind, hint="nothing to do: the call is over")
        self._begun = True
        self._leg.begin()

    def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms until somebody hangs up."""
        return self._leg.ticks()

    def play(self, frame: Frame) -> None:
        """Send one frame in the current tick."""
        if self._begun:
            self._leg.play(frame)

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
        self._leg.hung_up("us")
        if not self._begun:
            self._leg.close()

    def cut(self) -> None:
        """Let go of what was played and not yet heard."""
        if not self._leg.over:
            self._sound.cut()

    @property
    def leg(self) -> SoundLeg:
        """The sound of the answered call.

        Raises:
            LineFailed: it was not answered.
        """
        if not self._begun:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        return self._leg

    @property
    def quality(self) -> Quality | None:
        """What the call sounds like so far; None before it was answered."""
        return self._sound.quality() if self._begun else None

    @property
    def over(self) -> bool:
        """Tell whether it is over."""
        return self._leg.over

    @property
    def connected(self) -> bool:
        """Tell whether there is a connection at this moment."""
        return self._sound.wire is not None

    def heard(self, sound: bytes, *, at: int | None = None) -> None:
        """Take the caller's sound in; see ``StreamSound.put``."""
        self._sound.put(sound, at=at)

    def pressed(self, key: str) -> None:
        """Take a key; what is no key of a telephone is passed over."""
        if key in KEYS:
            self._leg.pressed(key)

    def left(self) -> None:
        """Take that the caller hung up."""
        self._leg.hung_up("caller")
        if not self._begun:
            self._leg.close()

    def lost(self) -> None:
        """Take that the connection broke and none will follow; nothing where somebody hung up already."""
        self._leg.hung_up("line")
        if not self._begun:
            self._leg.close()

    def is_on(self, wire: Wire) -> bool:
        """Tell whether this is the connection that it goes over."""
        return self._wire is wire

    def attach(self, wire: Wire) -> None:
        """Go on over another connection; the one before is put down."""
        self._wire.end()
        self._wire = wire
        self._sound.attach(wire)

    def detach(self, wire: Wire) -> None:
        """Take that a connection is gone."""
        self._sound.detach(wire)

    def _over(self, gone: Gone) -> None:
        del gone  # whoever hung up: the connection is of no more use
        self._wire.end()
        self.on_over()


def _nothing() -> None:
    """Nobody is to be told."""
