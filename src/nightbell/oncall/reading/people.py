"""People: the ``people:`` of oncall.yaml - names, ways to reach them, quiet hours. No fault holds a number."""

from __future__ import annotations

import re
from typing import Final, get_args
from urllib.parse import urlsplit

from nightbell.document.node import Mapping, Scalar, Sequence
from nightbell.errors import TermError
from nightbell.oncall.person import METHODS, Method, MethodKind, Person, Quiet, Role
from nightbell.oncall.reading.taking import Taking
from nightbell.terms.phone import PhoneNumber

__all__ = ["read_people"]

_EXAMPLE: Final = 'write anna: {name: Anna Bright, mobile: "+44 7700 900777"}'
_KEYS: Final = ("name", "role", "mobile", "contact", "quiet", "pin")
_CONTACT: Final = 'such as contact: [telephone: "+44 7700 900777", email: anna@example.org]'
_MAILBOX: Final = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PIN: Final = re.compile(r"[0-8][0-9]{3,7}")
"""It begins with no 9: that key is the emergency at any instant (DESIGN section 4, rule 1)."""


def read_people(node: Mapping, country: str, taking: Taking) -> dict[str, Person]:
    """Return the people of the file, by key, in its order.

    Args:
        node: the file.
        country: ISO 3166 alpha-2, for numbers that are written without a country code.
        taking: where faults go.
    """
    given = node.get("people")
    if not isinstance(given, Mapping) or not given.items:
        place = given.place if given is not None else node.place
        taking.fault(place, "NB122", "there are no 'people'", _EXAMPLE)
        return {}
    found = {}
    for key, entry in taking.entries(given, "people", _EXAMPLE):
        taking.only(entry, _KEYS)
        name = taking.text(entry, "name", of=key.place, needed=_EXAMPLE)
        found[key.text] = Person(
            key=key.text,
            name=" ".join(name.text.split()) if name else "",
            role=_role(entry, taking),
            methods=_methods(entry, country, taking),
            quiet=_quiet(entry, taking),
            pin=_pin(entry, taking),
        )
    return found


def _role(entry: Mapping, taking: Taking) -> Role:
    given = taking.text(entry, "role")
    if given is None:
        return "clinician"
    for role in get_args(Role):
        if given.text == role:
            return role  # type: ignore[no-any-return] # one of the four words
    known = ", ".join(get_args(Role))
    taking.fault(given.place, "NB124", f"{given.text!r} is no role", f"one of {known}")
    return "clinician"


def _methods(entry: Mapping, country: str, taking: Taking) -> tuple[Method, ...]:
    found: list[Method] = []
    mobile = taking.text(entry, "mobile")
    if mobile is not None and (number := _number(mobile, country, taking)):
        found += [Method("telephone", number)]
    contact = entry.get("contact")
    if contact is None:
        return tuple(found)
    if not isinstance(contact, Sequence):
        taking.fault(contact.place, "NB123", "'contact' must be a list", _CONTACT)
        return tuple(found)
    for each in contact.items:
        if not (isinstance(each, Mapping) and len(each.items) == 1 and isinstance(each.items[0][1], Scalar)):
            taking.fault(each.place, "NB123", "one way to reach somebody is one key and its value", _CONTACT)
            continue
        key, value = each.items[0][0], each.items[0][1]
        assert isinstance(value, Scalar)
        kind = next((known for known in METHODS if known == key.text), None)
        if kind is None:
            taking.fault(
                key.place, "NB723", f"{key.text!r} is no way to reach somebody", f"one of {', '.join(METHODS)}"
            )
        elif address := _address(kind, value, country, taking):
            found.append(Method(kind, address))
    return tuple(dict.fromkeys(found))


def _address(kind: MethodKind, value: Scalar, country: str, taking: Taking) -> str:
    text = value.text.strip()
    if kind in {"telephone", "sms"}:
        return _number(value, country, taking)
    if kind == "email" and not _MAILBOX.fullmatch(text):
        taking.fault(value.place, "NB723", "no e-mail address", "such as anna@example.org")
        return ""
    if kind == "push" and not _TOPIC.fullmatch(text):
        taking.fault(value.place, "NB723", "no push topic", "letters, digits, _ and -, at most 64; hard to guess")
        return ""
    if kind == "webhook" and not _is_web(text):
        taking.fault(value.place, "NB723", "no web address", "such as https://example.org/page")
        return ""
    return text


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text


def _number(value: Scalar, country: str, taking: Taking) -> str:
    try:
        return PhoneNumber.parse(value.text, country).e164
    except TermError as error:
        taking.fault(value.place, "NB172", error.message, error.hint)
        return ""


def _quiet(entry: Mapping, taking: Taking) -> tuple[Quiet, ...]:
    found = []
    for each in taking.names(entry.get("quiet")):
        first, dash, last = each.text.partition("-")
        begins = taking.time(Scalar(first.strip(), each.place)) if dash else None
        ends = taking.time(Scalar(last.strip(), each.place)) if dash else None
        if not dash:
            taking.fault(each.place, "NB711", f"{each.text!r} is no span of the day", 'such as "22:00-07:00"')
        elif begins is not None and begins == ends:
            taking.fault(each.place, "NB719", "quiet all day is not on call", "leave the person out of the rota")
        elif begins is not None and ends is not None:
            found.append(Quiet(begins, ends))
    return tuple(found)


def _pin(entry: Mapping, taking: Taking) -> str:
    given = taking.text(entry, "pin")
    if given is None:
        return ""
    if not _PIN.fullmatch(given.text):
        taking.fault(given.place, "NB724", "no PIN", "four to eight digits; the first is no 9")
        return ""
    return given.text
