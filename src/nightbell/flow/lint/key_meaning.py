"""NB348: a key that a text gives another meaning than it has. That the meaning comes first is NB342's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import plain
from nightbell.flow.lint.opening import SIGNS
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken, is_english, sentences, spoken
from nightbell.flow.model import Collect, Confirm, Flow, Menu, Screen, State
from nightbell.flow.wording import normal

__all__ = ["RULE"]

_KEYS: Final = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9",
}  # fmt: skip
_KEY: Final = r"(?:one|two|three|four|five|six|seven|eight|nine|[1-9])"
_PRESSED: Final = re.compile(
    rf"\b(?:press|push|hit|key|choose)(?: the)?(?: (?:key|number|button))? ({_KEY})\b", re.IGNORECASE
)
_FOR: Final = re.compile(rf"\b({_KEY}) (?:for|is|means) (yes|no|not sure)\b", re.IGNORECASE)
_ALWAYS: Final = {"yes": "1", "no": "2", "not sure": "3"}
"""DESIGN rule 1."""
_MISTAKE: Final = re.compile(
    r"\b(?:mistake|mistakenly|error|accident|accidentally|wrong|not mean|didn't mean|unintended)\b", re.IGNORECASE
)
_MISTAKE_KEY: Final = "1"


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        if not is_english(said.language):
            continue
        if said.path == ("mistake",):
            yield from _mistake(said)
            continue
        meanings = _meanings(subject.flow, said.state)
        for sentence in sentences(plain(said.text)):
            for match in _FOR.finditer(sentence):
                yield from _compared(said, match.group(), {match.group(2).lower()}, _key(match.group(1)), _ALWAYS)
            before = 0
            for match in _PRESSED.finditer(sentence):
                words, before = sentence[before : match.start()], match.end()
                named = _named(words, meanings)
                if _key(match.group(1)) == "9" and SIGNS.search(words):
                    continue
                yield from _compared(said, match.group(), named, _key(match.group(1)), meanings)


def _compared(
    said: Spoken, words: str, named: set[str], key: str, meanings: Mapping[str, str]
) -> Iterator[Finding]:
    """Find a key whose words are all of one other key."""
    meant = {meanings[phrase] for phrase in named}
    if len(meant) == 1 and key not in meant:
        (right,) = meant
        phrase = max(named, key=len)
        hint = f"say the key that means it: {phrase!r} is key {right} here"
        yield Finding(said.place(words), RULE.code, f"{words!r} is said of {phrase!r}, which is key {right}", hint)


def _mistake(said: Spoken) -> Iterator[Finding]:
    keys = {_key(match.group(1)) for match in _PRESSED.finditer(plain(said.text))}
    if keys != {_MISTAKE_KEY} or not _MISTAKE.search(plain(said.text)):
        hint = "write: If you pressed nine by mistake, press one now. No other key takes the nine back"
        yield Finding(
            said.place(), RULE.code, "the offer does not say that key 1 takes a mistaken nine back", hint
        )


def _meanings(flow: Flow, state: State | None) -> dict[str, str]:
    """Return what callers may say there, each with the key of the same meaning."""
    if isinstance(state, Menu) or (isinstance(state, Collect) and state.type == "choice"):
        return {normal(phrase): choice.key for choice in state.choices if choice.key for phrase in choice.hear}
    asks = isinstance(state, Screen | Confirm) or (isinstance(state, Collect) and state.type == "yes_no")
    if not asks:
        return {}
    several = (("1", flow.yes), ("2", flow.no), ("3", flow.not_sure))
    return {**_ALWAYS, **{normal(phrase): key for key, phrases in several for phrase in phrases}}


def _named(words: str, meanings: Mapping[str, str]) -> set[str]:
    """Return the phrases that stand in some words, those within longer ones left out."""
    text = f" {normal(words)} "
    found = [phrase for phrase in sorted(meanings, key=len, reverse=True) if f" {phrase} " in text]
    kept: set[str] = set()
    for phrase in found:
        if f" {phrase} " in text:
            kept.add(phrase)
            text = text.replace(f" {phrase} ", " | ")
    return kept


def _key(word: str) -> str:
    return _KEYS.get(word.lower(), word)


RULE = Rule(
    code="NB348",
    about=Code(
        "A key that is said to mean something else",
        "Key 1 is yes, 2 is no, 3 is not sure and 9 the emergency, everywhere; in a menu each choice has its own. "
        "A text that says it otherwise has callers press no who mean yes.",
    ),
    source="DESIGN 4.1",
    find=_find,
)
