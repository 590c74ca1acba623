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
    "Finish",
    "Hold",
    "Outcome",
    "Possible",
    "Say",
    "Step",
    "TakeMessage",
    "TakeNumber",
    "answer",
]

CLOSED: Final = "~closed"
"""The step after the end; nothing leads out of it."""

Outcome: TypeAlias = str
"""``said``, ``answer:CATEGORY``, ``exhausted``, ``skip``, ``universal:NAME``, ``hangup`` ..."""


def answer(category: str) -> Outcome:
    """Name the outcome of an answer."""
    return f"answer:{category}"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(_Step):
    """Ask a closed question: ``answer:...`` or ``exhausted``."""

    prompt: Prompt
    answers: tuple[Possible, ...]
    reprompts: Reprompts
    policy: Literal["menu", "screen", "nine"] = "menu"
    floor: Disposition | None = None
    """Screens: the floor that a yes sets."""
    row: str = ""
    neutral: bool = False
    """Screens: "not sure" counts as no (rule 5, the self-made skin-press test)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNumber(_Step):
    """Take a telephone number by keys or digits spoken: ``got`` or ``exhausted``."""

    prompt: Prompt
    reprompts: Reprompts


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage(_Step):
    """Say, beep, take a message: ``recorded`` or ``empty``."""

    prompt: Prompt
    max_ms: int
    final_silence_ms: int
    needs_speech: bool = True


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
class Finish(_Step):
    """The end: promise if there is one, last words, hang up."""

    prompt: Prompt
    disposition: Disposition
    promise: bool
    fallback: Prompt | None


Step: TypeAlias = Say | Ask | TakeNumber | TakeMessage | AskWorld | Decide | Hold | Finish
