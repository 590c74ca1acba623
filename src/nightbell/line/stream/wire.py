"""The Wire port: the connection of one stream as the ticker's side sees it. Nothing here waits.

Contract: a wire takes a frame or a quiet tick every 20 ms, drops the oldest of what a slow other end does not
take, and after its own end takes everything without a word.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Wire"]


class Wire(Protocol):
    """The way to the other end."""

    @property
    def round_trip_ms(self) -> float | None:
        """To the other end's ear and back; None where it does not tell."""

    def sound(self, sound: bytes) -> None:
        """Send 20 ms: 160 bytes of mu-law."""

    def quiet(self) -> None:
        """Take that nothing is played in this tick."""

    def cut(self) -> None:
        """Have the other end let go of what it has not played yet, where it can."""

    def end(self) -> None:
        """Put it down once the last words are heard; safe to repeat."""
