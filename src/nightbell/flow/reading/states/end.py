"""The kind ``end``: the promise, the safety net, and the end of the call."""

from __future__ import annotations

from typing import Final, Literal

from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Node, Scalar
from nightbell.flow.model import End
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.fields import Flag
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.schema import Say, StateSchema
from nightbell.flow.reading.states.kind import Kind
from nightbell.terms.disposition import Disposition

__all__ = ["KIND"]

PROMISING: Final = frozenset({"D2", "D3", "D4"})
"""Dispositions that are a promise by their meaning (DESIGN rule 6)."""


class EndSchema(StateSchema):
    """Keys of an end."""

    kind: Literal["end"]
    disposition: Disposition
    """How the call ends, unless its floor is more urgent."""
    say: Say
    """What happens next; with a promise, by what time."""
    promise: Flag = False
    """true: somebody rings back, and say names the time."""
    say_without_promise: Say | None = None
    """The words for a night on which the promise cannot be kept safe."""


def build(schema: EndSchema, maker: Maker) -> End:
    """Make the state."""
    spare = schema.say_without_promise
    return End(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        disposition=schema.disposition,
        say=maker.prompt(schema.say),
        promise=schema.promise,
        say_without_promise=maker.prompt(spare, "without_promise") if spare else None,
    )


def faults(name: Scalar, node: Mapping, _names: Names, faults: Faults) -> None:
    """Find promises without words and words without a promise."""
    promise = _text(node.get("promise")) == "true"
    say = node.get("say")
    if promise and say is not None and "promise_time" not in _text(say):
        hint = "say by what time it is kept: {{ promise_time }}"
        faults.add(_place(name, say), "NB160", f"{name.text!r} makes a promise and does not say it", hint)
    if promise and node.get("say_without_promise") is None:
        hint = "add say_without_promise: for the night when the promise cannot be kept safe"
        faults.add(name.place, "NB160", f"{name.text!r} has no 'say_without_promise'", hint)
    disposition = _text(node.get("disposition"))
    if not promise and disposition in PROMISING:
        hint = "write promise: true, and say who rings, from which number, by what time"
        faults.add(name.place, "NB161", f"{name.text!r} ends at {disposition} without a promise", hint)


def _text(node: Node | None) -> str:
    if isinstance(node, Mapping):
        node = node.get("text")
    return node.text if isinstance(node, Scalar) else ""


def _place(name: Scalar, node: Node) -> Place:
    return node.place if isinstance(node, Scalar) else name.place


KIND = Kind("end", EndSchema, build, faults)
