"""StreamSound: one call's sound over a connection, served by the ticker like RTP: mu-law in, one tick out.

Nothing is lost on such a connection, but it stalls and then brings all at once: the jitter buffer of ``line.rtp``
plays what comes in time and leaves out what is too late. A connection that is gone may be followed by another one;
audio time goes on meanwhile. What the bytes travel in is the wire's business.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.line.rtp.codec import PCMU
from nightbell.line.rtp.jitter import JitterBuffer
from nightbell.line.rtp.outgoing import WAITING
from nightbell.line.rtp.quality import Quality

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.line.leg import SoundLeg
    from nightbell.line.rtp.ticker import Ticker
    from nightbell.line.stream.wire import Wire

__all__ = ["StreamSound"]

_BEHIND_S: Final = 0.25
"""Sound that has come too late for so long is on time from now on: its source paused, or its clock is off."""
_JUMP: Final = 5 * FRAME_SAMPLES
"""Samples by which another end's clock may be off before it is believed that it left something out."""


class StreamSound:
    """One call's sound; a Carriage of ``line.leg``."""

    def __init__(self, ticker: Ticker, leg: SoundLeg, wire: Wire) -> None:
        self.wire: Wire | None = wire
        """None while the connection is gone."""
        self._last = wire
        self._ticker = ticker
        self._leg = leg
        self._frames: deque[Frame] = deque(maxlen=WAITING)
        self._buffer = JitterBuffer(PCMU.silence)
        self._begun = False
        self._closed = False
        self._received = 0
        self._alive_s = time.monotonic()
        self._next = 0
        self._theirs: int | None = None
        self._late_since_s: float | None = None

    @property
    def silent_s(self) -> float:
        """How long nothing of the other end's came."""
        return time.monotonic() - self._alive_s

    def start(self) -> None:
        """Begin to be served."""
        self._begun, self._alive_s = True, time.monotonic()
        self._ticker.add(self)

    def attach(self, wire: Wire) -> None:
        """Go on over another connection, whose sound has a clock of its own."""
        self.wire = self._last = wire
        self._frames.clear()
        self._restart()
        self._alive_s = time.monotonic()

    def detach(self, wire: Wire) -> None:
        """Take that a connection is gone; an older one than the last changes nothing."""
        if self.wire is wire:
            self.wire = None

    def put(self, sound: bytes, *, at: int | None = None) -> None:
        """Take sound in.

        Args:
            sound: mu-law, one byte a sample.
            at: number of its first sample by the other end's clock; None follows on what came before. A clock that
                is off by less than a few frames follows on too: nothing gets lost or swapped on the way.
        """
        if not self._begun:
            return  # audio time begins with the answer
        now_s = time.monotonic()
        self._alive_s = now_s
        self._received += 1
        if at is not None:
            if self._theirs is not None and abs(at - self._theirs) > _JUMP:
                self._next += at - self._theirs
                self._theirs = None
            self._theirs = (at if self._theirs is None else self._theirs) + len(sound)
        late = self._buffer.late
        self._buffer.put(self._next, sound, now_s)
        self._next += len(sound)
        self._keep_up(now_s, late=self._buffer.late > late)

    def play(self, frame: Frame) -> None:
        """Send a frame in the next tick, or after those that wait."""
        self._frames.append(frame)

    def press(self, keys: str) -> None:
        """Send no keys: a stream has no way for them towards the caller."""

    def cut(self) -> None:
        """Let go of what nobody heard yet."""
        self._frames.clear()
        if self.wire is not None:
            self.wire.cut()

    def take_in(self) -> None:
        """Hand out one tick."""
        sound, fading = self._buffer.take()
        self._leg.take(PCMU.frame(sound, fading), (), fading > 0)

    def send(self) -> None:
        """Send this tick's frame."""
        frame = self._frames.popleft() if self._frames else None
        if self.wire is None:
            return
        if frame is None:
            self.wire.quiet()
        else:
            self.wire.sound(PCMU.encode(frame))

    def fail(self) -> None:
        """Tell that the ticker gave this call up after a fault of our own."""
        self._leg.failed()

    def close(self) -> Quality:
        """Stop, and tell what it sounded like; safe to repeat."""
        if not self._closed:
            self._closed = True
            self._ticker.remove(self)
        return self.quality()

    def quality(self) -> Quality:
        """Tell what the call sounds like so far."""
        return Quality(
            received=self._received,
            lost=0,
            late=self._buffer.late,
            concealed=self._buffer.concealed,
            jitter_ms=round(self._buffer.jitter_ms, 2),
            delay_ms=max(self._buffer.delay_ms, 0),
            round_trip_ms=self._last.round_trip_ms,
            far_loss=None,
        )

    def _keep_up(self, now_s: float, *, late: bool) -> None:
        if not late:
            self._late_since_s = None
        elif self._late_since_s is None:
            self._late_since_s = now_s
        elif now_s - self._late_since_s > _BEHIND_S:
            self._restart()

    def _restart(self) -> None:
        self._buffer.restart()
        self._next, self._theirs, self._late_since_s = 0, None, None
