"""Subjects for the rules that need sound: the tests' sound flow, broken in one place, with lengths and sounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.flow.sound import CLINIC, FILES

from nightbell.flow.lint.rule import Finding, Rule, Sounds, Subject
from nightbell.flow.reading.reader import read_with_places

# As the pinned Vosk model has them (speech.pronouncing).
SAYS = {
    "worried": "W ER IY D", "it": "IH T", "hurts": "HH ER T S", "aches": "EY K S",
    "appointments": "AX P OY N T M AX N T S", "booking": "B UH K IH NG", "please": "P L IY Z",
    "looking": "L UH K IH NG", "book": "B UH K", "look": "L UH K", "is": "IH Z", "blurred": "B L ER D",
    "pink": "P IH NG K", "white": "W AY T", "right": "R AY T", "fine": "F AY N", "nine": "N AY N",
    "fading": "F EY D IH NG", "fainting": "F EY N T IH NG", "yes": "Y EH S", "yeah": "Y AE", "yep": "Y EH P",
    "no": "N OW", "nope": "N OW P", "not": "N AA T", "sure": "SH UH R", "i'm": "AY M", "i": "AY",
    "don't": "D OW N T", "know": "N OW", "say": "S EY", "that": "DH AE T", "again": "AX G EH N",
    "repeat": "R IH P IY T", "branching": "B R AE N CH IH NG",
}  # fmt: skip
SOUNDS = Sounds(says={word: (phones,) for word, phones in SAYS.items()}, near={"yess": ("yes", "yeas")})


FILE = "harbour/flow.yaml"
MEANING_FIRST = (
    FILES[FILE]
    .replace("Press one if you are worried.", "If you are worried, press one.")
    .replace("Press nine if it gets worse.", "If it gets worse, press nine.")
)


def subject(*changes: tuple[str, str], **known: Any) -> Subject:
    """Return the flow of the tests with each ``old`` replaced by ``new``; each must stand there once."""
    text = MEANING_FIRST
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {FILE}"
        text = text.replace(old, new)
    loaded = read_with_places({**FILES, FILE: text}, CLINIC)
    return Subject(flow=loaded.flow, places=loaded.places, **{"sounds": SOUNDS, **known})


def found(rule: Rule, *changes: tuple[str, str], **known: Any) -> list[Finding]:
    """Return what a rule finds in the changed flow."""
    return list(rule.find(subject(*changes, **known)))


def lengths(**ms: int) -> Mapping[str, int]:
    """Return lengths by prompt name, ``__`` standing for a full stop."""
    return {name.replace("__", "."): value for name, value in ms.items()}
