"""StreamRing: a call that was announced over HTTP and whose stream has begun. It is ``reception``'s Ring.

The other end has answered it already; to refuse it is to put its stream down, and the other end goes on by its own
plan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from nightbell.line.stream.line import StreamLine

__all__ = ["Rings", "StreamRing", "Tell", "withheld"]

_WORDS: Final = frozenset({"", "anonymous", "restricted", "blocked", "unknown", "unavailable", "private"})
_SPELLED: Final = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""The same words on a telephone's keys, as Twilio writes who withholds their number."""


def withheld(number: str) -> bool:
    """Tell whether what a carrier gives as the caller's number says that there is none."""
    return number.strip().lower() in _WORDS or number.strip() in _SPELLED


class Tell(Protocol):
    """Takes what whoever tries the line is to read."""

    def __call__(self, who: str, text: str, **more: str) -> None:
        """Tell who says what, with what else belongs to it."""


@dataclass(slots=True, kw_only=True)
class StreamRing:
    """One call."""

    id: str
    """What the other end calls it."""
    caller: str | None
    called: str
    display: str = ""
    source: str = ""
    """Where it came from. "" for a carrier: what its signature vouches for comes from no address of ours, and a
    proxy on this machine must not make it a caller of this machine."""
    test: bool = False
    """Somebody tries the line: nobody is to be rung, and nothing kept."""
    tell: Tell | None = None
    """With ``test``: is told who says what."""
    on_handset: Callable[[str], None] = field(default=lambda _: None)
    """With ``test``: takes what is done at the handset that stands for everybody who could be paged."""
    line: StreamLine | None = None
    """Set before it rings."""
    on_reject: Callable[[int], None] = field(default=lambda _: None)

    def reject(self, code: int, reason: str = "", headers: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse it; safe when the caller is gone."""
        del reason, headers
        self.on_reject(code)


class Rings:
    """Calls that ring: each has a task of its own, which outlives the connection that brought it."""

    def __init__(self, taken: Callable[[StreamRing], Awaitable[None]]) -> None:
        """Take who takes a call; it returns when the call is picked up or refused."""
        self._taken = taken
        self._tasks: set[asyncio.Future[None]] = set()

    def begin(self, ring: StreamRing, line: StreamLine, refused: Callable[[int], None] = lambda _: None) -> None:
        """Let a line ring; who refuses it puts the line down, and ``refused`` is told the status before."""

        def put_down(code: int) -> None:
            refused(code)
            line.left()

        ring.line, ring.on_reject = line, put_down
        task = asyncio.ensure_future(self._taken(ring))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
