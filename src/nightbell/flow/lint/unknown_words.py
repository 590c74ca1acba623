"""NB343: a phrase with words that the recogniser does not know: however clearly it is said, it is never heard."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.listened import Listened, listened, place_of, spellings
from nightbell.flow.lint.rule import Finding, Rule, Sounds, Subject

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    if not subject.sounds:
        return
    covered = spellings(subject.flow)
    for phrase in listened(subject.flow):
        for word in _words(phrase):
            if not _known(word, subject.sounds) and not _covered(covered.get(word, ()), subject.sounds):
                hint = _hint(word, subject.sounds.near.get(word, ()))
                message = f"the recogniser does not know {word!r}: {phrase.phrase!r} is never heard"
                yield Finding(place_of(subject.places, phrase), RULE.code, message, hint)


def _words(phrase: Listened) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase.phrase.lower().replace("\u2019", "'").split()))


def _known(word: str, sounds: Sounds) -> bool:
    return word in sounds.says


def _covered(ways: tuple[str, ...], sounds: Sounds) -> bool:
    return any(all(_known(part, sounds) for part in way.split()) for way in ways)


def _hint(word: str, near: tuple[str, ...]) -> str:
    if near:
        others = " or ".join(repr(one) for one in near)
        return f"it knows {others}: write that, or what it sounds like, sounds_like: {{{word}: [...]}}"
    return f"write what it sounds like in words that are known, sounds_like: {{{word}: [...]}}, or another phrase"


RULE = Rule(
    code="NB343",
    about=Code(
        "A word that the recogniser does not know",
        "Closed questions are recognised with the words of the recogniser's own dictionary; a phrase with another "
        "word in it can never be heard. Use a word it knows, or tell under sounds_like how it writes the word: "
        "blanching: [branching]. Misspelt words are found here too. British spellings are often not known.",
    ),
    source="flow-engines 8",
    find=_find,
)
