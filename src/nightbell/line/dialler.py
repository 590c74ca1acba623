"""The Dialler port: rings a person on call from the clinic's number, and waits for a key that they take the call.

Contract (``tests/contracts/test_dialler_contract.py`` holds every adapter to it):

- A person is named by their key in the clinic's list. Numbers stay below this port: none stands in an order, an
  outcome, an error or a log. Who is not in the list, and every emergency or crisis number, is ``refused``, unrung.
- ``ring`` returns when it is decided, and always within ``ring_s + answer_s`` and some seconds of signalling.
  Cancelled, it stops ringing or hangs up.
- Only a key is an acknowledgement: 1 takes the call, 2 passes it on, 3 wants to be rung back. Answered and silent,
  an answering machine, and a wrong PIN are ``no_key``.
- ``taken`` comes with the leg still up: bridge it, or hang it up. In every other case nothing is left of the leg.
- ``told`` is called as it happens, at least with ``ringing`` and ``answered`` where they were seen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from nightbell.audio.frame import Samples

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.line.port import Line, Tick

__all__ = ["Dialler", "Outcome", "PersonLeg", "Progress", "RingOrder", "Rung"]

Progress: TypeAlias = Literal["ringing", "answered"]
Outcome: TypeAlias = Literal["taken", "passed", "ring_back", "no_key", "busy", "no_answer", "failed", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingOrder:
    """Whom to ring, what to tell them, and how long."""

    person: str
    """Key of the person in the clinic's list."""
    whisper: Samples
    """The reason for the call in one breath, and the keys; said again until a key comes."""
    ring_s: float = 45.0
    """How long it may ring; a mobile's answering machine takes over after some 25 s."""
    answer_s: float = 40.0
    """How long the whisper is said once it was answered; a person woken up needs to hear it twice."""
    pin: str = ""
    """Digits that must be keyed before the whisper is said; "" asks for none."""
    pin_words: Samples | None = None
    """What asks for them."""


class PersonLeg(Protocol):
    """A person who took a call."""

    def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms until somebody hangs up."""

    def play(self, frame: Frame) -> None:
        """Send one frame in the current tick."""

    async def hang_up(self) -> None:
        """Put them down; safe to repeat."""

    async def talk(self, line: Line, *, keep: bool = False) -> Literal["caller", "person", "line"]:
        """Connect a caller's line with them until either is gone; return who was gone first.

        Their leg is over afterwards, unless ``keep`` and it was the caller who hung up, cancelled or not. The
        caller's is handed back where it was not they who hung up. Cancelled, it hands the caller's line back and
        puts the person down.

        Raises:
            LineFailed: the caller's line cannot be bridged with this leg.
        """

    async def ask(self, words: Samples, *, keys: str, answer_s: float) -> str:
        """Say words again and again until they press one of these keys; "" when they hang up or press none.

        It ends within ``answer_s``; the leg stays up where they did not hang up.
        """


@dataclass(frozen=True, slots=True)
class Rung:
    """What became of ringing a person."""

    outcome: Outcome
    leg: PersonLeg | None = None
    """Only with ``taken``."""


class Dialler(Protocol):
    """Rings people."""

    async def ring(self, order: RingOrder, told: Callable[[Progress], None] = ...) -> Rung:
        """Ring one person; see the contract."""
