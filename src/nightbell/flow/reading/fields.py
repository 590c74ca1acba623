"""Fields: the types of the flow language's values, each with its own check and its own fault.

The names that a value may use come in as the validation's context, so that a misspelled state is found even in a
file that has other faults. What a caller may say is in ``flow.reading.hearing``. How faults get their place is
``flow.reading.checked``'s business.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from nightbell.flow.model import ROUTABLE
from nightbell.flow.reading.names import RETURN, Names
from nightbell.flow.reading.text import suggestion
from nightbell.terms.keys import KEYS

__all__ = [
    "NAME",
    "SAME",
    "UNIVERSAL",
    "ChoiceKey",
    "Counter",
    "Duration",
    "Entry",
    "Flag",
    "Language",
    "Name",
    "Names",
    "Number",
    "Result",
    "Role",
    "Routes",
    "Share",
    "Signs",
    "Target",
    "TargetOrSame",
    "UniversalKey",
    "fault",
    "several",
]

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names of states, choices, questions, universals and clinics."""
SAME: Final = "same"
"""As a universal's ``next``: it changes something and leads nowhere."""
UNIVERSAL: Final = "universal:"
"""Begins an outcome that is a universal's."""

_DURATION: Final = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)(ms|s|m|h)")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
"""``012`` is ten to one reader and twelve to another: it is refused."""
_SHARE: Final = re.compile(r"0?\.[0-9]{1,6}|[01](?:\.[0-9]{1,6})?")
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_NOT_ROUTED: Final = {
    "exhausted": "`unclear:` is where exhausted tries lead",
    "unclear": "write it beside routes:, as unclear:",
    "match": "a choice's next: is where a match leads",
    "hangup": "a hang-up leads nowhere; the call is rung back",
    "speech_timeout": "it is called max_speech",
}


class Entry(BaseModel):
    """The base of every schema: what is not known is refused, what is read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def fault(code: str, message: str, hint: str = "", offset: int = 0) -> PydanticCustomError:
    """Make a fault that carries its own code through pydantic; ``offset`` is a place in the value's text."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint, "offset": offset})


def several(faults: list[tuple[tuple[str | int, ...], PydanticCustomError]]) -> ValidationError:
    """Make one error of several faults, each with the path from the value to where it is."""
    return ValidationError.from_exception_data(
        "value", [InitErrorDetails(type=found, loc=path, input=None) for path, found in faults]
    )


def _target(value: str, info: ValidationInfo[Names]) -> str:
    names = info.context
    if value.startswith(RETURN):
        return _return(value.removeprefix(RETURN), names)
    if value not in names.states and names.all_states:
        known = "states: " + ", ".join(names.states[:20]) if names.states else "there are no states"
        where = f" in the dialog {names.scope.dialog!r}" if names.scope.dialog else ""
        raise fault("NB130", f"there is no state {value!r}{where}", suggestion(value, names.states, known))
    return names.scope.states.get(value, value)


def _return(name: str, names: Names) -> str:
    returns = names.scope.returns
    if not names.scope.dialog:
        raise fault("NB194", "'return:' leads out of a dialog, and this is none", "write the name of a state")
    if name not in returns:
        known = "returns: " + ", ".join(returns) if returns else "add returns: [NAME] to the dialog"
        hint = suggestion(name, tuple(returns), known)
        raise fault("NB194", f"the dialog {names.scope.dialog!r} has no return {name!r}", hint)
    return returns[name]


def _target_or_same(value: str, info: ValidationInfo[Names]) -> str:
    return value if value == SAME else _target(value, info)


def _outcome(value: str, info: ValidationInfo[Names]) -> str:
    names = info.context
    if value.startswith(UNIVERSAL):
        name = value.removeprefix(UNIVERSAL)
        if name not in names.universals and names.all_states:
            known = "universals: " + ", ".join(names.universals[:20])
            raise fault("NB191", f"there is no universal {name!r}", suggestion(name, names.universals, known))
    elif value not in ROUTABLE:
        known = "one of " + ", ".join(ROUTABLE) + ", universal:NAME"
        hint = _NOT_ROUTED.get(value) or suggestion(value, ROUTABLE, known)
        raise fault("NB191", f"{value!r} is no outcome that can be led elsewhere", hint)
    return value


def _same_is_a_universals(routes: dict[str, str]) -> dict[str, str]:
    wrong = [
        ((name,), fault("NB191", f"only a universal can be 'same', not {name!r}", "lead it to a state"))
        for name, target in routes.items()
        if target == SAME and not name.startswith(UNIVERSAL)
    ]
    if wrong:
        raise several(list(wrong))
    return routes


