"""The Line port: one caller's attachment, whatever carries it.

Contract (``tests/contracts/test_line_contract.py`` holds every adapter to it):

- ``ticks()`` yields exactly one Tick per 20 ms of audio, numbered from 0 without a gap, from the answer on;
  a frame that never arrived is concealed (silence or repetition) and flagged. It ends after the tick whose
  ``gone`` is set.
- ``play(frame)`` is called once per tick at most; when it is not called the line sends silence. It never waits.
- Keys come with the tick in which they were detected; the same press is never reported twice.
- ``hang_up()`` may be called at any time, more than once; ``ticks()`` ends soon after with ``gone="us"``.
- A paced line yields ticks in real time. An unpaced line yields the next tick when it is asked for it, so that
  virtual time waits for whoever consumes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nightbell.audio.frame import Frame

__all__ = ["HoldsSound", "Line", "Measure", "Tick"]


@dataclass(frozen=True, slots=True)
class Tick:
    """What one 20 ms of the line brought."""

    number: int
    frame: Frame
    keys: tuple[str, ...] = ()
    """Keys from signalling (RFC 4733, SIP INFO); in-band tones are the ears' business."""
    concealed: bool = False
    gone: Literal["", "caller", "line", "us"] = ""
    """Set on the last tick: who hung up."""
    text: str | None = None
    """Words typed by a caller at a terminal; lines that carry sound leave it None."""


class Measure(Protocol):
    """What a line that carries packets measured of its sound; a line may have one as ``quality``."""

    @property
    def received(self) -> int:
        """Packets that came."""

    @property
    def loss(self) -> float:
        """Part that was lost or late, 0..1."""

    @property
    def jitter_ms(self) -> float:
        """Mean deviation of their spacing."""

    @property
    def round_trip_ms(self) -> float | None:
        """To the other end and back; None when it does not tell."""

    @property
    def mos(self) -> float:
        """Mean opinion score, 1 to 4.4."""


@runtime_checkable
class HoldsSound(Protocol):
    """A line whose other end may hold what was played before it is heard."""

    def cut(self) -> None:
        """Let go of what was played and not yet heard: a caller spoke into it."""


class Line(Protocol):
    """One leg towards a caller."""

    @property
    def kind(self) -> str:
        """Short name of the adapter, for the record: scripted, terminal, sip."""

    @property
    def paced(self) -> bool:
        """True when ticks come in real time."""

    @property
    def caller(self) -> str | None:
        """The caller's number as E.164; None when withheld."""

    @property
    def called(self) -> str:
        """The number that was dialled."""

    async def answer(self) -> None:
        """Pick up. Raises LineFailed when the caller is gone already."""

    def ticks(self) -> AsyncIterator[Tick]:
        """Yield one Tick per 20 ms until the line is gone."""

    def play(self, frame: Frame) -> None:
        """Send one frame to the caller in the current tick."""

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
