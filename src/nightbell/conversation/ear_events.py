"""What the ears tell the conversation: events without the envelope, which only the conversation can fill in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Cause", "Deaf", "EarEvent", "Key", "Reason", "SpeechBegan", "Utterance"]

Cause: TypeAlias = Literal["phrase", "rejected", "open", "too_long"]
Reason: TypeAlias = Literal["missing", "raised", "hung", "died", "overloaded", "noise"]


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to make speech sounds; told once per utterance, after the confirmation time."""

    start_ms: int
    """First sound, call audio milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One utterance, decoded. The fields are those of ``call.events.Heard``."""

    listen: int
    cause: Cause
    phrase: str | None = None
    text: str = ""
    confidence: float | None = None
    open_text: str | None = None
    suspected: str | None = None
    start_ms: int = 0
    end_ms: int = 0
    snr_db: float | None = None
    faint: bool = False
    decode_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Key:
    """One press heard in the sound itself."""

    key: str


@dataclass(frozen=True, slots=True)
class Deaf:
    """No utterance will come any more; keys still do."""

    reason: Reason


EarEvent: TypeAlias = SpeechBegan | Utterance | Key | Deaf
