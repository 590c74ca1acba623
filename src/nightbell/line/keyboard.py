"""Keyboard: what is typed at a terminal - keys of the telephone, words, and the end, one thing for each tick.

A typed line of nothing but telephone keys is keys, anything else is words; the end of the input is hanging up.
Some lines can be for somebody else, such as the handset of the person on call. It is no line itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Literal, TypeAlias

from nightbell.terms.keys import KEYS

__all__ = ["Aside", "Keyboard", "Typed", "is_keys"]

Aside: TypeAlias = Callable[[str], Literal["taken", "wait", "no"]]
"""Looks at a typed line before the call gets it: takes it, has it wait, or leaves it to the call."""


def is_keys(typed: str) -> bool:
    """Tell whether a typed line means keys pressed rather than words said."""
    return bool(typed) and all(key in KEYS for key in typed)


def _nobody(typed: str) -> Literal["taken", "wait", "no"]:
    del typed
    return "no"


@dataclass(frozen=True, slots=True)
class Typed:
    """What one tick of a call gets from the keyboard."""

    key: str = ""
    text: str | None = None
    gone: bool = False


class Keyboard:
    """Typed lines, read in a thread of its own, so the source may block."""

    def __init__(
        self,
        source: IO[str],
        *,
        ready: Callable[[], bool] = lambda: True,
        aside: Aside = _nobody,
        hangs_up: bool = True,
    ) -> None:
        """Take a text stream.

        Args:
            source: where the caller types.
            ready: asked before the call gets a line. Input from a pipe is all there at once: there it holds each
                line back until the call listens.
            aside: asked before that whether the line is for somebody else.
            hangs_up: the end of the input is hanging up.
        """
        self._source = source
        self._ready = ready
        self._aside = aside
        self._hangs_up = hangs_up
        self._lines: deque[str | None] = deque()
        self._keys: deque[str] = deque()
        self._reading = False

    def begin(self) -> None:
        """Begin to read; safe to repeat. Call it within the loop that will ask."""
        if self._reading:
            return
        self._reading = True
        loop = asyncio.get_running_loop()
        # A daemon thread: a read that blocks on a terminal must not keep the process from ending.
        threading.Thread(target=self._read, args=(loop,), name="keyboard", daemon=True).start()

    def next(self) -> Typed:
        """Return what this tick gets; keys typed in one line are pressed one per tick, as a key pad sends them."""
        if self._keys:
            return Typed(key=self._keys.popleft())
        while self._lines:
            line = self._lines[0]
            whose = self._aside(line) if line is not None else "no"
            if whose == "wait" or (whose == "no" and not self._ready()):
                break
            self._lines.popleft()
            if line is None:
                return Typed(gone=self._hangs_up)
            if whose == "no" and is_keys(line):
                self._keys.extend(line[1:])
                return Typed(key=line[0])
            if whose == "no":
                return Typed(text=line)
        return Typed()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            for typed in self._source:
                if typed.strip():
                    loop.call_soon_threadsafe(self._lines.append, typed.strip())
            loop.call_soon_threadsafe(self._lines.append, None)
        except (RuntimeError, ValueError, OSError):
            return  # the loop or the stream was closed: the call is over
