"""Ports of reception: what rings, what makes a line of it, and who takes the call. ``bootstrap`` provides them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nightbell.conversation.conversation import Outcome
    from nightbell.line.port import Line
    from nightbell.reception.directory import Entry
    from nightbell.reception.live import LiveCall

__all__ = ["LineMaker", "Ring", "Taker"]


class Ring(Protocol):
    """A call that comes in and is not answered yet; there is one for each INVITE of ``line.sip``."""

    @property
    def id(self) -> str:
        """What the other side calls it (SIP: Call-ID); chosen by the caller, so neither secret nor unique."""

    @property
    def caller(self) -> str | None:
        """Who calls, as signalled; None when withheld."""

    @property
    def called(self) -> str:
        """What was dialled, as signalled."""

    @property
    def source(self) -> str:
        """Address that it came from, without port."""

    @property
    def display(self) -> str:
        """Name that the other side shows; "" for none. Never kept: only a rehearsal looks at it."""

    @property
    def test(self) -> bool:
        """Whether somebody tries the line: nobody is rung because of it, and nothing is kept."""

    def reject(self, code: int, reason: str = "", headers: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse it; safe when the caller is gone."""


class LineMaker(Protocol):
    """Makes a line of what rings: takes a port, agrees on a codec."""

    def __call__(self, ring: Ring) -> Line:
        """Make the line; it still rings.

        Raises:
            OfferRefused: nothing that both sides can speak.
            LineFailed: there is no port left.
        """


class Taker(Protocol):
    """Takes calls with session, ears, voice and records."""

    async def __call__(self, line: Line, live: LiveCall) -> Outcome:
        """Take one call to its end; sets ``live.give_up`` while it lasts."""

    async def rescue(self, line: Line, live: LiveCall) -> None:
        """Say the recorded emergency words to the caller of a call that hung, hang up, and close its record."""

    async def prepare(self, entry: Entry) -> None:
        """Make a clinic's flow ready to take calls; the same version once.

        Raises:
            ProviderError: a prompt cannot be spoken.
        """
