"""Ports of the room: the telephone that rings people, the caller who waits, and who is told when all else fails.

Contract of the Dialler (``tests/contracts/test_dialler_contract.py`` holds the fake, and the line's own):

- ``ring`` rings one number and says, once a person answers, ``whisper``; it returns one outcome and has let go of
  the leg by then, or bridged it.
- A page is taken only by ``accept``: it is called when the person pressed 1 (connect) or 3 (ring back), after
  the PIN where one is asked for, and never because the leg was answered (DESIGN section 4, rule 8). ``accept``
  returns whether they have it; false means somebody else was first, and the person is told so.
- ``busy``, ``no_answer`` and ``failed`` are outcomes, not errors. A voicemail that picks up is ``no_answer``.
- Cancelled, it hangs up at once: the ringing stops for everyone at the acknowledgement (rule 9).
- The number is shown to nobody, and no header that a caller's side sees holds it (rule 7).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from nightbell.channels.port import Channel
from nightbell.oncall.person import MethodKind
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = [
    "Accept",
    "Alarm",
    "AlarmBell",
    "CallerLine",
    "Channels",
    "Dialler",
    "How",
    "Ring",
    "RingBackOutcome",
    "RingOutcome",
    "Status",
]

RingOutcome = Literal["taken", "ring_back", "passed", "no_answer", "busy", "failed"]
RingBackOutcome = Literal["reached", "no_answer", "busy", "failed"]
Status = Literal["recorded", "ringing", "acknowledged", "exhausted", "failed"]
How = Literal["connect", "ring_back"]
Accept: TypeAlias = Callable[[How], Awaitable[bool]]
"""Takes the page durably; tells whether this person has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One person to ring about one page."""

    page: str
    escalation: str
    call: str
    clinic: str
    number: str = field(repr=False)
    """E.164; known to the line and to nobody else."""
    whisper: str
    """What is said to who answers, before any key: the reason in one breath, and that it is a repeat."""
    pin: str = field(default="", repr=False)
    """Digits to be keyed before the reason is said; empty for none."""
    ring_ms: int
    """How long it rings before it is given up."""
    copy: int = 1


class Dialler(Protocol):
    """The telephone that rings people on call."""

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        """Ring one person until they take it, pass, or do not answer."""


class CallerLine(Protocol):
    """The way back to a caller who is not on the line any more."""

    async def ring_back(self, call: str, number: str, *, reason: Literal["dropped", "missed"]) -> RingBackOutcome:
        """Ring a caller from the clinic's number; ``missed`` says that a promise was not kept, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person behind the line must know: nobody has it, or a part does not work."""

    kind: Literal["exhausted", "missed", "stuck", "auditor_dead", "self_test", "rota", "fenced", "unsent", "words"]
    clinic: str
    at: Instant
    escalation: str = ""
    disposition: Disposition | None = None
    detail: str = ""
    """Words that hold nothing private."""


class AlarmBell(Protocol):
    """Who is told when all else fails; it never raises, and tries every way it has."""

    async def sound(self, alarm: Alarm) -> None:
        """Tell them."""


Channels: TypeAlias = dict[MethodKind, Channel]
"""The carriers that this installation has, by the kind of method."""
