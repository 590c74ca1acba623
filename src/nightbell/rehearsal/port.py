"""Ports of the rehearsal: who takes the calls. ``bootstrap`` provides it; tests put a toy in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nightbell.conversation.observer import Observer
    from nightbell.flow.model import Flow
    from nightbell.line.port import Line
    from nightbell.rehearsal.script import Fakes
    from nightbell.rehearsal.written import WrittenEars
    from nightbell.terms.disposition import Disposition
    from nightbell.terms.instant import Instant

__all__ = ["Ended", "IncomingCall", "Taker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCall:
    """A call to be taken."""

    id: str
    """Name of the script: unique within a rehearsal, the same in every one."""
    line: Line
    flow: Flow
    now: Instant
    """Wall clock at the answer; it moves with the audio."""
    fakes: Fakes
    observers: Sequence[Observer]
    ears: WrittenEars | None = None
    """The text tier's ears, which are told the caller's words; None at the tier with sound."""


class Ended(Protocol):
    """How a call ended."""

    @property
    def disposition(self) -> Disposition:
        """Its final classification."""


class Taker(Protocol):
    """Takes calls with the real session, ears, voice and records."""

    async def __call__(self, call: IncomingCall) -> Ended:
        """Take one call to its end. Raises ProviderError when something it needs is missing or broken."""
