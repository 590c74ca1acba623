"""Address: what From, To, Contact, Route and P-Asserted-Identity hold (RFC 3261 section 20.10), and parameters.

A display name that is not quoted though it should be is taken as it stands: carriers send such names, and a
patient's call must not fail over it. An unclosed quote or a space inside the brackets is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nightbell.line.sip.message.uri import Uri

__all__ = ["Address", "parse_params", "split_list"]

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_NAMED: Final = re.compile(rf'\s*(?P<name>{_QUOTED}|[^"<]*?)\s*<(?P<uri>[^<>]*)>\s*(?P<params>;.*)?', re.DOTALL)
_BARE: Final = re.compile(r'\s*(?P<uri>[^\s<>";,?]+)\s*(?P<params>;.*)?', re.DOTALL)
_PARAM: Final = re.compile(
    rf'\s*;\s*(?P<key>[^\s=;,"<>]+)(?:\s*=\s*(?P<value>{_QUOTED}|[^\s;,"<>]*))?\s*', re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """A name, a URI and parameters."""

    name: str
    uri: Uri
    params: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read one address.

        Raises:
            ValueError: unbalanced quotes or brackets, spaces in the URI, parameters that are none.
        """
        found = _NAMED.fullmatch(text) or _BARE.fullmatch(text)
        if found is None:
            raise ValueError("no address")
        name = found["name"] if "name" in found.re.groupindex else ""
        if name.startswith('"'):
            name = _ESCAPED.sub(r"\1", name[1:-1])
        return cls(name, Uri.parse(found["uri"]), parse_params(found["params"] or ""))

    @property
    def tag(self) -> str:
        """The dialog's tag of that side; empty when there is none."""
        return self.param("tag") or ""

    def param(self, name: str) -> str | None:
        """Return a parameter's value, empty for one without; None when it is not there."""
        return next((value for key, value in self.params if key == name), None)


def parse_params(text: str) -> tuple[tuple[str, str], ...]:
    """Read ``;key=value;key``; keys come in lower case, values without their quotes.

    Raises:
        ValueError: something between semicolons is no parameter.
    """
    params: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        found = _PARAM.match(text, place)
        if found is None:
            raise ValueError("no parameter")
        value = found["value"] or ""
        if value.startswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:-1])
        params.append((found["key"].lower(), value))
        place = found.end()
    return tuple(params)


def split_list(text: str) -> list[str]:
    """Split a header's value at commas that stand neither in quotes nor in brackets."""
    if "," not in text:
        return [text.strip()] if text.strip() else []
    parts, begin, quoted, bracket, skip = [], 0, False, False, False
    for place, sign in enumerate(text):
        if skip:
            skip = False
        elif sign == "\\" and quoted:
            skip = True
        elif sign == '"' and not bracket:
            quoted = not quoted
        elif sign in "<>" and not quoted:
            bracket = sign == "<"
        elif sign == "," and not quoted and not bracket:
            parts.append(text[begin:place])
            begin = place + 1
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip()]
