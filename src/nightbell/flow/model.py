"""The flow as the rest of Nightbell sees it: frozen values, every default filled in, every name resolved.

``flow.load`` makes it from YAML; ``call.compile`` turns it into steps and a machine. It holds no rule of its own.
Text is rendered as far as the clinic's own facts go; what only a call can know is left as a Slot.
Durations are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nightbell.flow.parts import Clinic, Prompt, Reprompts, Slot, Timers, Words
from nightbell.terms.disposition import Disposition

__all__ = [
    "Branch",
    "Case",
    "Choice",
    "Clinic",
    "Collect",
    "Confirm",
    "Deflect",
    "End",
    "Escalation",
    "Flow",
    "Menu",
    "NotifyState",
    "Prompt",
    "PromptState",
    "Question",
    "RecordState",
    "Reprompts",
    "Schedule",
    "Screen",
    "Slot",
    "State",
    "Timers",
    "Universal",
    "Words",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    name: str
    line: int
    """Line of the state in flow.yaml, for messages."""
    timers: Timers = field(default_factory=Timers)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptState(_State):
    """Say, then go on."""

    say: Prompt
    next: str
    starts_recording: bool = False
    """The recording notice: audio is kept from its end on, unless declined (rule 13)."""
    kind: Literal["prompt"] = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way out of a menu."""

    name: str
    key: str | None
    hear: tuple[str, ...]
    """Phrases, lower case."""
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(_State):
    """A closed choice of at most four."""

    say: Prompt
    choices: tuple[Choice, ...]
    unclear: str
    """Where silence, mumbling and "not sure" lead once the tries are used up."""
    reprompts: Reprompts = field(default_factory=Reprompts)
    kind: Literal["menu"] = "menu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a screen, answered yes, no or not sure."""

    name: str
    ask: Prompt
    yes: Disposition
    """The floor that a yes sets."""
    hear_yes: tuple[str, ...] = ()
    """Phrases beside the usual ones."""
    hear_no: tuple[str, ...] = ()
    not_sure: Literal["counts_as_yes", "neutral"] = "counts_as_yes"
    row: str = ""
    source: str = ""
    line: int = 0


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

    result: Literal["callback_number", "words", "answer"]
    type: Literal["phone", "words", "yes_no"]
    say: Prompt
    next: str
    unclear: str
    offer: Prompt | None = None
    """Phone only: offers the caller's own number before one is keyed (rule 1)."""
    yes: str = ""
    """yes_no only: where a yes leads; ``next`` is the no."""
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
class Case:
    """One case of a branch; the first that holds is taken."""

    of: Literal["contacts_96h", "silent_96h", "treated_14d", "floor", "recording", "callback_number", "hours"]
    test: Literal["equals", "at_least", "in"]
    value: tuple[str, ...]
    """One value, or the members of ``in``; numbers as decimal digits."""
    next: str
    floor: Disposition | None = None


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
    | End
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Universal:
    """Something that means the same in every state: said, it raises the floor and leads away."""

    name: str
    priority: int
    hear: tuple[str, ...]
    """Patterns: words, ``(a|b)`` alternatives, ``[x]`` optional, ``...`` a gap of up to six words."""
    floor: Disposition | None
    next: str
    key: str | None = None
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One checked version of a clinic's flow."""

    clinic: Clinic
    spec: str
    hash: str
    """sha256 over everything that can change a call; pinned by each call."""
    starts_at: str
    states: tuple[State, ...]
    universals: tuple[Universal, ...]
    sounds_like: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Word to spellings by sound, both for grammars and for what the open recogniser writes."""
    emergency: str
    """State with the emergency words: where key 9 and D0 lead."""
    silent: str
    """State that ends a silent call."""
    person: str
    """State that key 0 and exhausted tries lead to: a human."""
    mistake: Prompt | None = None
    """The offer after key 9: "if you pressed nine by mistake, press one" (rule 3)."""
    after_mistake: str = ""
    """The obligatory screen after a mistaken 9."""
    yes: tuple[str, ...] = ("yes", "yeah", "yep")
    no: tuple[str, ...] = ("no", "nope")
    not_sure: tuple[str, ...] = ("not sure", "i'm not sure", "i don't know")
    again: tuple[str, ...] = ("repeat", "say that again")

    def state(self, name: str) -> State:
        """Return the state of that name. Raises KeyError."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(name)
