"""The Records port: the journal of every call, and what follows from it (pages, ring-backs, promises).

Contract (``tests/contracts/test_records_contract.py`` holds every adapter to it):

- ``append`` writes an event, its effects, the session after it and all they imply in ONE transaction, and
  returns only when that is durable. The order of use is always: handle the event, ``append``, perform the effects.
- ``append`` raises ``RecordsFailed`` when it is not known to be durable within ``limit_ms``. The write may still
  land later; appending the same thing again is therefore harmless, and a different event under the same
  (call, seq) is refused with ``RecordsFailed``.
- Appends of one call keep their order; appends of different calls may share a transaction.
- Reading never waits for writing.

It does not perform effects, decide anything about a call, or know how a session is encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = [
    "APPEND_LIMIT_MS",
    "HISTORY_WINDOW_MS",
    "CallRecord",
    "CloseReason",
    "Entry",
    "History",
    "Incident",
    "Notification",
    "OpenCall",
    "Page",
    "Records",
    "RingBackRow",
]

APPEND_LIMIT_MS: Final = 500
"""How long a call waits for its event to be durable before it takes the safe path (DESIGN section 1)."""
HISTORY_WINDOW_MS: Final = 96 * 3600 * 1000
"""How far back an earlier call counts as a repeat (clinical.md row 7)."""

CloseReason = Literal["end", "hangup", "interrupted", "silent", "failure", "connected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a call's journal: what it learnt, and what it asked for because of it."""

    event: Event
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A person was to be got. One per Escalate effect."""

    id: str
    """``call:n``, n being the number of the Escalate effect."""
    n: int
    disposition: Disposition
    state: str
    question: str
    row: str
    at: Instant
    status: str
    """The last EscalationChanged status; ``recorded`` before any."""
    treating: str = ""
    """Who treated the caller lately: a key of oncall.yaml; "" where nobody is known."""
    route: tuple[str, ...] = ()
    """Whom to ring, in order: keys of oncall.yaml. () leaves it to the rota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingBackRow:
    """A dropped caller is to be rung back. One per RingBack effect."""

    id: str
    n: int
    times: int
    within_ms: int
    then: Literal["page", "morning_list"]
    number: str | None
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Something was put on a list for people. One per Notify effect."""

    id: str
    n: int
    channel: str
    template: str
    number: str | None
    at: Instant
    ok: bool | None
    """None until the call was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call, as its events and effects tell it."""

    clinic: str
    call: str
    flow: str
    line: str
    caller: str | None
    called: str
    started: Instant
    last_at: Instant
    closed: Instant | None = None
    disposition: Disposition | None = None
    floor: Disposition | None = None
    """The most urgent escalation so far; None when nobody was paged."""
    end_state: str = ""
    reason: CloseReason | None = None
    spoke: bool = False
    """An utterance was decoded or a key was pressed."""
    screened: bool = False
    """A screen's question was asked."""
    product: str = ""
    """What the call is about, as its result ``product`` says; "" is not known."""
    frequent: bool = False
    """The number calls often (``contact.FREQUENT_CALLS``); it is told and changes nothing."""
    last_seq: int = 0
    audio_ms: int = 0
    next_effect: int = 0
    """The number the next effect would have."""
    promise: Promise | None = None
    pages: tuple[Page, ...] = ()
    ring_backs: tuple[RingBackRow, ...] = ()
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A call without an outcome, with what is needed to go on with it."""

    record: CallRecord
    session: str
    """The session after the last event, as the session wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Earlier calls of one number to one clinic within the window."""

    contacts: int = 0
    """Worried contacts; ``contact.is_worried`` says which calls count."""
    filler: int = 0
    """Those about filler, or about a product that is not known."""
    frequent: bool = False
    """The number called ``contact.FREQUENT_CALLS`` times or more in the last year, this call among them."""
    silent: int = 0
    """Silent or early-dropped calls; ``contact.is_early`` says which calls count."""
    dispositions: tuple[Disposition, ...] = ()
    """Outcomes, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something happened to the records themselves."""

    at: Instant
    kind: str
    detail: str


class Records(Protocol):
    """The durable journal of every call of every clinic on this machine."""

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """Make an event, its effects and the session after it durable.

        A session of "" leaves the one before: the event came after the call, and no session saw it.

        Raises:
            RecordsFailed: not durable within ``limit_ms``, or another event stands under this (call, seq), or
                the call was never opened by a CallStarted.
        """

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """Count the calls of ``caller`` that started before ``before`` and within ``window_ms`` of it.

        How often it called is counted over a year.

        A withheld number (None) has no history.
        """

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """Keep the content of a flow version under its hash; storing it twice is no fault."""

    async def flow(self, flow: str) -> str | None:
        """Return a flow version's content, or None when it was never stored."""

    async def open_calls(self) -> list[OpenCall]:
        """Return every call without an outcome, the oldest first."""

    async def call(self, call: str) -> CallRecord:
        """Return one call.

        Raises:
            RecordNotFound: no such call.
        """

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """Return the newest calls first, ``limit`` at most."""

    async def journal(self, call: str) -> list[Entry]:
        """Return all entries of a call in the order of ``seq``.

        Raises:
            RecordNotFound: no such call.
        """

    async def incidents(self) -> list[Incident]:
        """Return what happened to the records themselves, the oldest first."""

    async def aclose(self) -> None:
        """Finish what is queued and let go of the store; safe to repeat."""
