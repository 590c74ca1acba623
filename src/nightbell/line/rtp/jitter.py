"""JitterBuffer: one frame for every tick out of packets that come early, late, twice, out of order or never.

Sound is laid down by its timestamp on a grid of frames, so packets of any length fit. How far ahead of its tick a
packet must lie follows the jitter that is measured (RFC 3550 section 6.4.1): 40 ms on a quiet line, 200 at most.
The delay grows by holding a frame back and shrinks by leaving one out, preferably a silent one; much too long, it
shrinks quickly, or words would be answered seconds late for minutes. A frame that never came is the one before,
fading to silence. It knows bytes of G.711 only, neither keys nor sources.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES

__all__ = ["LONGEST_MS", "SHORTEST_MS", "JitterBuffer", "Out"]

SHORTEST_MS: Final = 40
LONGEST_MS: Final = 200
_JITTERS: Final = 3
"""The delay covers this many times the mean jitter and one frame."""
_WILD: Final = 2 * 8000
"""Samples from what is played now beyond which a timestamp does not belong to it: two seconds."""
_WILD_PACKETS: Final = 3
"""Such packets in a row, each following the one before, make a new beginning."""
_CALM_TICKS: Final = 50
"""Ticks of too long a delay before it shrinks at a silent frame: one second."""
_SHRINK_ANYWAY: Final = 150
"""Ticks after which it shrinks although there is sound: three seconds."""
_FAR: Final = LONGEST_MS // FRAME_MS
"""Frames of delay beyond what is asked for that no jitter explains: sound that waited, or a clock that jumped."""
_SHRINK_FAR: Final = 10
"""Ticks after which so much shrinks by a frame of sound; a second is made up in ten."""
_HELD_BACK: Final = 2
"""Frames that one late packet holds playing back, at most."""
_HALF: Final = 1 << 31


class Out(NamedTuple):
    """What one tick plays."""

    sound: bytes
    """160 bytes of G.711; the last one again when nothing came."""
    fading: int
    """0: it came. Otherwise how many frames in a row did not, for who fades them."""


class JitterBuffer:
    """The sound of one source on its way to its ticks."""

    def __init__(self, silence: int) -> None:
        """Begin empty; ``silence`` is the byte that stands for no sound."""
        self._silent = bytes((silence,)) * FRAME_SAMPLES
        self._cells: dict[int, bytes | bytearray] = {}
        self._filled: dict[int, int] = {}
        self._next: int | None = None
        self._base = 0
        self._last = self._silent
        self._missing = 0
        self._margin = 0.0
        self._calm = 0
        self._wild = 0
        self._wild_at = 0
        self._transit: float | None = None
        self._newest = -1
        self._target = SHORTEST_MS // FRAME_MS
        self.jitter_ms = 0.0
        """Mean deviation of the packets' spacing (RFC 3550 appendix A.8)."""
        self.late = 0
        """Packets that came after their tick."""
        self.repeated = 0
        """Packets that came twice."""
        self.concealed = 0
        """Frames that never came while the source was speaking."""

    @property
    def target_ms(self) -> int:
        """The delay that the jitter asks for, in whole frames."""
        wanted = FRAME_MS + _JITTERS * self.jitter_ms
        return min(LONGEST_MS, max(SHORTEST_MS, -(-int(wanted) // FRAME_MS) * FRAME_MS))

    @property
    def delay_ms(self) -> int:
        """How long a packet that comes now waits for its tick, on average."""
        return round(self._margin * FRAME_MS)

    def restart(self) -> None:
        """Begin anew with the next packet: another source, or another clock."""
        self._cells.clear()
        self._filled.clear()
        self._next = self._transit = None
        self._wild, self._newest, self._calm = 0, -1, 0

    def put(self, timestamp: int, sound: bytes, arrived_s: float) -> None:
        """Lay a packet's sound down.

        Args:
            timestamp: of its first sample.
            sound: G.711, one byte a sample.
            arrived_s: when it arrived, in seconds of any steady clock.
        """
        if not sound:
            return
        if self._next is None:
            self._begin(timestamp)
        assert self._next is not None
        offset = (timestamp - self._base + _HALF) % (1 << 32) - _HALF
        if abs(offset - self._next) > _WILD:
            if not self._settled(timestamp, len(sound)):
                return
            self.restart()
            self._begin(timestamp)
            offset = 0
        self._wild = 0
        self._measure(offset, arrived_s)
        margin = (offset - self._next) / FRAME_SAMPLES
        self._margin += (margin - self._margin) / 16
        if offset + len(sound) <= self._next:
            self.late += 1
            self._hold_back(-margin)
            if offset + len(sound) <= self._next:
                return
        self._lay(offset, sound)

    def take(self) -> Out:
        """Return what this tick plays."""
        if self._next is None:
            return Out(self._silent, 1)
        excess = self._margin - self._target
        self._calm = self._calm + 1 if excess > 0.9 else 0
        cell = self._cells.pop(self._next, None)
        if self._calm > (_SHRINK_FAR if excess > _FAR else _SHRINK_ANYWAY):
            cell = self._leave_out()
        elif excess > _FAR or self._calm > _CALM_TICKS:
            for _ in range(max(int(excess) - _FAR, 1)):
                if cell is not None and cell.strip(self._silent[:1]):
                    break
                cell = self._leave_out()
        filled = self._filled.pop(self._next, FRAME_SAMPLES) if self._filled else FRAME_SAMPLES
        self._next += FRAME_SAMPLES
        if cell is None:
            self._missing += 1
            if self._newest >= self._next >= FRAME_SAMPLES:  # what follows is here: it was lost, not unsaid
                self.concealed += 1
            return Out(self._last, self._missing)
        self._last = bytes(cell)
        self._missing = 0
        if filled < FRAME_SAMPLES:
            self.concealed += 1
            return Out(self._last, 1)
        return Out(self._last, 0)

    def _begin(self, timestamp: int) -> None:
        """Lay the grid so that this packet plays after the shortest delay, or what the jitter asks for."""
        self._base = timestamp
        self._next = -(self.target_ms // FRAME_MS) * FRAME_SAMPLES
        self._margin = self.target_ms / FRAME_MS

    def _settled(self, timestamp: int, size: int) -> bool:
        """Tell whether a source that jumped goes on from where it jumped to."""
        follows = 0 <= (timestamp - self._wild_at) % (1 << 32) <= 4 * size
        self._wild = self._wild + 1 if self._wild and follows else 1
        self._wild_at = timestamp
        return self._wild >= _WILD_PACKETS

    def _measure(self, offset: int, arrived_s: float) -> None:
        transit = arrived_s * 1000 - offset / 8
        if self._transit is not None and offset > self._newest:
            self.jitter_ms += (min(abs(transit - self._transit), LONGEST_MS) - self.jitter_ms) / 16
            self._target = self.target_ms // FRAME_MS
        if offset > self._newest or self._transit is None:
            self._transit = transit
        self._newest = max(self._newest, offset)

    def _hold_back(self, frames: float) -> None:
        """Hold playing back, so that the next packet as late as this one comes in time; two frames at most.

        More at once would let one straggler delay the whole call.
        """
        assert self._next is not None
        room = LONGEST_MS // FRAME_MS - int(max(self._margin, 0.0))
        back = min(int(frames) + 1, room, _HELD_BACK)
        if back > 0:
            self._next -= back * FRAME_SAMPLES
            self._margin += back

    def _leave_out(self) -> bytes | bytearray | None:
        assert self._next is not None
        self._filled.pop(self._next, None)
        self._next += FRAME_SAMPLES
        self._margin -= 1
        self._calm = 0
        return self._cells.pop(self._next, None)

    def _lay(self, offset: int, sound: bytes) -> None:
        assert self._next is not None
        if len(sound) == FRAME_SAMPLES and not offset % FRAME_SAMPLES:
            if offset in self._cells:
                self.repeated += 1
            self._cells[offset] = sound
            return
        at, end = offset, offset + len(sound)
        while at < end:
            cell = at // FRAME_SAMPLES * FRAME_SAMPLES
            upto = min(cell + FRAME_SAMPLES, end)
            if cell >= self._next:
                held = self._cells.get(cell)
                if not isinstance(held, bytearray):
                    if held is None:
                        self._filled[cell] = 0
                    held = bytearray(held or self._silent)
                    self._cells[cell] = held
                held[at - cell : upto - cell] = sound[at - offset : upto - offset]
                if cell in self._filled:
                    self._filled[cell] += upto - at
            at = upto
