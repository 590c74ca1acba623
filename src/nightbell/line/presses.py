"""Presses: one press of a key, told once, though it comes as an RTP event, as SIP INFO and as a tone in the sound.

The same key from another source within a second is the same press: a tone lies in the jitter buffer and takes
40 ms to be recognised, and a gateway sends INFO when the key is let go. From the same source it is a new press.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal, TypeAlias

__all__ = ["SAME_PRESS_MS", "Presses", "Source"]

Source: TypeAlias = Literal["event", "info", "inband"]

SAME_PRESS_MS: Final = 1000
"""Longest from one way of a press to the other: the longest jitter buffer, recognition, and a long press."""


class Presses:
    """The presses of one call."""

    def __init__(self) -> None:
        self._recent: deque[tuple[str, int, set[Source]]] = deque()

    def is_new(self, key: str, source: Source, at_ms: int) -> bool:
        """Tell whether this is a press that was not told yet.

        Args:
            key: which.
            source: how it came.
            at_ms: when, in milliseconds of any time that does not stop.
        """
        while self._recent and at_ms - self._recent[0][1] > SAME_PRESS_MS:
            self._recent.popleft()
        for known, _, sources in self._recent:
            if known == key and source not in sources:
                sources.add(source)
                return False
        self._recent.append((key, at_ms, {source}))
        return True
