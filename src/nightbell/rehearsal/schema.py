"""Schema: what a call script's YAML may hold. Every scalar comes in as text, as ``document`` reads it."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from nightbell.errors import TermError
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.script import START
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.keys import KEYS

__all__ = ["AnswerEntry", "ExpectEntry", "ScriptEntry"]

_DURATION: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s|m)")
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000}
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")


def _fault(code: str, message: str, hint: str = "") -> PydanticCustomError:
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint})


def _duration(value: Any) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _fault("NB124", f"{value!r} is no duration", "write a number and ms, s or m, such as 20s")
    return round(float(match.group(1)) * _UNIT_MS[match.group(2)])


def _flag(value: Any) -> bool:
    if not isinstance(value, str | bool) or value not in {"true", "false", True, False}:
        raise _fault("NB124", f"{value!r} is neither true nor false", "write true or false")
    return value in {"true", True}


def _keys(value: str) -> str:
    if not value or any(key not in KEYS for key in value):
        raise _fault("NB140", f"{value!r} cannot be pressed", 'keys are "0" to "9", "*" and "#", in quotes')
    return value


def _moment(value: Any) -> Instant:
    try:
        return Instant.parse(str(value))
    except TermError as error:
        raise _fault("NB124", error.message, error.hint) from error


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise _fault("NB124", "the caller's number is not in E.164", 'write "+" and the country code, or null')
    return value


def _nullable(value: Any) -> Any:
    return None if isinstance(value, str) and value in {"null", "~", ""} else value


def _failing(value: Any) -> Any:
    return {"fail_at": START} if value == "fail" else value


def _counted(value: Any) -> Any:
    return {"at_least": value, "at_most": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)]
_DurationText = Annotated[str, Field(pattern=f"^{_DURATION.pattern}$", examples=["20s", "300ms", "5m"])]
Duration = Annotated[int, BeforeValidator(_duration, json_schema_input_type=_DurationText)]
Keys = Annotated[str, AfterValidator(_keys)]
Moment = Annotated[Any, BeforeValidator(_moment)]
Number = Annotated[Annotated[str, AfterValidator(_number)] | None, BeforeValidator(_nullable)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class AnswerEntry(_Entry):
    """One answer."""

    say: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")] = ""
    """A recording of the caller audio, without .wav."""
    words: Annotated[str, Field(max_length=400)] = ""
    """The same in writing, for tier text."""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Tier text: how sure the recogniser is of a whole phrase."""
    too_long: Flag = False
    """Tier text: the words go on for longer than is listened."""
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
        does = bool(self.say or self.words.strip() or self.press or self.hang_up)
        if does == self.silence:
            message = "silence and something else" if does else "an answer that does nothing"
            raise _fault("NB202", message, "write say, words, press, hang_up or silence: true")
        return self


class _Caller(_Entry):
    number: Number = None
    """E.164; null is a withheld number."""


class _Impair(_Entry):
    noise: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    """white, pink, babble, or a file in audio/noise/."""
    snr_db: Annotated[float, Field(ge=-20, le=60)]
    """The caller's words over the noise."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Chooses the piece."""


class _History(_Entry):
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


class _Escalation(_Entry):
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
            raise _fault("NB202", "a page that ends in two ways", hint)
        return self


class _Failing(_Entry):
    fail_at: Annotated[str, Field(min_length=1)]
    """STATE or STATE.QUESTION: it breaks when the call comes there."""


class _Transfer(_Entry):
    outcome: Literal["answered", "busy", "no_answer", "failed"]
    """answered, busy, no_answer or failed."""
    after: Duration = 5_000
    """Audio time until then."""


def _transferred(value: Any) -> Any:
    return {"outcome": value} if isinstance(value, str) else value


class _Fakes(_Entry):
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
    ears: Annotated[_Failing, BeforeValidator(_failing)] | None = None
    """Tier text: fail, or where the recogniser dies."""
    voice: Annotated[_Failing, BeforeValidator(_failing)] | None = None
    """Tier text: fail, or where no prompt can be spoken."""


class _Turns(_Entry):
    at_least: Annotated[int, Field(ge=0)] | None = None
    """Fewest."""
    at_most: Annotated[int, Field(ge=0)] | None = None
    """Most."""


class ExpectEntry(_Entry):
    """What must be shown."""

    disposition: Disposition | None = None
    """The call ends exactly so."""
    at_least: Disposition | None = None
    """The call ends so, or more urgently."""
    red_flag: Flag = False
    """Somebody is paged in time after the flagged turn."""
    paged: Flag | None = None
    """Somebody, or nobody, is paged."""
    within_turns: Annotated[int, Field(ge=0, le=20)] = 2
    """Caller turns from the flag to the page."""
    states: tuple[str, ...] = ()
    """The call passes these in this order, others in between."""
    never: tuple[str, ...] = ()
    """The call passes none of these."""
    ring_backs: Annotated[int, Field(ge=0)] | None = None
    """Times the caller is to be rung back."""
    heard: dict[str, Literal["match", "rejected", "open"]] = {}
    """PLACE to what some utterance there was."""
    answered_within: Duration | None = None
    """Longest time from the caller's last sound to the next prompt."""
    final: str = ""
    """The state that the call is closed in."""
    ended: Literal["end", "hangup", "silent", "failure", "connected"] | None = None
    """How it was closed."""
    said_emergency: Flag | None = None
    """The emergency words were, or were not, said to their end."""
    turns: Annotated[_Turns, BeforeValidator(_counted)] = _Turns()
    """How often the caller said or pressed something."""

    @model_validator(mode="after")
    def _asserts_an_end(self) -> ExpectEntry:
        if (self.disposition is None) == (self.at_least is None):
            both = self.disposition is not None
            message = "disposition and at_least together" if both else "the script asserts no disposition"
            raise _fault("NB201", message, "write disposition: D1, or at_least: D1")
        if self.red_flag and self.paged is False:
            raise _fault("NB205", "a red flag that is to page nobody", "leave paged out, or write paged: true")
        return self


class _KnownEntry(_Entry):
    owner: Annotated[str, Field(min_length=1)]
    """Who mends it."""
    until: date
    """The last day on which it is excused."""
    kinds: Annotated[tuple[FailureKind, ...], BeforeValidator(_listed), Field(min_length=1)]
    """What it fails by."""
    why: Annotated[str, Field(min_length=1)]
    """What is wrong."""


class ScriptEntry(_Entry):
    """The file."""

    script: str
    """The file's name, without .yaml."""
    about: str
    """What this caller is about, for people."""
    row: str = ""
    """The row of the clinical table."""
    tier: Literal["text", "audio"] | None = None
    """text: in writing; else with sound."""
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
    answers: dict[str, Annotated[tuple[AnswerEntry, ...], BeforeValidator(_listed), Field(min_length=1)]] = {}
    """PLACE (STATE or STATE.QUESTION) to an answer, or to one for each attempt."""
    default: AnswerEntry | None = None
    """Answers where nothing is named."""
    repeats: Annotated[int, Field(ge=0, le=10)] = 2
    """How often the last answer of a list is given again."""
    limit: Duration | None = None
    """Ends a call that does not end by itself; 15m."""
    known_failure: _KnownEntry | None = None
    """A failure that somebody has taken on."""
    expect: ExpectEntry
    """What must be so at the end."""
