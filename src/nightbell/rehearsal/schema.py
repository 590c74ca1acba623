"""Schema: what a call script's YAML may hold. Every scalar comes in as text, as ``document`` reads it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from nightbell.errors import TermError
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


Flag = Annotated[bool, BeforeValidator(_flag)]
Duration = Annotated[int, BeforeValidator(_duration)]
Keys = Annotated[str, AfterValidator(_keys)]
Moment = Annotated[Any, BeforeValidator(_moment)]
Number = Annotated[Annotated[str, AfterValidator(_number)] | None, BeforeValidator(_nullable)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerEntry(_Entry):
    """One answer."""

    say: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")] = ""
    words: Annotated[str, Field(max_length=400)] = ""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    too_long: Flag = False
    press: Keys = ""
    hang_up: Flag = False
    silence: Flag = False
    red_flag: Flag = False
    optional: Flag = False
    pause_ms: Annotated[int, Field(ge=0, le=60_000)] = 300
    hang_up_after_ms: Annotated[int, Field(ge=0, le=60_000)] = 200
    barge_in_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> AnswerEntry:
        does = bool(self.say or self.words.strip() or self.press or self.hang_up)
        if does == self.silence:
            message = "silence and something else" if does else "an answer that does nothing"
            raise _fault("NB202", message, "write say, words, press, hang_up or silence: true")
        return self


class _Caller(_Entry):
    number: Number = None


class _Impair(_Entry):
    noise: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    snr_db: Annotated[float, Field(ge=-20, le=60)]
    seed: Annotated[int, Field(ge=0)] = 0


class _History(_Entry):
    contacts_96h: Annotated[int, Field(ge=0)] = 0
    silent_96h: Annotated[int, Field(ge=0)] = 0
    treated_14d: Literal["yes", "no", "unknown"] = "unknown"


class _Escalation(_Entry):
    acknowledged_after: Duration | None = None
    exhausted_after: Duration | None = None
    failed: Flag = False

    @model_validator(mode="after")
    def _comes_to_one_end(self) -> _Escalation:
        if sum((self.acknowledged_after is not None, self.exhausted_after is not None, self.failed)) > 1:
            hint = "write acknowledged_after, exhausted_after or failed: true"
            raise _fault("NB202", "a page that ends in two ways", hint)
        return self


class _Failing(_Entry):
    fail_at: Annotated[str, Field(min_length=1)]


class _Transfer(_Entry):
    outcome: Literal["answered", "busy", "no_answer", "failed"]
    after: Duration = 5_000


def _transferred(value: Any) -> Any:
    return {"outcome": value} if isinstance(value, str) else value


class _Fakes(_Entry):
    history: _History = _History()
    escalation: _Escalation = _Escalation()
    hours: Literal["open", "closed", "holiday", "failed"] | None = None
    notify: Literal["ok", "failed"] = "ok"
    promise: Literal["made", "failed"] = "made"
    transfer: Annotated[_Transfer, BeforeValidator(_transferred)] = _Transfer(outcome="no_answer")
    ears: Annotated[_Failing, BeforeValidator(_failing)] | None = None
    voice: Annotated[_Failing, BeforeValidator(_failing)] | None = None


class _Turns(_Entry):
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None


class ExpectEntry(_Entry):
    """What must be shown."""

    disposition: Disposition | None = None
    at_least: Disposition | None = None
    red_flag: Flag = False
    paged: Flag | None = None
    within_turns: Annotated[int, Field(ge=0, le=20)] = 2
    states: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    ring_backs: Annotated[int, Field(ge=0)] | None = None
    heard: dict[str, Literal["match", "rejected", "open"]] = {}
    answered_within: Duration | None = None
    final: str = ""
    ended: Literal["end", "hangup", "silent", "failure"] | None = None
    said_emergency: Flag | None = None
    turns: Annotated[_Turns, BeforeValidator(_counted)] = _Turns()

    @model_validator(mode="after")
    def _asserts_an_end(self) -> ExpectEntry:
        if (self.disposition is None) == (self.at_least is None):
            both = self.disposition is not None
            message = "disposition and at_least together" if both else "the script asserts no disposition"
            raise _fault("NB201", message, "write disposition: D1, or at_least: D1")
        if self.red_flag and self.paged is False:
            raise _fault("NB205", "a red flag that is to page nobody", "leave paged out, or write paged: true")
        return self


class ScriptEntry(_Entry):
    """The file."""

    script: str
    about: str
    row: str = ""
    tier: Literal["text", "audio"] | None = None
    now: Moment = None
    caller: _Caller = _Caller()
    keys: Literal["event", "inband"] = "event"
    echo: Flag = False
    impair: _Impair | None = None
    fakes: _Fakes = _Fakes()
    answers: dict[str, Annotated[tuple[AnswerEntry, ...], BeforeValidator(_listed), Field(min_length=1)]] = {}
    default: AnswerEntry | None = None
    repeats: Annotated[int, Field(ge=0, le=10)] = 2
    limit: Duration | None = None
    expect: ExpectEntry
