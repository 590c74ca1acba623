"""OncallFile: who stands in oncall.yaml - names and mobiles, so that no caller is ever told one.

It reads ``people`` and lets every other key be; who is on call when is another room's business. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nightbell.document.diagnostic import Diagnostic, in_order
from nightbell.document.node import Mapping, Scalar
from nightbell.document.reader import read
from nightbell.errors import TermError
from nightbell.flow.reading.fields import NAME
from nightbell.terms.phone import PhoneNumber

__all__ = ["OncallFile", "Person", "read_oncall"]

_EXAMPLE: Final = 'write anna: {name: Anna Bright, mobile: "+44 7700 900777"}'


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be on call."""

    key: str
    name: str
    mobile: str
    """E.164; empty where there is none yet."""

    def __repr__(self) -> str:
        return f"Person({self.key!r})"


@dataclass(frozen=True, slots=True)
class OncallFile:
    """What could be read, and what is wrong."""

    people: tuple[Person, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def private(self) -> tuple[str, ...]:
        """Names and numbers that no caller may hear."""
        return tuple(part for person in self.people for part in (person.name, person.mobile) if part)


def read_oncall(text: str, file: str, country: str) -> OncallFile:
    """Read oncall.yaml.

    Args:
        text: the file's text.
        file: its name, as faults shall show it.
        country: ISO 3166 alpha-2, for mobiles written without a country code.

    Returns:
        The people who could be read, and every fault. A fault never holds a number.
    """
    root, found = read(text, file)
    faults = list(found)
    people: list[Person] = []
    given = root.get("people") if root is not None else None
    if root is not None and not isinstance(given, Mapping):
        place = given.place if given is not None else root.place
        faults.append(Diagnostic(place, "NB122", "there are no 'people'", _EXAMPLE))
    for key, node in given.items if isinstance(given, Mapping) else ():
        if not NAME.fullmatch(key.text):
            hint = "use lower-case letters, digits and _, beginning with a letter"
            faults.append(Diagnostic(key.place, "NB126", f"{key.text!r} is no name for an entry", hint))
        if not isinstance(node, Mapping):
            faults.append(Diagnostic(node.place, "NB123", f"{key.text!r} must be a mapping", _EXAMPLE))
            continue
        people.append(
            Person(key.text, _name(key, node, faults), _mobile(node, country, faults)),
        )
    return OncallFile(tuple(people), in_order(faults))


def _name(key: Scalar, node: Mapping, faults: list[Diagnostic]) -> str:
    name = node.get("name")
    if isinstance(name, Scalar) and name.text.strip():
        return " ".join(name.text.split())
    place = name.place if name is not None else key.place
    faults.append(Diagnostic(place, "NB122", f"{key.text!r} has no 'name'", _EXAMPLE))
    return ""


def _mobile(node: Mapping, country: str, faults: list[Diagnostic]) -> str:
    mobile = node.get("mobile")
    if mobile is None:
        return ""
    if isinstance(mobile, Scalar):
        try:
            return PhoneNumber.parse(mobile.text, country).e164
        except TermError as error:
            faults.append(Diagnostic(mobile.place, "NB172", error.message, error.hint))
            return ""
    faults.append(Diagnostic(mobile.place, "NB123", "'mobile' must be text", _EXAMPLE))
    return ""
