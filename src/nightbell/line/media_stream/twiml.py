"""Twiml: what a webhook answers, as XML. Pure; whatever stands in it is escaped, and is no markup of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

__all__ = ["Verb", "connect", "hang_up", "reject", "response"]

_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb, and the verbs in it."""

    name: str
    text: str = ""
    attributes: Sequence[tuple[str, str]] = ()
    inside: Sequence[Verb] = field(default=())


def response(*verbs: Verb) -> str:
    """Return the whole answer."""
    root = Element("Response")
    for verb in verbs:
        _add(root, verb)
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode")


def connect(stream: str, after: str) -> str:
    """Return the answer that brings the call's sound over a stream.

    Args:
        stream: wss address of the stream.
        after: address that is asked what comes next once the stream is over, whoever ended it.
    """
    return response(
        Verb(name="Connect", inside=(Verb(name="Stream", attributes=(("url", stream),)),)),
        Verb(name="Redirect", text=after, attributes=(("method", "POST"),)),
    )


def hang_up() -> str:
    """Return the answer that puts the phone down."""
    return response(Verb(name="Hangup"))


def reject() -> str:
    """Return the answer that takes no call: the caller hears that the number is not in service."""
    return response(Verb(name="Reject"))


def _add(parent: Element, verb: Verb) -> None:
    element = SubElement(parent, verb.name, {name: _clean(value) for name, value in verb.attributes})
    if verb.text:
        element.text = _clean(verb.text)
    for one in verb.inside:
        _add(element, one)


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)
