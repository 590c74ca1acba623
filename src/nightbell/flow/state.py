"""State: the values of each kind of state, every default filled in and every name resolved. They hold no rule.

A subdialog is no value of its own: the reader writes its states out, once for each call of it, so that the flow
stays finite and has no stack. Durations are milliseconds. ``flow.model`` gives these names too; import them there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from nightbell.flow.parts import Case, Choice, Prompt, Question, Reprompts, Timers
from nightbell.terms.disposition import Disposition

__all__ = [
    "ROUTABLE",
    "Branch",
    "Collect",
    "Confirm",
    "Deflect",
    "End",
    "Escalation",
    "Menu",
    "NotifyState",
    "PromptState",
    "RecordState",
    "Schedule",
    "Screen",
    "State",
    "Transfer",
]

ROUTABLE: Final = (
    "noinput",
    "nomatch",
    "low_confidence",
    "dtmf_invalid",
    "max_speech",
    "asr_error",
    "nine",
    "person",
)
"""Outcomes that a state may lead elsewhere. The first five are why the tries were exhausted; ``asr_error`` is
taken when the recogniser fails. The others of the enumeration have keys of their own (``match`` is a choice,
``exhausted`` is ``unclear``) or are nobody's to lead (``hangup``: rule 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    name: str
    line: int
    """Line of the state in flow.yaml, for messages."""
    timers: Timers = field(default_factory=Timers)
    routes: tuple[tuple[str, str], ...] = ()
    """Outcome (one of ROUTABLE, or ``universal:NAME``) to the state it leads to from here instead of the usual
    one; ``same`` for a universal that is not acted on here."""
    counts: str = ""
    """Counter that goes up by one, to 3 at most, whenever the call arrives here."""
    dialog: str = ""
    """The dialog this state was written in; its name is CALL.STATE, the call being a state of kind subdialog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptState(_State):
    """Say, then go on."""

    say: Prompt
    next: str
    starts_recording: bool = False
    """The recording notice: audio is kept from its end on, unless declined (rule 13)."""
    kind: Literal["prompt"] = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(_State):
    """A closed choice of at most four."""

    say: Prompt
    choices: tuple[Choice, ...]
    unclear: str
    """Where silence, mumbling and "not sure" lead once the tries are used up."""
    reprompts: Reprompts = field(default_factory=Reprompts)
    result: str = ""
    """Result whose category is the choice's name."""
    confirm: Prompt | None = None
    """Asked once of an answer between the two confidence levels: "Did you say {{ heard }}?"."""
    kind: Literal["menu"] = "menu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen(_State):
    """Red-flag questions, most dangerous first, asked until one decides."""

    questions: tuple[Question, ...]
    any_yes: str
    all_no: str
    emergency: str
    """Where a D0 answer leads: the emergency words."""
    reprompts: Reprompts = field(default_factory=Reprompts)
    kind: Literal["screen"] = "screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(_State):
    """One typed value."""

    result: str
    """``callback_number`` for a phone; any name else. Categories: yes_no gives yes, no, not_sure; choice its
    choices; digits and words give known or unknown, their value is data that no branch reads."""
    type: Literal["phone", "words", "yes_no", "choice", "digits"]
    say: Prompt
    next: str
    unclear: str
    choices: tuple[Choice, ...] = ()
    """choice only; each leads to ``next``."""
    min_digits: int = 1
    max_digits: int = 20
    """digits only; the entry ends at this many, at #, or at the inter-digit time."""
    clears: bool = False
    """yes_no only: the safety question of a booking (clinical.md row 31); a no lets deflect and D5 follow."""
    confirm: Prompt | None = None
    """yes_no and choice: as in a menu."""
    offer: Prompt | None = None
    """Phone only: offers the caller's own number before one is keyed (rule 1)."""
    yes: str = ""
    """yes_no only: where a yes leads; ``next`` is the no."""
    asks: tuple[str, ...] = ()
    """yes_no only: the signs it asks for, as a screen's questions name them."""
    reprompts: Reprompts = field(default_factory=Reprompts)
    kind: Literal["collect"] = "collect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(_State):
    """Read something back and ask whether it is right."""

    say: Prompt
    yes: str
    no: str
    unclear: str
    reprompts: Reprompts = field(default_factory=Reprompts)
    kind: Literal["confirm"] = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(_State):
    """A switch on what is known. ``looks_up`` asks the records first."""

    cases: tuple[Case, ...]
    otherwise: str
    kind: Literal["branch"] = "branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(_State):
    """Opening hours."""

    open: str
    closed: str
    holiday: str
    kind: Literal["schedule"] = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState(_State):
    """Take a spoken message."""

    say: Prompt
    next: str
    empty: str
    max_ms: int = 60000
    final_silence_ms: int = 3000
    kind: Literal["record"] = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyState(_State):
    """Put something on a list for people."""

    channel: Literal["message", "morning_list"]
    template: str
    ok: str
    failed: str
    kind: Literal["notify"] = "notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation(_State):
    """Hold the caller while a person is got to the phone. The page itself went out when the floor was set."""

    say: Prompt
    """Hold words, repeated every ``every_ms``; they name key 9."""
    every_ms: int
    limit_ms: int
    acknowledged: str
    exhausted: str
    kind: Literal["escalate"] = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflect(_State):
    """Turn a booking away from the clinician, with words; only ever after a clear screen."""

    say: Prompt
    next: str
    kind: Literal["deflect"] = "deflect"


@dataclass(frozen=True, slots=True, kw_only=True)
class End(_State):
    """Say the promise and the safety net, then hang up."""

    disposition: Disposition
    """The call ends at this or its floor, whichever is more urgent."""
    say: Prompt
    promise: bool
    """Ask for a promise before speaking; the words may then use its slots."""
    say_without_promise: Prompt | None = None
    """Words for when the promise could not be made durable."""
    kind: Literal["end"] = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_State):
    """Dial somebody and connect the caller; VoiceXML's transfer. Who it is, is a role, never a number."""

    say: Prompt
    to: str
    """Role in oncall.yaml, such as ``clinician``."""
    limit_ms: int
    answered: str
    busy: str
    no_answer: str
    failed: str
    kind: Literal["transfer"] = "transfer"


State: TypeAlias = (
    PromptState
    | Menu
    | Screen
    | Collect
    | Confirm
    | Branch
    | Schedule
    | RecordState
    | NotifyState
    | Escalation
    | Deflect
    | Transfer
    | End
)
