"""Fields: the types of the flow language's values, each with its own check and its own fault.

The names that a value may use come in as the validation's context, so that a misspelled state is found even in a
file that has other faults. How faults get their place is ``flow.checked``'s business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from nightbell.errors import PatternError
from nightbell.flow.model import Slot, Words
from nightbell.flow.pattern import expand, parse
from nightbell.flow.text import read_text, suggestion
from nightbell.terms.keys import KEYS

__all__ = [
    "MAX_PHRASES",
    "NAME",
    "SAME",
    "ChoiceKey",
    "Duration",
    "Entry",
    "Flag",
    "HearPattern",
    "HearPhrase",
    "Names",
    "Spoken",
    "Target",
    "TargetOrSame",
    "UniversalKey",
    "fault",
]

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names of states, choices, questions, universals and clinics."""
SAME: Final = "same"
"""As a universal's ``next``: it changes something and leads nowhere."""
MAX_PHRASES: Final = 64
"""Phrases one pattern of a choice may stand for: a recogniser's grammar stays small."""

_DURATION: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s|m|h)")
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


@dataclass(frozen=True, slots=True)
class Names:
    """What the files define, as far as it could be read; the context of every validation."""

    states: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    all_states: bool = True
    """Whether every file could be read; if not, a state that is missing may stand in the one that could not."""
    all_facts: bool = True
    """The same for clinic.yaml."""


class Entry(BaseModel):
    """The base of every schema: what is not known is refused, what is read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def fault(code: str, message: str, hint: str = "", offset: int = 0) -> PydanticCustomError:
    """Make a fault that carries its own code through pydantic; ``offset`` is a place in the value's text."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint, "offset": offset})


def _target(value: str, info: ValidationInfo[Names]) -> str:
    names = info.context
    if value not in names.states and names.all_states:
        known = "states: " + ", ".join(names.states[:20]) if names.states else "there are no states"
        raise fault("NB130", f"there is no state {value!r}", suggestion(value, names.states, known))
    return value


def _target_or_same(value: str, info: ValidationInfo[Names]) -> str:
    return value if value == SAME else _target(value, info)


def _duration(value: Any) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault("NB124", f"{value!r} is no duration", "write a number and ms, s, m or h, such as 8s or 300ms")
    return round(float(match.group(1)) * _UNIT_MS[match.group(2)])


def _flag(value: Any) -> bool:
    if value not in {"true", "false"}:
        raise fault("NB124", f"{value!r} is neither true nor false", "write true or false")
    return bool(value == "true")


def _any_key(value: str) -> str:
    if len(value) != 1 or value not in KEYS:
        raise fault("NB140", f"{value!r} is no key", 'keys are "0" to "9", "*" and "#"')
    return value


def _choice_key(value: str) -> str:
    taken = {"9": "the emergency", "0": "a person", "#": "say again", "*": "the way to the emergency"}
    if _any_key(value) in taken:
        raise fault("NB141", f"key {value} is {taken[value]} everywhere", "a choice takes one of 1 to 8")
    return value


def _universal_key(value: str) -> str:
    taken = {"1": "yes", "2": "no", "3": "not sure", "#": "say again", "*": "the way to the emergency"}
    if _any_key(value) in taken:
        raise fault(
            "NB141", f"key {value} is {taken[value]} everywhere", "a universal takes 4 to 9, or 0 for a person"
        )
    return value


def _spoken(value: Any, info: ValidationInfo[Names]) -> tuple[Words | Slot, ...]:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "text is wanted")
    names = info.context
    parts, faults = read_text(value, names.facts, complete=names.all_facts)
    if faults:
        raise ValidationError.from_exception_data(
            "text",
            [
                InitErrorDetails(type=fault(found.code, found.message, found.hint, found.offset), input=value)
                for found in faults
            ],
        )
    return parts


def _pattern(value: str) -> str:
    try:
        parse(value)
    except PatternError as error:
        raise fault("NB146", error.message, error.hint, error.offset) from error
    return value


def _phrase(value: Any) -> tuple[str, ...]:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "text is wanted")
    try:
        pattern = parse(value)
        return tuple(" ".join(words) for words in expand(pattern, MAX_PHRASES))
    except PatternError as error:
        raise fault("NB146", error.message, error.hint, error.offset) from error


Target: TypeAlias = Annotated[str, AfterValidator(_target)]
"""A state's name."""
TargetOrSame: TypeAlias = Annotated[str, AfterValidator(_target_or_same)]
"""A state's name, or ``same``: stay where the call stands."""
Duration: TypeAlias = Annotated[int, BeforeValidator(_duration)]
"""Milliseconds."""
Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag)]
UniversalKey: TypeAlias = Annotated[str, AfterValidator(_universal_key)]
ChoiceKey: TypeAlias = Annotated[str, AfterValidator(_choice_key)]
Spoken: TypeAlias = Annotated[tuple[Words | Slot, ...], PlainValidator(_spoken, json_schema_input_type=str)]
"""Words for the caller, with the clinic's facts in their places."""
HearPattern: TypeAlias = Annotated[str, AfterValidator(_pattern)]
"""What is heard anywhere in free speech."""
HearPhrase: TypeAlias = Annotated[tuple[str, ...], PlainValidator(_phrase, json_schema_input_type=str)]
"""A closed answer: every phrase that the pattern stands for."""
