"""Effects: everything a call asks of the world. A session returns them; the conversation performs them.

An effect's id is (call, n): ``n`` counts from 0 within the call, so performing one twice can be seen.
Effects say what is wanted, never how. What needs an answer comes back as an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nightbell.terms.disposition import Disposition
from nightbell.terms.phrase import Phrase
from nightbell.terms.segment import Segment

__all__ = [
    "Answer",
    "AskHistory",
    "AskHours",
    "AskPromise",
    "CancelTimer",
    "Close",
    "Effect",
    "Escalate",
    "HangUp",
    "Keep",
    "Learnt",
    "Listen",
    "Noted",
    "Notify",
    "Play",
    "RecordMessage",
    "RingBack",
    "StartTimer",
    "StopPlaying",
    "StopTransfer",
    "Transfer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    call: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_Numbered):
    """Pick up."""

    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(_Numbered):
    """Say a prompt. It replaces what is playing. A Played event tells how it ended."""

    prompt: str
    """The prompt's name: the file name of an owner's recording, and what the record shows. ``NAME.cy`` in Welsh
    where the flow's first language is another."""
    segments: tuple[Segment, ...]
    bargein: Literal["speech", "keys", "none"]
    """What may cut it: speech and keys, keys only, or nothing (must hear). Key 9 always acts."""
    state: str = ""
    question: str = ""
    safe: bool = False
    """Recorded emergency words that need nothing but a file."""
    kind: Literal["play"] = "play"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlaying(_Numbered):
    """Cut what is playing."""

    kind: Literal["stop_playing"] = "stop_playing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(_Numbered):
    """Open the ears. It replaces the listen before; an utterance under way goes on into the new one."""

    mode: Literal["closed", "open", "off"]
    """Closed: the phrases decide. Open: the open recogniser decides. Off: keys only."""
    phrases: tuple[Phrase, ...] = ()
    """Closed: the grammar. Open: the domain grammar whose phrases may only be asked about."""
    pause_ms: int = 1000
    """Silence that ends an utterance that is no phrase (complete_timeout)."""
    max_speech_ms: int = 15000
    state: str = ""
    question: str = ""
    language: str = "en"
    """ISO 639-1. Ears that do not know it are off, and keys remain."""
    kind: Literal["listen"] = "listen"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer(_Numbered):
    """Start or restart a named timer that counts audio milliseconds."""

    timer: str
    ms: int
    kind: Literal["start_timer"] = "start_timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer(_Numbered):
    """Forget a named timer; one that is not running is no fault."""

    timer: str
    kind: Literal["cancel_timer"] = "cancel_timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHistory(_Numbered):
    """Look for earlier calls and treatments of this number. Answered by HistoryFound within the limit.

    It is asked at the answer, and once more when a caller whose number is withheld has keyed one.
    """

    caller: str | None
    limit_ms: int = 500
    kind: Literal["ask_history"] = "ask_history"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHours(_Numbered):
    """Ask whether the clinic is open now. Answered by HoursFound."""

    limit_ms: int = 500
    kind: Literal["ask_hours"] = "ask_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPromise(_Numbered):
    """Make a promise for this disposition durable. Answered by PromiseMade."""

    disposition: Disposition
    limit_ms: int = 500
    kind: Literal["ask_promise"] = "ask_promise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(_Numbered):
    """Get a person. Answered by EscalationChanged, as often as it changes."""

    disposition: Disposition
    state: str
    question: str
    """Where the flag was raised; the question or universal that raised it."""
    row: str = ""
    """The triage row, such as "3"."""
    treating: str = ""
    """Who treated the caller lately, by their key in oncall.yaml; "" where nobody is known."""
    route: tuple[str, ...] = ()
    """Whom to ring, in order, by their keys in oncall.yaml, as HistoryFound told it; () leaves it to the rota."""
    kind: Literal["escalate"] = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingBack(_Numbered):
    """Ring a dropped caller back; who cannot be reached is handled by the line's rules (rule 6)."""

    times: int
    within_ms: int
    then: Literal["page", "morning_list"]
    number: str | None
    kind: Literal["ring_back"] = "ring_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(_Numbered):
    """Put something on a list for people: a booking message, a call-back. Answered by Notified."""

    channel: str
    template: str
    number: str | None
    limit_ms: int = 2000
    kind: Literal["notify"] = "notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(_Numbered):
    """Dial somebody for the caller. Answered by TransferEnded within the limit."""

    to: str
    """A role of the rota; the number is nobody's here (rule 7)."""
    limit_ms: int
    state: str = ""
    kind: Literal["transfer"] = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTransfer(_Numbered):
    """Stop dialling: the caller is led elsewhere, or gone. One that is over already is no fault."""

    transfer: int
    """Number of the Transfer effect."""
    kind: Literal["stop_transfer"] = "stop_transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMessage(_Numbered):
    """Take a spoken message after a beep. Answered by MessageRecorded."""

    max_ms: int
    final_silence_ms: int
    keep: bool
    """False when the caller declined recording: the words are transcribed, the audio is not kept."""
    kind: Literal["record_message"] = "record_message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep(_Numbered):
    """Keep the call's audio from here on, or stop keeping it (rule 13)."""

    on: bool
    forget: bool = False
    """The caller declined: what was kept so far goes too."""
    kind: Literal["keep"] = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(_Numbered):
    """What the call took an answer to be, and why. For the record alone: nothing is done about it."""

    state: str
    question: str
    answer: str
    """Category, or the name of a universal; never what was said."""
    reason: str
    """speech, key, universal, noinput, nomatch, low_confidence, contradiction, correction, noise ..."""
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt(_Numbered):
    """A result of the call and its category. For the record alone: nothing is done about it."""

    result: str
    category: str
    """"" where it is not known any more."""
    kind: Literal["learnt"] = "learnt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(_Numbered):
    """The call's outcome. Exactly one per call."""

    disposition: Disposition
    state: str
    reason: Literal["end", "hangup", "interrupted", "silent", "failure", "connected"]
    kind: Literal["close"] = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(_Numbered):
    """Put the phone down."""

    kind: Literal["hang_up"] = "hang_up"


Effect: TypeAlias = (
    Answer
    | Play
    | StopPlaying
    | Listen
    | StartTimer
    | CancelTimer
    | AskHistory
    | AskHours
    | AskPromise
    | Escalate
    | RingBack
    | Notify
    | Transfer
    | StopTransfer
    | RecordMessage
    | Keep
    | Noted
    | Learnt
    | Close
    | HangUp
)
