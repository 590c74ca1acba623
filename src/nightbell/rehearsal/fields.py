"""Fields: the kinds of value in a call script, where every scalar comes in as text; ``schema`` holds the keys."""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, ClassVar, Final, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from nightbell.errors import TermError
from nightbell.rehearsal.script import START
from nightbell.terms.instant import Instant
from nightbell.terms.keys import KEYS

__all__ = [
    "MEANING",
    "NAME",
    "NOISE",
    "WORD_ERRORS",
    "Duration",
    "Entry",
    "Flag",
    "Keys",
    "Moment",
    "Number",
    "Told",
    "counted",
    "failing",
    "fault",
    "limited",
    "listed",
    "stated",
]

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
"""Of a recording; it is a file's name too."""
NOISE: Final = r"^[a-z0-9][a-z0-9_-]*$"
MEANING: Final = r"^[a-z][a-z0-9_]*$"
WORD_ERRORS: Final = 0.2
"""Share of a prompt's words that the second recogniser may get wrong. What is said clearly stays under a twentieth
over a telephone line; other words, or noise, are over a half."""
_DURATION: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s|m)")
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000}
_MOMENT: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}(:\d{2}(:\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)$"
_YES: Final = frozenset({"true", "True", "TRUE"})
_NO: Final = frozenset({"false", "False", "FALSE"})
"""As YAML 1.2 has them; an editor is shown the same value for each."""
_NULL: Final = frozenset({"null", "Null", "NULL", "~", ""})
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")


def fault(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """Return a fault that keeps its code and its hint."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint})


def _duration(value: Any) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault("NB124", f"{value!r} is no duration", "write a number and ms, s or m, such as 20s")
    return round(float(match.group(1)) * _UNIT_MS[match.group(2)])


def _flag(value: Any) -> bool:
    if not isinstance(value, str | bool) or value not in {*_YES, *_NO, True, False}:
        raise fault("NB124", f"{value!r} is neither true nor false", "write true or false")
    return value in {*_YES, True}


def _keys(value: str) -> str:
    if not value or any(key not in KEYS for key in value):
        raise fault("NB140", f"{value!r} cannot be pressed", 'keys are "0" to "9", "*" and "#", in quotes')
    return value


def _moment(value: Any) -> Instant:
    try:
        return Instant.parse(str(value))
    except TermError as error:
        raise fault("NB124", error.message, error.hint) from error


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise fault("NB124", "the caller's number is not in E.164", 'write "+" and the country code, or null')
    return value


def _told(value: str) -> str:
    if not value.strip():
        raise fault("NB124", "nothing is told here", "write it in words")
    return value


def _nullable(value: Any) -> Any:
    return None if isinstance(value, str) and value in _NULL else value


def failing(value: Any) -> Any:
    """Read ``fail`` as failing from the start."""
    return {"fail_at": START} if value == "fail" else value


def counted(value: Any) -> Any:
    """Read a number as exactly so many."""
    return {"at_least": value, "at_most": value} if isinstance(value, str) else value


def limited(value: Any) -> Any:
    """Read names alone as names with the usual share of word errors."""
    return value if isinstance(value, dict) else dict.fromkeys(listed(value), WORD_ERRORS)


def stated(value: Any) -> Any:
    """Refuse an expectation that is given and empty: it looks like one, and every call would keep it."""
    if value in ("", [], {}):
        raise fault("NB201", "nothing is asserted here", "write what must be so, or leave it out")
    return value


def listed(value: Any) -> Any:
    """Read one value as a list of it."""
    return value if isinstance(value, list) else [value]


_FlagTyped = Literal[True, False, "true", "false", "True", "False", "TRUE", "FALSE"]
Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=_FlagTyped)]
_DurationText = Annotated[str, Field(pattern=f"^{_DURATION.pattern}$", examples=["20s", "300ms", "5m"])]
Duration = Annotated[int, BeforeValidator(_duration, json_schema_input_type=_DurationText)]
# Without quotes an editor takes keys for a number, and is right to let it stand.
_KEYS_TYPED: Final = {"type": ["string", "integer"], "pattern": r"^[0-9*#]+$", "minimum": 0}
Keys = Annotated[str, AfterValidator(_keys), WithJsonSchema(_KEYS_TYPED)]
_MomentText = Annotated[str, Field(pattern=_MOMENT, examples=["2026-11-21T22:40:00+00:00"])]
Moment = Annotated[Any, BeforeValidator(_moment, json_schema_input_type=_MomentText)]
_ToldTyped: Final[dict[str, Any]] = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
Told = Annotated[str, Field(min_length=1, json_schema_extra=_ToldTyped), AfterValidator(_told)]
Number = Annotated[Annotated[str, AfterValidator(_number)] | None, BeforeValidator(_nullable)]


def _is_number(kind: Any) -> bool:
    if get_origin(kind) is Annotated:
        return _is_number(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return any(_is_number(each) for each in get_args(kind))
    return kind in {int, float}


class Entry(BaseModel):
    """What every part of a script keeps to."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    may_be_null: ClassVar[frozenset[str]] = frozenset()
    """Keys whose value may be null, or left empty."""

    @field_validator("*", mode="before")
    @classmethod
    def _is_written(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a key that has nothing behind it: it looks as if something were asked, and nothing is."""
        name = info.field_name or ""
        if value is None and name not in cls.may_be_null and not cls.model_fields[name].is_required():
            raise fault("NB128", f"{name} has no value", "write a value after it, or leave the key out")
        if isinstance(value, str) and value != value.strip() and _is_number(cls.model_fields[name].annotation):
            raise fault("NB124", f"{name}: {value!r}: a number belongs here", "write it without the spaces")
        return value
