"""The kind ``collect``: one typed value - a telephone number, words, yes or no, one of a few things, or digits."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from nightbell.document.node import Mapping, Scalar
from nightbell.flow.model import Collect
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.fields import Entry, Flag, Number, Result, Signs, Target, fault
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.schema import RepromptsSchema, Say, StateSchema
from nightbell.flow.reading.states.choices import CategorySchema, build_choices, choice_faults
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]

MOST_DIGITS: Final = 20
"""Longer than any number a caller keys from memory."""
PHONE_RESULT: Final = "callback_number"


class DigitsSchema(Entry):
    """How many digits there are."""

    min: Number = Field(ge=1, le=MOST_DIGITS)
    """Fewest."""
    max: Number = Field(ge=1, le=MOST_DIGITS)
    """Most; the entry ends there, at hash, or at the inter-digit time."""


def _exactly(value: Any) -> Any:
    return {"min": value, "max": value} if isinstance(value, str) else value


def _runs_forward(value: DigitsSchema) -> DigitsSchema:
    if value.min > value.max:
        raise fault("NB124", f"no entry has {value.min} digits at least and {value.max} at most", "swap them")
    return value


Digits: TypeAlias = Annotated[
    DigitsSchema,
    BeforeValidator(_exactly, json_schema_input_type=int | DigitsSchema),
    AfterValidator(_runs_forward),
]
"""A number, or ``{min: 4, max: 8}``."""


class CollectSchema(StateSchema):
    """Keys of a collection."""

    kind: Literal["collect"]
    result: Result
    """Name of what is collected; callback_number for a phone."""
    type: Literal["phone", "words", "yes_no", "choice", "digits"]
    """What it is: phone, words, yes_no, choice or digits."""
    say: Say
    """The question."""
    offer: Say | None = None
    """phone: offers the caller's own number before one is keyed."""
    next: Target | None = None
    """Where it leads; yes_no has yes: and no: instead."""
    yes: Target | None = None
    """yes_no: where a yes leads."""
    no: Target | None = None
    """yes_no: where a no leads."""
    clears: Flag = False
    """yes_no: the safety question of a booking, which a no answers."""
    asks: Signs = ()
    """yes_no: names of the signs it asks for, as in a screen's question."""
    choices: Annotated[dict[str, CategorySchema], Field(min_length=1)] = Field(default_factory=dict)
    """choice: category to its key and phrases."""
    digits: Digits | None = None
    """digits: how many, 4 or {min: 4, max: 8}."""
    unclear: Target
    """Where silence and mumbling lead once the tries are used up."""
    confirm: Say | None = None
    """yes_no and choice: asked once of an answer heard with little confidence: Did you say {{ heard }}?"""
    reprompts: RepromptsSchema = RepromptsSchema()
    """The state's own, over the flow's."""


def build(schema: CollectSchema, maker: Maker) -> Collect:
    """Make the state."""
    following = (schema.no if schema.type == "yes_no" else schema.next) or ""
    return Collect(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        result=schema.result,
        type=schema.type,
        say=maker.prompt(schema.say),
        next=following,
        unclear=schema.unclear,
        choices=build_choices(schema.choices, following),
        min_digits=schema.digits.min if schema.digits else 1,
        max_digits=schema.digits.max if schema.digits else MOST_DIGITS,
        clears=schema.clears,
        confirm=maker.prompt(schema.confirm, "confirm") if schema.confirm else None,
        offer=maker.prompt(schema.offer, "offer") if schema.offer else None,
        yes=schema.yes or "",
        asks=schema.asks,
        reprompts=maker.reprompts(schema.reprompts),
    )


_OF_TYPE: Final = {
    "next": ("phone", "words", "choice", "digits"),
    "yes": ("yes_no",),
    "no": ("yes_no",),
    "clears": ("yes_no",),
    "asks": ("yes_no",),
    "offer": ("phone",),
    "choices": ("choice",),
    "digits": ("digits",),
    "confirm": ("yes_no", "choice"),
}
"""Key to the types that it belongs to."""
_NEEDED: Final = {
    "phone": ("next",),
    "words": ("next",),
    "yes_no": ("yes", "no"),
    "choice": ("next",),
    "digits": ("next",),
}
_WAYS_ON: Final = "lead it to a state"


def faults(name: Scalar, node: Mapping, names: Names, faults: Faults) -> None:
    """Find a type and a result that do not fit, and what only one type may have."""
    of = node.get("type")
    kind = of.text if isinstance(of, Scalar) else ""
    if kind not in _NEEDED:
        return  # the schema reports it
    _result(kind, node, faults)
    for key, types in _OF_TYPE.items():
        given = node.key(key)
        if given is not None and kind not in types:
            hint = f"it belongs to type {' and '.join(types)}"
            if key == "next":
                hint = 'the no is called no: since spec 1.1; a file of 1.0 says spec: "1.0"'
            faults.add(given.place, "NB121", f"{key!r} means nothing for type {kind}", hint)
    for key in _NEEDED[kind]:
        if node.key(key) is None:
            faults.add(name.place, "NB138", f"{name.text!r} is of type {kind} and has no {key!r}", _WAYS_ON)
    needs = {
        "phone": ("offer", "add offer: with {{ caller_number }}; the caller's own number comes before keying one"),
        "choice": ("choices", 'add choices: {NAME: {key: "1", hear: [...]}}'),
        "digits": ("digits", "add digits: 4, or digits: {min: 4, max: 8}"),
    }
    key, hint = needs.get(kind, ("", ""))
    if key and node.key(key) is None:
        faults.add(name.place, "NB122", f"{name.text!r} has no {key!r}", hint)
    if kind == "choice":
        choice_faults(name, node, names, faults)


def _result(kind: str, node: Mapping, faults: Faults) -> None:
    result = node.get("result")
    if isinstance(result, Scalar) and result.text and (kind == "phone") != (result.text == PHONE_RESULT):
        hint = f"write result: {PHONE_RESULT}" if kind == "phone" else "choose another name; this is a telephone's"
        faults.add(result.place, "NB124", f"type {kind} cannot give the result {result.text!r}", hint)


KIND = Kind("collect", CollectSchema, build, faults)
