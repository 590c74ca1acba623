"""Bands: the confidence between which an answer is confirmed, and the words that do it; found on the nodes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.flow.model import Timers
from nightbell.flow.reading.checked import Faults

__all__ = ["find_bands", "places_of_heard"]

_HEARD: Final = re.compile(r"\{\{\s*heard\s*\}\}")
_LOW: Final = "low_confidence_level"
_HIGH: Final = "confidence_level"


def places_of_heard(node: Node) -> Iterator[Place]:
    """Yield the places of ``{{ heard }}`` anywhere below a node."""
    if isinstance(node, Mapping):
        for _, value in node.items:
            yield from places_of_heard(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from places_of_heard(item)
    else:
        for match in _HEARD.finditer(node.text):
            yield node.at(match.start())


def find_bands(flow: Mapping, states: Iterable[tuple[Scalar, Node]], faults: Faults) -> None:
    """Find bands that are upside down, and confirmations that are never asked or do not say what was heard."""
    usual = Timers()
    low, high = _levels(flow, usual.low_confidence_level, usual.confidence_level)
    _upside_down(flow, low, high, faults)
    for name, state in states:
        if not isinstance(state, Mapping):
            continue
        own_low, own_high = _levels(state, low, high)
        _upside_down(state, own_low, own_high, faults)
        confirm = state.get("confirm")
        if confirm is None:
            continue
        key = state.key("confirm") or name
        for text in _texts(confirm):
            if text.text and not _HEARD.search(text.text):
                hint = "say what was heard: Did you say {{ heard }}?"
                faults.add(text.place, "NB198", f"'confirm' of {name.text!r} does not say what was heard", hint)
        if own_low >= own_high:
            hint = f"set timers: {{{_LOW}: ...}} below {_HIGH}, which is {own_high:g} here"
            faults.add(key.place, "NB198", f"'confirm' of {name.text!r} is never asked", hint)


def _levels(node: Mapping, low: float, high: float) -> tuple[float, float]:
    timers = node.mapping("timers")
    return _number(timers.get(_LOW), low), _number(timers.get(_HIGH), high)


def _upside_down(node: Mapping, low: float, high: float, faults: Faults) -> None:
    timers = node.mapping("timers")
    given = timers.get(_LOW)
    if given is not None and low > high:
        hint = f"an answer is confirmed from {_LOW} up to {_HIGH}, which is {high:g} here"
        faults.add(given.place, "NB198", f"{_LOW} is above {_HIGH}", hint)


def _number(node: Node | None, otherwise: float) -> float:
    try:
        number = float(node.text) if isinstance(node, Scalar) else otherwise
    except ValueError:
        return otherwise  # the schema reports it
    return number if math.isfinite(number) else otherwise


def _texts(say: Node) -> Iterator[Scalar]:
    """Yield the wordings of a text in all its languages."""
    if isinstance(say, Scalar):
        yield say
    elif isinstance(say, Mapping):
        for node in (say.get("text"), *(value for _, value in say.mapping("in").items)):
            if isinstance(node, Scalar):
                yield node
