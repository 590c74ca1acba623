"""Parts: what states are made of - prompts, choices, questions, timers - and a clinic's own facts. Values only.

Durations are milliseconds. ``flow.model`` gives these names too; import them from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nightbell.terms.disposition import Disposition

__all__ = [
    "Answers",
    "Bounds",
    "Case",
    "Choice",
    "Clinic",
    "Limits",
    "Prompt",
    "Question",
    "Reprompts",
    "Slot",
    "Timers",
    "Words",
]


@dataclass(frozen=True, slots=True)
class Words:
    """Fixed words of a prompt, clinic facts already put in."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a prompt that only the call can fill."""

    name: Literal["caller_number", "callback_number", "promise_who", "promise_time", "promise_number", "heard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Something said to the caller."""

    name: str
    """Unique and stable (``state``, ``state.question``, ``state.noinput.1``); names the owner's recording."""
    parts: tuple[Words | Slot, ...]
    must_hear: bool = False
    bargein: Literal["speech", "keys", "none"] = "speech"
    others: tuple[tuple[str, tuple[Words | Slot, ...]], ...] = ()
    """Language to its wording, for the flow's languages but the first."""

    @property
    def is_fixed(self) -> bool:
        """Tell whether it can be rendered before the first call."""
        return all(isinstance(part, Words) for part in self.parts)

    def parts_in(self, language: str) -> tuple[Words | Slot, ...]:
        """Return the wording of a language; the first language's where there is no other."""
        return dict(self.others).get(language, self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """How long is waited and how often is tried; VoiceXML's words. They count audio."""

    timeout_ms: int = 6000
    """Silence after a prompt until noinput."""
    complete_timeout_ms: int = 1000
    max_speech_timeout_ms: int = 15000
    interdigit_timeout_ms: int = 3000
    max_attempts: int = 2
    """Failed tries by voice; after them one by keys only, then ``exhausted``."""
    confidence_level: float = 0.5
    low_confidence_level: float = 0.5
    """From here up to ``confidence_level`` an answer is confirmed, where the state has words for it; at or above
    ``confidence_level`` there is no such band."""
    bargein: Literal["speech", "keys", "none"] = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprompts:
    """Tapered words for failed tries; the last one repeats."""

    noinput: tuple[Prompt, ...] = ()
    nomatch: tuple[Prompt, ...] = ()
    keys_only: Prompt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a call has gone on for too long, whatever is said; then a person is got by the safe path."""

    turns: int = 60
    """Answers, keys of a choice and silences of one call, together."""
    duration_ms: int = 20 * 60_000
    visits: int = 3
    """Times one question is asked anew in a call; after that it counts as exhausted. At most 3."""
    watchdog_ms: int = 12_000
    """Dead air."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the flow promises about a red flag, for the proof."""

    turns: int = 2
    seconds: int = 45
    """From an emergency to the end of the emergency words."""
    words_turns: int | None = None
    words_seconds: int | None = None
    """From a red flag to the beginning of words that name key 9 or the emergency number; None is not promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A clinic's own facts."""

    name: str
    title: str
    country: str
    """ISO 3166 alpha-2."""
    zone: str
    number: str
    """The clinic's public number; the only one a caller ever hears."""
    emergency: str
    """Emergency number as dialled."""
    emergency_department: str = ""
    eye_unit: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """Further names usable in prompts."""
    hours: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Weekday (mon..sun) to spans "09:00-17:30"."""
    region: str = ""
    """A part of the country with public holidays of its own, as the ``holidays`` library names it: ENG."""
    closed_on: tuple[str, ...] = ()
    """Further days on which it is closed, ISO 8601."""
    cover: Literal["full", "solo", "none"] = "full"
    """Who else there is when the first person does not answer (rule 9)."""
    promises_ms: tuple[tuple[Disposition, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way out of a menu."""

    name: str
    key: str | None
    hear: tuple[str, ...]
    """Phrases, lower case."""
    next: str
    not_hear: tuple[str, ...] = ()
    """Phrases that this is not, though the recogniser may take them for it; heard, they are no match."""
    priority: int = 0
    """Wins over universals of a lower one; 0 wins over none."""
    fills: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Phrase to the results its slots give: ("my lip is white", (("area", "lip"),))."""
    language: str = ""
    """The call goes on in this language."""
    hear_in: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Language to its phrases, for the flow's languages but the first; so with every ``_in`` here."""
    not_hear_in: tuple[tuple[str, tuple[str, ...]], ...] = ()


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
    hear_part: tuple[str, ...] = ()
    """Phrases that deny a part of what is asked, and are no answer to it."""
    not_sure: Literal["counts_as_yes", "neutral"] = "counts_as_yes"
    row: str = ""
    source: str = ""
    asks: tuple[str, ...] = ()
    """Signs it asks for, by name; for simulated callers and traceability, nothing in a call reads them."""
    line: int = 0
    hear_yes_in: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hear_no_in: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hear_part_in: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The words of the usual answers in one language that is not the flow's first; none where none are given."""

    language: str
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    not_sure: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a branch; the first that holds is taken."""

    of: Literal[
        "contacts_96h",
        "filler_contacts_96h",
        "silent_96h",
        "treated_14d",
        "filler_14d",
        "floor",
        "recording",
        "callback_number",
        "hours",
        "language",
        "cover",
        "result",
        "count",
    ]
    test: Literal["equals", "at_least", "in"]
    value: tuple[str, ...]
    """One value, or the members of ``in``; numbers as decimal digits."""
    next: str
    floor: Disposition | None = None
    name: str = ""
    """The result or the counter."""
