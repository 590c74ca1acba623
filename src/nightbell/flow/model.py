"""The flow as the rest of Nightbell sees it: frozen values, every default filled in, every name resolved.

``flow.load`` makes it from YAML; ``call.compile`` turns it into steps and a machine. It holds no rule of its own.
Text is rendered as far as the clinic's own facts go; what only a call can know is left as a Slot.
Durations are milliseconds. What states and prompts are made of stands in ``flow.state`` and ``flow.parts``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nightbell.flow.parts import (
    Answers,
    Bounds,
    Case,
    Choice,
    Clinic,
    Limits,
    Prompt,
    Question,
    Reprompts,
    Slot,
    Timers,
    Words,
)
from nightbell.flow.state import (
    ROUTABLE,
    Branch,
    Collect,
    Confirm,
    Deflect,
    End,
    Escalation,
    Menu,
    NotifyState,
    PromptState,
    RecordState,
    Schedule,
    Screen,
    State,
    Transfer,
)
from nightbell.terms.disposition import Disposition

__all__ = [
    "ROUTABLE",
    "Answers",
    "Bounds",
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
    "Limits",
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
    "Transfer",
    "Universal",
    "Words",
]


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
    slower: bool = False
    """From then on every wait for the caller is three times as long (relay calls, text phones, slow speech)."""
    row: str = ""
    unless: tuple[str, ...] = ()
    """Patterns: what says one of these does not say this."""
    hear_in: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Language to its patterns, for the flow's languages but the first."""
    unless_in: tuple[tuple[str, tuple[str, ...]], ...] = ()


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
    languages: tuple[str, ...] = ("en",)
    """ISO 639-1; calls begin in the first. The others are recordings and keys, and words where there are ears."""
    limits: Limits = field(default_factory=Limits)
    bounds: Bounds = field(default_factory=Bounds)
    yes: tuple[str, ...] = ("yes", "yeah", "yep")
    no: tuple[str, ...] = ("no", "nope")
    not_sure: tuple[str, ...] = ("not sure", "i'm not sure", "i don't know")
    again: tuple[str, ...] = ("repeat", "say that again")
    answers_in: tuple[Answers, ...] = ()
    """The same for the flow's languages but the first."""

    def __hash__(self) -> int:
        """Hash by the name of its content: going through all of it takes milliseconds, and every call does."""
        return hash(self.hash)

    def state(self, name: str) -> State:
        """Return the state of that name. Raises KeyError."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(name)
