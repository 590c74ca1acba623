"""Events: everything a call can learn, in the order it learnt it. The journal is a list of these.

Every event has the envelope ``{v, clinic, call, seq, at_utc, audio_ms, kind}``. ``seq`` counts from 0
without a gap, ``at_utc`` is UTC milliseconds, ``audio_ms`` is the position in the call's audio at which
the event took effect. Events carry what was heard, never what it means: meaning is the session's.
They are written and read by ``call.journal``; old versions are lifted there, never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nightbell.call.afterwards import LineMeasured, WakeJudged
from nightbell.call.envelope import VERSION, Envelope

__all__ = [
    "VERSION",
    "CallStarted",
    "EarsFailed",
    "EscalationChanged",
    "Event",
    "Heard",
    "HistoryFound",
    "HoursFound",
    "HungUp",
    "Interrupted",
    "KeyPressed",
    "LineMeasured",
    "MessageRecorded",
    "Notified",
    "Played",
    "PromiseMade",
    "RecordsFailing",
    "SpeechStarted",
    "TimerFired",
    "TransferEnded",
    "VoiceFailed",
    "WakeJudged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(Envelope):
    """The line rang. Always the first event."""

    flow: str
    """Hash of the flow version this call stays on."""
    line: str
    """Kind of line: scripted, terminal, sip, ..."""
    caller: str | None
    """The caller's number as E.164, or None when withheld."""
    called: str
    kind: Literal["call_started"] = "call_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(Envelope):
    """A Play effect came to its end, or was cut."""

    effect: int
    """Number of the Play effect."""
    completed: bool
    played_ms: int
    stopped_by: Literal["", "speech", "key", "session", "failed"] = ""
    kind: Literal["played"] = "played"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted(Envelope):
    """The caller began to make speech sounds (voice activity, after its own confirmation time)."""

    start_ms: int
    kind: Literal["speech_started"] = "speech_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Envelope):
    """One utterance is over and was decoded.

    A closed listen gives ``phrase`` when the whole hypothesis is one phrase of the grammar (as the
    flow spells it, sound-alikes mapped back). Anything else is ``cause="rejected"``, with the raw
    hypothesis in ``text`` and what the open recogniser made of it in ``open_text``.
    """

    listen: int
    """Number of the Listen effect that was open."""
    cause: Literal["phrase", "rejected", "open", "too_long"]
    phrase: str | None = None
    text: str = ""
    """Raw hypothesis of the closed recogniser; may be empty."""
    confidence: float | None = None
    """0..1, lowest word confidence of the phrase; None when the recogniser gave none."""
    open_text: str | None = None
    """Text of the open recogniser; None when it was not asked, "" when it heard nothing."""
    suspected: str | None = None
    """Open listens only: a phrase the domain grammar heard; a second opinion that may only ask."""
    start_ms: int = 0
    end_ms: int = 0
    """First and last speech of the utterance, call audio milliseconds."""
    snr_db: float | None = None
    faint: bool = False
    """So far below the voice that was understood before in this call that it is the room, not the caller."""
    decode_ms: float = 0.0
    """Wall milliseconds the decoders took after the last frame; for the record, never for routing."""
    kind: Literal["heard"] = "heard"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Envelope):
    """One key of the telephone, however it reached us."""

    key: str
    source: Literal["event", "inband"] = "event"
    kind: Literal["key_pressed"] = "key_pressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Envelope):
    """A timer that the session started ran out; it counts audio, not wall time."""

    timer: str
    kind: Literal["timer_fired"] = "timer_fired"


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(Envelope):
    """The line is gone."""

    by: Literal["caller", "line", "us"]
    kind: Literal["hung_up"] = "hung_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFound(Envelope):
    """Answer to AskHistory, from this line's own records."""

    timed_out: bool
    contacts_96h: int = 0
    """Earlier worried contacts of the same number within 96 h (clinical.md row 7)."""
    filler_contacts_96h: int = 0
    """Those about filler, or about a product that is not known."""
    silent_96h: int = 0
    """Earlier silent or early-dropped calls of the same number within 96 h."""
    treated_14d: Literal["yes", "no", "unknown"] = "unknown"
    filler_14d: Literal["yes", "no", "unknown"] = "unknown"
    """Treated with filler, or with a product that is not known."""
    treating: str = ""
    """Who treated the caller lately: a key of oncall.yaml, never a number or a name."""
    route: tuple[str, ...] = ()
    """Whom to ring for this caller, in order: keys of oncall.yaml, never numbers. () leaves it to the rota."""
    frequent: bool = False
    """The number calls often; for the record alone, no call is screened less for it."""
    kind: Literal["history_found"] = "history_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursFound(Envelope):
    """Answer to AskHours."""

    timed_out: bool
    hours: Literal["open", "closed", "holiday"] = "closed"
    kind: Literal["hours_found"] = "hours_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade(Envelope):
    """Answer to AskPromise: the promise is durable and may be spoken."""

    timed_out: bool
    who: str = ""
    from_number: str = ""
    by_utc: int = 0
    by_spoken: str = ""
    kind: Literal["promise_made"] = "promise_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationChanged(Envelope):
    """The escalation moved: recorded, taken by a person, or nobody left to ask."""

    status: Literal["recorded", "ringing", "acknowledged", "exhausted", "failed"]
    effect: int
    """Number of the Escalate effect."""
    kind: Literal["escalation_changed"] = "escalation_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Envelope):
    """Answer to Notify."""

    ok: bool
    effect: int
    kind: Literal["notified"] = "notified"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded(Envelope):
    """Answer to Transfer: what became of the other leg."""

    effect: int
    """Number of the Transfer effect."""
    outcome: Literal["answered", "busy", "no_answer", "failed", "hangup"]
    """``hangup``: answered, and put down before anybody could speak."""
    kind: Literal["transfer_ended"] = "transfer_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecorded(Envelope):
    """A RecordMessage effect came to its end."""

    effect: int
    speech_ms: int
    """Speech heard in the message; 0 is an empty message."""
    ended_by: Literal["silence", "key", "max", "hangup"]
    text: str = ""
    """What the open recogniser made of it; stays inside."""
    kind: Literal["message_recorded"] = "message_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsFailed(Envelope):
    """A recogniser raised, hung, died or was never there: from here on keys only."""

    reason: Literal["missing", "raised", "hung", "died", "overloaded", "noise"]
    kind: Literal["ears_failed"] = "ears_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFailed(Envelope):
    """A prompt could not be rendered: the recorded safe words play instead."""

    effect: int
    kind: Literal["voice_failed"] = "voice_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsFailing(Envelope):
    """An event could not be committed in time: only the safe path is left. Kept in the spill file."""

    kind: Literal["records_failing"] = "records_failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(Envelope):
    """Found open after a restart: the process died with this call in it."""

    kind: Literal["interrupted"] = "interrupted"


Event: TypeAlias = (
    CallStarted
    | Played
    | SpeechStarted
    | Heard
    | KeyPressed
    | TimerFired
    | HungUp
    | HistoryFound
    | HoursFound
    | PromiseMade
    | EscalationChanged
    | Notified
    | TransferEnded
    | MessageRecorded
    | EarsFailed
    | VoiceFailed
    | RecordsFailing
    | LineMeasured
    | WakeJudged
    | Interrupted
)
