"""Asked: one request about a call, as a carrier's form tells it. Pure; what makes no sense is told as nothing.

Which call it is, after which event of ours it was asked (``at``), and what the caller did since: keys, words,
a message, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["BEGINNING", "OVER", "Asked", "Given", "Recorded", "asked", "recorded"]

BEGINNING: Final = -1
"""``at`` of a call's first request."""
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""What a carrier calls a call that is no more."""
_KEYS: Final = re.compile(r"[0-9*#A-D]{1,64}")
_AFTER: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_CALL: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_AT: Final = re.compile(r"[0-9]{1,9}")
_MOST_WORDS: Final = 2_000
"""Characters of what was said that are looked at: more than a minute of speech."""
_LONGEST_S: Final = 3_600

Given: TypeAlias = tuple[Literal["key", "words", "message"], str]
"""One thing that a caller did: a key, what was said, how a message ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    sid: str
    """What the carrier calls the call."""
    at: int
    """Number of the last event that the answer before was made after."""
    turn: int = 0
    """Number of that answer: two of them may be made after one event."""
    keys: str = ""
    finished: bool = False
    """The keys were ended by #, which is not among them."""
    words: str = ""
    confidence: float | None = None
    """0..1; None where the carrier told none."""
    message_s: int | None = None
    """Length of a message that was recorded; None where none was."""
    message: str = ""
    """The carrier's id of that message."""
    gone: bool = False
    """The caller hung up meanwhile."""

    def given(self) -> tuple[Given, ...]:
        """Return what the caller did, in order."""
        found: list[Given] = [("key", key) for key in self.keys + "#" * self.finished]
        if self.message_s is not None:
            found.append(("message", "record"))
        elif self.words and not found:
            found.append(("words", self.words))
        return tuple(found)


def asked(sid: str, after: str, form: Mapping[str, str]) -> Asked | None:
    """Read a signed form; None where ``after`` is none of our addresses."""
    found = _AFTER.fullmatch(after)
    if found is None:
        return None
    keys = form.get("Digits", "")
    return Asked(
        sid=sid,
        at=int(found[1]),
        turn=int(found[2]),
        keys=keys if _KEYS.fullmatch(keys) else "",
        finished=form.get("FinishedOnKey", "") == "#",
        words=_words(form)[:_MOST_WORDS],
        confidence=_confidence(form.get("Confidence", "")),
        message_s=_seconds(form.get("RecordingDuration", "")),
        message=_sid(form.get("RecordingSid", "")),
        gone=keys == "hangup"
        or form.get("CallStatus", "") in {"completed", "canceled", "failed", "no-answer", "busy"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a carrier tells of a message that is over, beside the requests of its call."""

    call: str
    """Our id of the call."""
    at_ms: int
    """Where in the call the message began."""
    sid: str
    """The carrier's id of the recording; "" where nothing was recorded."""
    lasted_s: int


def recorded(call: str, at_ms: str, form: Mapping[str, str]) -> Recorded | None:
    """Read a signed form about a recording; None where it is none of ours, or not over yet."""
    status, lasted = form.get("RecordingStatus", ""), form.get("RecordingDuration", "")
    if status not in {"completed", "absent"} or not _CALL.fullmatch(call) or not _AT.fullmatch(at_ms):
        return None
    there = status == "completed"
    return Recorded(
        call=call,
        at_ms=int(at_ms),
        sid=_sid(form.get("RecordingSid", "")) if there else "",
        lasted_s=(_seconds(lasted) or 0) if there else 0,
    )


def _words(form: Mapping[str, str]) -> str:
    """Return what was said, or what was said so far."""
    names = ("SpeechResult", "StableSpeechResult", "UnstableSpeechResult")
    return next((form[name].strip() for name in names if form.get(name, "").strip()), "")


def _confidence(text: str) -> float | None:
    if not re.fullmatch(r"[01](\.[0-9]{1,18})?", text):
        return None
    return min(float(text), 1.0)


def _seconds(text: str) -> int | None:
    return min(int(text), _LONGEST_S) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _sid(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) else ""
