"""Steps: what a flow's states are made of once compiled. A call stands on exactly one step.

Every state kind becomes one or more steps; the session knows only these few. A step says what is done on
arrival and what is waited for; where its outcomes lead stands in the plan's edges, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from nightbell.flow.model import Case, Prompt, Reprompts, Timers
from nightbell.terms.disposition import Disposition

__all__ = [
    "CLOSED",
    "Ask",
    "AskWorld",
    "Decide",
    "Entry",
    "Finish",
    "Hold",
    "Outcome",
    "Possible",
    "Say",
    "Step",
    "TakeDigits",
    "TakeMessage",
    "TakeNumber",
    "Transfer",
    "answer",
    "exhausted",
]

CLOSED: Final = "~closed"
"""The step after the end; nothing leads out of it."""

Outcome: TypeAlias = str
"""``said``, ``answer:CATEGORY``, ``exhausted``, ``exhausted:REASON``, ``universal:NAME``, ``hangup`` ..."""


def answer(category: str) -> Outcome:
    """Name the outcome of an answer."""
    return f"answer:{category}"


def exhausted(reason: str) -> Outcome:
    """Name the outcome of tries whose last one failed for a reason that the state routes."""
    return f"exhausted:{reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    id: str
    state: str
    question: str = ""
    """With ``state`` the place, as the record and a scripted caller know it."""
    timers: Timers = field(default_factory=Timers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(_Step):
    """Say a prompt, then ``said``. The ears listen as the question after it will."""

    prompt: Prompt
    starts_recording: bool = False
    """The recording notice: the call's audio is kept from its end on, unless declined (rule 13)."""


@dataclass(frozen=True, slots=True)
class Possible:
    """One possible answer."""

    category: str
    key: str | None
    phrases: tuple[str, ...]
    not_hear: tuple[str, ...] = ()
    """Phrases that this is not."""
    priority: int = 0
    """Wins over universals of a lower one; 0 wins over none."""
    fills: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Phrase to the results that its slots give."""
    language: str = ""
    """The call goes on in this language."""
    phrases_in: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Language to its phrases, for the flow's languages but the first."""
    not_hear_in: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(_Step):
    """Ask a closed question: ``answer:...`` or ``exhausted``."""

    prompt: Prompt
    answers: tuple[Possible, ...]
    reprompts: Reprompts
    policy: Literal["menu", "screen", "nine"] = "menu"
    of_signs: bool = False
    """Menus: it asks for signs as a screen does, so that a no is waited for and a doubt is heard."""
    floor: Disposition | None = None
    """Screens: the floor that a yes sets."""
    row: str = ""
    neutral: bool = False
    """Screens: "not sure" counts as no (rule 5, the self-made skin-press test)."""
    confirm: Prompt | None = None
    """Menus: said once in a visit, of an answer between the two confidence levels; a clear yes accepts it, and
    anything else is one more failed try. It adds no outcome: at most one prompt and one turn before one."""
    result: str = ""
    """The answer's category becomes this result; ``exhausted`` forgets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNumber(_Step):
    """Take a telephone number by keys or digits spoken: ``got`` or ``exhausted``."""

    prompt: Prompt
    reprompts: Reprompts


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDigits(_Step):
    """Take digits by keys or voice: ``got`` or ``exhausted``. The rule of nines is that of a number."""

    prompt: Prompt
    reprompts: Reprompts
    fewest: int
    most: int
    """The entry ends at this many, at # or at the inter-digit time."""
    result: str = ""
    """``known`` or ``unknown``; the digits are data that no branch reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage(_Step):
    """Say, beep, take a message: ``recorded`` or ``empty``."""

    prompt: Prompt
    max_ms: int
    final_silence_ms: int
    result: str = ""
    """``known`` or ``unknown``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWorld(_Step):
    """Ask the world and wait: ``open closed holiday``, or ``ok failed``."""

    what: Literal["hours", "notify"]
    channel: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(_Step):
    """Go on by what is known, at once: ``case:N`` or ``otherwise``."""

    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(_Step):
    """Hold words at intervals until ``acknowledged`` or ``exhausted``."""

    prompt: Prompt
    every_ms: int
    limit_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_Step):
    """Dial somebody, with words at intervals: ``answered``, ``busy``, ``no_answer`` or ``failed``."""

    prompt: Prompt
    to: str
    """A role, never a number."""
    limit_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(_Step):
    """The end: promise if there is one, last words, hang up."""

    prompt: Prompt
    disposition: Disposition
    promise: bool
    fallback: Prompt | None


Step: TypeAlias = Say | Ask | TakeNumber | TakeDigits | TakeMessage | AskWorld | Decide | Hold | Transfer | Finish
Entry: TypeAlias = TakeNumber | TakeDigits
"""Steps at which keys are digits."""
