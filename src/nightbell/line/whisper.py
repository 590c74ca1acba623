"""Whisper: what a person who was rung hears, and what their keys mean, tick by tick. Pure; it holds no line.

First their PIN where one is asked, then the whisper again and again with a pause between, until a key or the end
of their time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, RATE, Frame, Samples

if TYPE_CHECKING:
    from nightbell.line.dialler import RingOrder

__all__ = ["Asking", "Decision", "Whisper"]

Decision: TypeAlias = Literal["", "taken", "passed", "ring_back", "no_key"]

_KEYS: Final[dict[str, Decision]] = {"1": "taken", "2": "passed", "3": "ring_back"}
_BEFORE: Final = np.zeros(RATE // 2, dtype=np.int16)
"""Half a second before the words: a handset is still on its way to the ear."""
_AFTER: Final = np.zeros(RATE * 2, dtype=np.int16)
"""Two seconds to find the key before the words come again."""
_TRIES: Final = 3
"""PINs that may be keyed."""


class Whisper:
    """One person being asked."""

    def __init__(self, order: RingOrder) -> None:
        self._order = order
        self._words = _loop(order.whisper)
        if order.pin and order.pin_words is not None:
            self._words = _loop(order.pin_words)
        self._ticks = int(order.answer_s * 1000) // FRAME_MS
        self._known = not order.pin
        self._keyed = ""
        self._wrong = 0
        self._at = 0

    def take(self, keys: tuple[str, ...]) -> tuple[Frame, Decision]:
        """Take one tick's keys; return what is said in it, and what was decided."""
        decision: Decision = ""
        for key in keys:
            decision = decision or self._press(key)
        self._ticks -= 1
        if not decision and self._ticks < 0:
            decision = "no_key"
        frame = self._words[self._at : self._at + FRAME_SAMPLES]
        self._at = (self._at + FRAME_SAMPLES) % len(self._words)
        return frame, decision

    def _press(self, key: str) -> Decision:
        if self._known:
            return _KEYS.get(key, "")
        self._keyed += key
        if len(self._keyed) < len(self._order.pin):
            return ""
        right, self._keyed = self._keyed == self._order.pin, ""
        if right:
            self._known = True
            self._words, self._at = _loop(self._order.whisper), 0
            return ""
        self._wrong += 1
        return "no_key" if self._wrong >= _TRIES else ""


class Asking:
    """One question to somebody who is on the line: said again and again until one of its keys, or time is up."""

    def __init__(self, words: Samples, *, keys: str, answer_s: float) -> None:
        self._words = _loop(words)
        self._keys = keys
        self._ticks = int(answer_s * 1000) // FRAME_MS
        self._at = 0

    def take(self, keys: tuple[str, ...]) -> tuple[Frame, str | None]:
        """Take one tick's keys; return what is said in it, and the answer: "" is none in time, None not yet."""
        answer = next((key for key in keys if key in self._keys), None)
        self._ticks -= 1
        if answer is None and self._ticks < 0:
            answer = ""
        frame = self._words[self._at : self._at + FRAME_SAMPLES]
        self._at = (self._at + FRAME_SAMPLES) % len(self._words)
        return frame, answer


def _loop(words: Samples) -> Samples:
    """Return words between their silences, a whole number of frames."""
    both = np.concatenate((_BEFORE, words, _AFTER))
    return np.concatenate((both, np.zeros(-len(both) % FRAME_SAMPLES, dtype=np.int16)))
