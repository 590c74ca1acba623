"""Told: one answer of ours, read as strictly as a carrier could: for rehearsals and tests. Pure.

A verb, attribute or value that Twilio's documents do not know, an address that is not ours, a verb that nothing
follows should it bring nothing: all of it is a fault of the line, and raises. It performs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element, ParseError, fromstring

from nightbell.errors import LineFailed

__all__ = ["Gather", "HangUp", "Join", "Record", "Redirect", "Reject", "Told", "told"]

_KEY: Final = "[0-9*#]"
_SWITCH: Final = "true|false"
_POST: Final = "POST"
_SECONDS: Final = "[1-9][0-9]{0,4}"
_URL: Final = r"https://[^\s<>\"]+"
_ATTRIBUTES: Final[Mapping[str, Mapping[str, str]]] = {
    "Gather": {
        "input": "dtmf|speech|dtmf speech",
        "action": _URL,
        "method": _POST,
        "actionOnEmptyResult": "true",
        "timeout": _SECONDS,
        "finishOnKey": f"|{_KEY}",
        "numDigits": _SECONDS,
        "bargeIn": _SWITCH,
        "language": "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*",
        "speechTimeout": _SECONDS,
        "maxSpeechTime": "[1-9]|[1-5][0-9]|60",
        "profanityFilter": _SWITCH,
        "partialResultCallback": _URL,
        "partialResultCallbackMethod": _POST,
        "hints": r"[^,]{1,100}(,[^,]{1,100}){0,499}",
    },
    "Record": {
        "action": _URL,
        "method": _POST,
        "timeout": _SECONDS,
        "maxLength": _SECONDS,
        "finishOnKey": f"{_KEY}+",
        "playBeep": _SWITCH,
        "trim": "trim-silence|do-not-trim",
        "recordingStatusCallback": _URL,
        "recordingStatusCallbackMethod": _POST,
        "recordingStatusCallbackEvent": "(in-progress|completed|absent)( (in-progress|completed|absent))*",
    },
    "Dial": {"action": _URL, "method": _POST},
    "Conference": {"beep": _SWITCH, "startConferenceOnEnter": _SWITCH, "endConferenceOnExit": _SWITCH},
    "Redirect": {"method": _POST},
    "Play": {},
    "Say": {},
    "Hangup": {},
    "Reject": {},
}
_INSIDE: Final[Mapping[str, frozenset[str]]] = {
    "Gather": frozenset({"Play", "Say"}),
    "Dial": frozenset({"Conference"}),
}
_ANY_KEY: Final = "0123456789*#"
"""What ends a message, unless an answer says otherwise."""
_LONGEST_S: Final = 3_600
"""How long a message may be, unless an answer says otherwise."""
_MANY: Final = 1_000
"""No carrier waits for so many keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """Say something, and wait for keys or words."""

    next: str
    play: str = ""
    say: str = ""
    hears_words: bool
    cut_by_words: bool
    finish_on: str
    most_keys: int
    wait_ms: int
    pause_ms: int
    most_ms: int
    said: str
    """Where it is told what was said so far; "" for nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Take a message."""

    next: str
    finish_on: str
    silence_ms: int
    most_ms: int
    recorded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Bring the caller into a conference."""

    next: str
    room: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Ask elsewhere."""

    next: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the phone down."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Take no such call."""


Told: TypeAlias = Gather | Record | Join | Redirect | HangUp | Reject


def told(text: str) -> Told:
    """Read an answer.

    Raises:
        LineFailed: no carrier could obey it.
    """
    try:
        root = fromstring(text.encode())  # noqa: S314 - what a line of ours answered, on this machine
    except ParseError as error:
        raise _fault("no XML") from error
    if root.tag != "Response" or root.attrib or not len(root):
        raise _fault("no Response with a verb")
    for verb in root:
        _check(verb)
    first = root[0]
    match first.tag:
        case "Hangup":
            return HangUp()
        case "Reject":
            return Reject()
        case "Redirect":
            return Redirect(next=_url(first))
        case "Gather" | "Record" | "Dial":
            return _asking(first, tuple(root)[1:])
        case _:
            raise _fault(f"{first.tag} where nobody would hear a key")


def _asking(verb: Element, rest: tuple[Element, ...]) -> Told:
    at = verb.attrib
    if [(one.tag, one.text) for one in rest] != [("Redirect", at.get("action"))]:
        raise _fault(f"{verb.tag} that nothing follows, should it bring nothing")
    if verb.tag == "Gather":
        return _gather(verb)
    if verb.tag == "Record":
        return Record(
            next=at["action"],
            finish_on=at.get("finishOnKey", _ANY_KEY),
            silence_ms=int(at["timeout"]) * 1000,
            most_ms=int(at.get("maxLength", _LONGEST_S)) * 1000,
            recorded=at.get("recordingStatusCallback", ""),
        )
    if len(verb) != 1 or not verb[0].text:
        raise _fault("Dial without a conference")
    return Join(next=at["action"], room=verb[0].text)


def _gather(verb: Element) -> Gather:
    at = verb.attrib
    words = "speech" in at.get("input", "dtmf").split()
    if len(verb) > 1 or (words and "speechTimeout" not in at):
        raise _fault("Gather with more than one sound, or with words that nothing ends")
    inside = verb[0] if len(verb) else None
    return Gather(
        next=at["action"],
        play=_url(inside) if inside is not None and inside.tag == "Play" else "",
        say=inside.text or "" if inside is not None and inside.tag == "Say" else "",
        hears_words=words,
        cut_by_words=at.get("bargeIn", "true") == "true",
        finish_on=at.get("finishOnKey", "#"),
        most_keys=int(at.get("numDigits", _MANY)),
        wait_ms=int(at["timeout"]) * 1000,
        pause_ms=int(at.get("speechTimeout", "0")) * 1000,
        most_ms=int(at.get("maxSpeechTime", "60")) * 1000,
        said=at.get("partialResultCallback", ""),
    )


def _check(verb: Element) -> None:
    known = _ATTRIBUTES.get(verb.tag)
    if known is None:
        raise _fault(f"a verb {verb.tag}")
    for name, value in verb.attrib.items():
        if name not in known or re.fullmatch(known[name], value) is None:
            raise _fault(f"{verb.tag} with {name}={value[:40]!r}")
    for required in {"action", "timeout"} & known.keys() - verb.attrib.keys():
        raise _fault(f"{verb.tag} without {required}")
    for inside in verb:
        if inside.tag not in _INSIDE.get(verb.tag, frozenset()):
            raise _fault(f"{inside.tag} inside {verb.tag}")
        _check(inside)


def _url(verb: Element) -> str:
    found = verb.text or ""
    if re.fullmatch(_URL, found) is None:
        raise _fault(f"{verb.tag} without an address")
    return found


def _fault(what: str) -> LineFailed:
    return LineFailed(f"an answer that no carrier obeys: {what}", provider="webhook")
