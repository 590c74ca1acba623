"""Parts: what states are made of - prompts, slots, timers, reprompts - and a clinic's own facts. Values only.

Durations are milliseconds. ``flow.model`` gives these names too; import them from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nightbell.terms.disposition import Disposition

__all__ = ["Clinic", "Prompt", "Reprompts", "Slot", "Timers", "Words"]


@dataclass(frozen=True, slots=True)
class Words:
    """Fixed words of a prompt, clinic facts already put in."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a prompt that only the call can fill."""

    name: Literal["caller_number", "callback_number", "promise_who", "promise_time", "promise_number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Something said to the caller."""

    name: str
    """Unique and stable (``state``, ``state.question``, ``state.noinput.1``); names the owner's recording."""
    parts: tuple[Words | Slot, ...]
    must_hear: bool = False
    bargein: Literal["speech", "keys", "none"] = "speech"

    @property
    def is_fixed(self) -> bool:
        """Tell whether it can be rendered before the first call."""
        return all(isinstance(part, Words) for part in self.parts)


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
    bargein: Literal["speech", "keys", "none"] = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprompts:
    """Tapered words for failed tries; the last one repeats."""

    noinput: tuple[Prompt, ...] = ()
    nomatch: tuple[Prompt, ...] = ()
    keys_only: Prompt | None = None


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
    promises_ms: tuple[tuple[Disposition, int], ...] = ()
