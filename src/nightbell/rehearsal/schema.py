"""Schema: what a call script's YAML may hold. Every scalar comes in as text, as ``document`` reads it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.expected import ExpectEntry
from nightbell.rehearsal.fields import (
    MEANING,
    NAME,
    NOISE,
    Duration,
    Entry,
    Flag,
    Keys,
    Moment,
    Number,
    Told,
    failing,
    fault,
    listed,
)
from nightbell.rehearsal.script import SNR_DB

__all__ = ["AnswerEntry", "ScriptEntry"]


class AnswerEntry(Entry):
    """One answer."""

    say: Annotated[str, Field(pattern=NAME)] = ""
    """A recording of the caller audio, without .wav."""
    words: Annotated[str, Field(max_length=400)] = ""
    """The same in writing, for tier text."""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Tier text: how sure the recogniser is of a whole phrase."""
    too_long: Flag = False
    """Tier text: the words go on for longer than is listened."""
    hidden: Flag = False
    """Tier text: noise hides the words; that something was said is all that is heard."""
    means: Annotated[str, Field(pattern=MEANING)] = ""
    """Tier engine: what is meant, with words or without: an answer, a universal, again or unclear."""
    press: Keys = ""
    """Keys, after what is said."""
    hang_up: Flag = False
    """Puts the handset down."""
    silence: Flag = False
    """Nothing is said or pressed."""
    red_flag: Flag = False
    """The words of this turn hold the flag, whether they are heard or not."""
    optional: Flag = False
    """The call may end without asking for it."""
    pause_ms: Annotated[int, Field(ge=0, le=60_000)] = 300
    """From the end of the prompt to the answer."""
    hang_up_after_ms: Annotated[int, Field(ge=0, le=60_000)] = 200
    """From what is said or pressed to the hang-up."""
    barge_in_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    """Begins that long after the prompt's first sample instead."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> AnswerEntry:
        does = bool(self.say or self.words.strip() or self.means or self.press or self.hang_up)
        if does == self.silence:
            message = "silence and something else" if does else "an answer that does nothing"
            raise fault("NB202", message, "write say, words, means, press, hang_up or silence: true")
        return self


class _Caller(Entry):
    may_be_null = frozenset({"number"})

    number: Number = None
    """E.164; null is a withheld number."""


class _Impair(Entry):
    noise: Annotated[str, Field(pattern=NOISE)]
    """white, pink, babble, or a file in audio/noise/."""
    snr_db: Annotated[float, Field(ge=SNR_DB[0], le=SNR_DB[1])]
    """The caller's words over the noise."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Chooses the piece."""


class _History(Entry):
    contacts_96h: Annotated[int, Field(ge=0)] = 0
    """Calls of this number in the last four days."""
    filler_contacts_96h: Annotated[int, Field(ge=0)] = 0
    """Those about filler, or about a product that is not known."""
    silent_96h: Annotated[int, Field(ge=0)] = 0
    """Those in which nobody spoke."""
    treated_14d: Literal["yes", "no", "unknown"] = "unknown"
    """Treated in the last 14 days: yes, no or unknown."""
    filler_14d: Literal["yes", "no", "unknown"] = "unknown"
    """Treated with filler, or with a product that is not known, in that time: yes, no or unknown."""


class _Escalation(Entry):
    acknowledged_after: Duration | None = None
    """Somebody takes the page after so much audio time."""
    exhausted_after: Duration | None = None
    """Nobody is left to ask after so much audio time."""
    failed: Flag = False
    """The page cannot be sent."""

    @model_validator(mode="after")
    def _comes_to_one_end(self) -> _Escalation:
        if sum((self.acknowledged_after is not None, self.exhausted_after is not None, self.failed)) > 1:
            hint = "write acknowledged_after, exhausted_after or failed: true"
            raise fault("NB202", "a page that ends in two ways", hint)
        return self


class _Failing(Entry):
    fail_at: Annotated[str, Field(min_length=1)]
    """STATE or STATE.QUESTION: it breaks when the call comes there."""


class _Transfer(Entry):
    outcome: Literal["answered", "busy", "no_answer", "failed"]
    """answered, busy, no_answer or failed."""
    after: Duration = 5_000
    """Audio time until then."""


def _transferred(value: Any) -> Any:
    return {"outcome": value} if isinstance(value, str) else value


class _Fakes(Entry):
    history: _History = _History()
    """Earlier calls of this number."""
    escalation: _Escalation = _Escalation()
    """What becomes of the page; nobody takes it unless set."""
    hours: Literal["open", "closed", "holiday", "failed"] | None = None
    """open, closed, holiday, or failed; the clinic's own hours unless set."""
    notify: Literal["ok", "failed"] = "ok"
    """Whether a notice can be left."""
    promise: Literal["made", "failed"] = "made"
    """Whether a promise can be made durable."""
    transfer: Annotated[_Transfer, BeforeValidator(_transferred)] = _Transfer(outcome="no_answer")
    """How dialling somebody ends."""
    ears: Annotated[_Failing, BeforeValidator(failing)] | None = None
    """Tier text: fail, or where the recogniser dies."""
    voice: Annotated[_Failing, BeforeValidator(failing)] | None = None
    """Tier text: fail, or where no prompt can be spoken."""


class _KnownEntry(Entry):
    owner: Told
    """Who mends it."""
    until: date
    """The last day on which it is excused."""
    kinds: Annotated[
        tuple[FailureKind, ...],
        BeforeValidator(
            listed, json_schema_input_type=FailureKind | Annotated[list[FailureKind], Field(min_length=1)]
        ),
        Field(min_length=1),
    ]
    """What it fails by."""
    why: Told
    """What is wrong."""


class _KeyAt(Entry):
    at: Duration
    """Audio time."""
    key: Keys
    """One key."""


class _ReplayEntry(Entry):
    sound: Annotated[str, Field(pattern=NAME)]
    """What the line heard of the caller from the first moment on: a WAV file beside the script, without .wav."""
    keys: tuple[_KeyAt, ...] = ()
    """Keys at their times."""
    hang_up: Duration | None = None
    """When the caller put the handset down."""


class ScriptEntry(Entry):
    """The file."""

    script: str
    """The file's name, without .yaml."""
    about: str
    """What this caller is about, for people."""
    row: str = ""
    """The row of the clinical table."""
    tier: Literal["engine", "text", "audio"] | None = None
    """text: in writing; engine: on the flow alone; else with sound."""
    now: Moment = None
    """Wall clock at the answer, ISO 8601 with an offset."""
    caller: _Caller = _Caller()
    """Who calls."""
    keys: Literal["event", "inband"] = "event"
    """event, or inband: keys are tones in the sound."""
    echo: Flag = False
    """Sends the line's own words back."""
    impair: _Impair | None = None
    """Noise under the whole call."""
    fakes: _Fakes = _Fakes()
    """What the world does."""
    answers: dict[str, Annotated[tuple[AnswerEntry, ...], BeforeValidator(listed), Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """PLACE (STATE or STATE.QUESTION) to an answer, or to one for each attempt."""
    default: AnswerEntry | None = None
    """Answers where nothing is named."""
    replay: _ReplayEntry | None = None
    """A call that was taken, again: what was heard and pressed at its times, whatever is asked."""
    repeats: Annotated[int, Field(ge=0, le=10)] = 2
    """How often the last answer of a list is given again."""
    limit: Duration | None = None
    """Ends a call that does not end by itself; 15m."""
    known_failure: _KnownEntry | None = None
    """A failure that somebody has taken on."""
    expect: ExpectEntry
    """What must be so at the end."""