def _duration(value: Any) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault("NB124", f"{value!r} is no duration", "write a number and ms, s, m or h, such as 8s or 300ms")
    return round(float(match.group(1)) * _UNIT_MS[match.group(2)])


def _number(value: Any) -> int:
    if not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise fault(
            "NB124", f"{value!r} is no number" if value else "a number is wanted", "plain digits, such as 2"
        )
    return int(value)


def _share(value: Any) -> float:
    if not (isinstance(value, str) and _SHARE.fullmatch(value)):
        raise fault(
            "NB124", f"{value!r} is no number from 0 to 1" if value else "a number is wanted", "such as 0.5"
        )
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, str) or value not in {"true", "false"}:
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


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        hint = "use lower-case letters, digits and _, beginning with a letter, at most 64"
        raise fault("NB126", f"{value!r} is no name", hint)
    return value


def _each_once(value: tuple[str, ...]) -> tuple[str, ...]:
    twice = [
        ((number,), fault("NB124", f"{name!r} stands here twice", "name each sign once"))
        for number, name in enumerate(value)
        if name in value[:number]
    ]
    if twice:
        raise several(list(twice))
    return value


def _result(value: str, info: ValidationInfo[Names]) -> str:
    return info.context.result(_name(value))


def _role(value: str) -> str:
    if sum(sign.isdigit() for sign in value) >= 3:
        hint = "write the role that oncall.yaml gives to people, such as clinician"
        raise fault("NB199", "a number stands where a role belongs", hint)
    return _name(value)


def _language(value: str, info: ValidationInfo[Names]) -> str:
    known = info.context.languages
    if value not in known and info.context.all_languages:
        hint = suggestion(value, known, "languages: " + ", ".join(known))
        raise fault("NB197", f"{value!r} is no language of this flow", hint)
    return value


_NameText: TypeAlias = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
"""What an editor holds names against; the check itself says more."""
_StateText: TypeAlias = Annotated[str, Field(pattern=rf"^(?:{RETURN})?{NAME.pattern}$")]
_DurationText: TypeAlias = Annotated[str, Field(pattern=f"^{_DURATION.pattern}$", examples=["8s", "300ms", "5m"])]


def _one_of(keys: str) -> WithJsonSchema:
    """Return what an editor holds a key against: in quotes or not, it is the same."""
    return WithJsonSchema({"enum": [*keys, *(int(key) for key in keys)]})


Target: TypeAlias = Annotated[str, AfterValidator(_target), WithJsonSchema(TypeAdapter(_StateText).json_schema())]
"""A state's name; in a dialog one of its own, or ``return:`` and a return."""
TargetOrSame: TypeAlias = Annotated[str, AfterValidator(_target_or_same)]
"""A state's name, or ``same``: stay where the call stands."""
Routes: TypeAlias = Annotated[
    dict[Annotated[str, AfterValidator(_outcome)], TargetOrSame], AfterValidator(_same_is_a_universals)
]
"""Outcome to where it leads from one state instead of the usual place."""
Duration: TypeAlias = Annotated[int, BeforeValidator(_duration, json_schema_input_type=_DurationText)]
"""Milliseconds."""
Number: TypeAlias = Annotated[int, BeforeValidator(_number, json_schema_input_type=int)]
Share: TypeAlias = Annotated[float, BeforeValidator(_share, json_schema_input_type=float)]
"""From 0 to 1."""
Flag: TypeAlias = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)]
UniversalKey: TypeAlias = Annotated[str, AfterValidator(_universal_key), _one_of("0456789")]
ChoiceKey: TypeAlias = Annotated[str, AfterValidator(_choice_key), _one_of("12345678")]
Name: TypeAlias = Annotated[str, AfterValidator(_name), WithJsonSchema(TypeAdapter(_NameText).json_schema())]
Result: TypeAlias = Annotated[str, AfterValidator(_result), WithJsonSchema(TypeAdapter(_NameText).json_schema())]
"""A result's name; inside of a dialog its own, unless the dialog gives it to the flow."""
Counter: TypeAlias = Name
Signs: TypeAlias = Annotated[tuple[Name, ...], AfterValidator(_each_once)]
"""Names of signs that a question asks for."""
Role: TypeAlias = Annotated[str, AfterValidator(_role), WithJsonSchema(TypeAdapter(_NameText).json_schema())]
"""Who is meant, never by a number."""
Language: TypeAlias = Annotated[str, AfterValidator(_language)]
