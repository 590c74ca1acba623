"""The kind ``collect``: one typed value - a telephone number, words, or a yes or no."""

from __future__ import annotations

from typing import Literal

from nightbell.document.node import Mapping, Scalar
from nightbell.flow.checked import Faults
from nightbell.flow.fields import Target
from nightbell.flow.maker import Maker
from nightbell.flow.model import Collect
from nightbell.flow.schema import RepromptsSchema, Say, StateSchema
from nightbell.flow.states.kind import Kind

__all__ = ["KIND"]


class CollectSchema(StateSchema):
    """Keys of a collection."""

    kind: Literal["collect"]
    result: Literal["callback_number", "words", "answer"]
    type: Literal["phone", "words", "yes_no"]
    say: Say
    offer: Say | None = None
    next: Target
    yes: Target | None = None
    unclear: Target
    reprompts: RepromptsSchema = RepromptsSchema()


def build(schema: CollectSchema, maker: Maker) -> Collect:
    """Make the state."""
    return Collect(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        result=schema.result,
        type=schema.type,
        say=maker.prompt(schema.say),
        next=schema.next,
        unclear=schema.unclear,
        offer=maker.prompt(schema.offer, "offer") if schema.offer else None,
        yes=schema.yes or "",
        reprompts=maker.reprompts(schema.reprompts),
    )


_RESULT = {"phone": "callback_number", "words": "words", "yes_no": "answer"}


def faults(name: Scalar, node: Mapping, faults: Faults) -> None:
    """Find a type and a result that do not fit, and what only one type may have."""
    of = node.get("type")
    kind = of.text if isinstance(of, Scalar) else ""
    result = node.get("result")
    wanted = _RESULT.get(kind)
    if isinstance(result, Scalar) and wanted and result.text in _RESULT.values() and result.text != wanted:
        hint = f"write result: {wanted}"
        faults.add(result.place, "NB124", f"type {kind} cannot give the result {result.text!r}", hint)
    yes = node.key("yes")
    if kind == "yes_no" and yes is None:
        faults.add(name.place, "NB138", f"{name.text!r} asks yes or no but has no 'yes'", "lead it to a state")
    if kind in {"phone", "words"} and yes is not None:
        faults.add(yes.place, "NB121", f"'yes' means nothing for type {kind}", "it belongs to type yes_no")
    offer = node.key("offer")
    if kind in {"words", "yes_no"} and offer is not None:
        faults.add(offer.place, "NB121", f"'offer' means nothing for type {kind}", "it belongs to type phone")
    if kind == "phone" and offer is None:
        hint = "add offer: with {{ caller_number }}; the caller's own number comes before keying one"
        faults.add(name.place, "NB122", f"{name.text!r} has no 'offer'", hint)


KIND = Kind("collect", CollectSchema, build, faults)
