"""Memory: all that a call remembers between two events - small, plain, and written out as JSON.

It is data without behaviour; lists and mappings in it are replaced, never changed in place. Control (what routing
can read) is finite: enumerated words and counters bounded at 3; turns and the like end at a limit of the flow.
What a caller said or keyed is data that no branch reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from nightbell.errors import SessionError, UnsupportedVersion
from nightbell.terms.disposition import Disposition
from nightbell.terms.promise import Promise

__all__ = ["COUNTER_LIMIT", "VERSION", "Memory", "memory_from_json", "memory_to_json", "restore", "snapshot"]

VERSION: Final = 3
"""Version 1 knew no results, counters, languages, transfers and turns; it reads, with none of them. Version 2 knew
no products: its contacts count as contacts about filler."""
_PRODUCTS_SINCE: Final = 3
COUNTER_LIMIT: Final = 3
"""Counters stop here, so that the control state stays finite (DESIGN section 3)."""


@dataclass
class Memory:
    """What one call knows; every field has its first value here.

    It has no slots: one copy of its dictionary is what makes an event that fails harmless, and costs a third.
    """

    clinic: str = ""
    call: str = ""
    flow: str = ""
    step: str = ""
    seq: int = -1
    """Number of the last event handled."""
    effects: int = 0
    """Number of the next effect."""
    caller: str | None = None

    # where the talk stands
    playing: int | None = None
    """Number of the Play effect under way."""
    playing_must_hear: bool = False
    listening: int | None = None
    listen_key: str = ""
    """What the ears listen for; the same again is not asked twice."""
    asked_world: int | None = None
    timers: list[str] = field(default_factory=list)
    pending: str = ""
    """Outcome that waits for a must-hear prompt to end."""

    # Control, finite:
    floor: Disposition | None = None
    escalated: Disposition | None = None
    """The floor for which a person was last asked for."""
    engaged: bool = False
    """The caller has spoken or pressed once (rule 4)."""
    screening: bool = False
    """A screen is open: entered and not yet decided."""
    screened: bool = False
    """A screen was answered to its end."""
    words_given: bool = False
    """The emergency words of the emergency state were said to their end."""
    nine: Literal["", "words", "offer"] = ""
    """Key 9 was pressed and may still be taken back."""
    slow: bool = False
    """The caller needs more time: every wait for them is ``SLOWER`` times as long."""
    keys_only: bool = False
    """The ears are out for the rest of the call."""
    noinputs: int = 0
    nomatches: int = 0
    why: str = ""
    """Why the tries at this step failed; silence replaces no other reason."""
    doubt: bool = False
    """A no was heard with little confidence: anything but a clear no now counts as yes."""
    cut: bool = False
    """The words of this step were cut by the caller."""
    unheard: bool = False
    """A sentence was said in noise and not understood: it may have held anything."""
    silences: int = 0
    replays: int = 0
    visits: dict[str, int] = field(default_factory=dict)
    recording: Literal["keep", "declined"] = "keep"
    keeping: bool = False
    contacts_96h: int = 0
    filler_contacts_96h: int = 0
    silent_96h: int = 0
    treated_14d: Literal["yes", "no", "unknown"] = "unknown"
    filler_14d: Literal["yes", "no", "unknown"] = "unknown"
    hours: Literal["open", "closed", "holiday"] = "closed"
    escalation: Literal["", "recorded", "ringing", "acknowledged", "exhausted", "failed"] = ""
    results: dict[str, str] = field(default_factory=dict)
    """Result to its category; what is not here is not known."""
    counts: dict[str, int] = field(default_factory=dict)
    language: str = ""
    """The language the call goes on in; "" is the flow's first."""
    turns: int = 0
    """Answers, keys of a choice and silences so far; the flow's limit ends a call that has more."""
    confirming: str = ""
    """Category that is being asked about: "did you say ...?"."""
    confirmed: bool = False
    """It was asked about once in this visit."""
    transfer: int | None = None
    """Number of the Transfer effect under way."""
    connected: bool = False
    """A transfer was answered: the caller has talked with a person."""
    star: bool = False
    failing: bool = False
    """The safe words are playing; nothing but the end follows."""
    closed: bool = False

    # data: never read by routing
    treating: str = ""
    """Who treated the caller lately, by their key in oncall.yaml."""
    route: tuple[str, ...] = ()
    """Whom to ring, in order, by their keys in oncall.yaml."""
    entry: str = ""
    heard: str = ""
    """The phrase that is being asked about."""
    values: dict[str, str] = field(default_factory=dict)
    """Result to the digits that were keyed or said."""
    callback_number: str | None = None
    promise: Promise | None = None
    last_no: str = ""
    """Step of the last committed no of a screen, and when: a yes within 1.5 s corrects it (DESIGN section 5)."""
    last_no_ms: int = 0
    asked_ms: int = 0
    """When the words under way, or the last ones, began: nobody answers what has hardly begun."""
    v: int = VERSION


def snapshot(memory: Memory) -> dict[str, object]:
    """Return every value of a memory. It holds as long as what the memory gathers is replaced, never changed."""
    return memory.__dict__.copy()


def restore(memory: Memory, values: dict[str, object]) -> None:
    """Put back what ``snapshot`` returned."""
    memory.__dict__.update(values)


_ADAPTER: Final[TypeAdapter[Memory]] = TypeAdapter(Memory)


def memory_to_json(memory: Memory) -> str:
    """Write a memory; the same memory gives the same bytes."""
    return _ADAPTER.dump_json(memory).decode()


def memory_from_json(text: str | bytes) -> Memory:
    """Read a memory.

    Raises:
        UnsupportedVersion: a newer Nightbell wrote it.
        SessionError: it is no memory.
    """
    try:
        memory = _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise SessionError("a saved session does not read", hint="the records were damaged or edited") from error
    if memory.v > VERSION:
        raise UnsupportedVersion(f"session version {memory.v} is newer than {VERSION}")
    if memory.v < _PRODUCTS_SINCE:
        memory.filler_contacts_96h = memory.contacts_96h
    memory.v = VERSION
    return memory
