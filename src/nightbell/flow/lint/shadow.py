"""NB324: a red flag that is not heard because something else takes its words first.

What it then leads to is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.phrases import heard_by, place_of, said_by
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Choice, Collect, Menu, State, Universal
from nightbell.flow.saying import says_pattern
from nightbell.flow.wording import words_of

__all__ = ["RULE"]

_OPENINGS: Final = ("", "i", "my", "the", "it", "it's", "she", "he", "help", "please", "hello", "yes", "now")
"""Words that a caller puts before the sign."""


def _find(subject: Subject) -> Iterator[Finding]:
    flags = [universal for universal in subject.flow.universals if universal.floor]
    for state in subject.flow.states:
        for choice in state.choices if isinstance(state, Menu | Collect) else ():
            yield from _by_choice(subject, state, choice, flags)
    for flag in flags:
        yield from _by_others(subject, flag)
        yield from _by_itself(subject, flag)


def _by_choice(subject: Subject, state: State, choice: Choice, flags: list[Universal]) -> Iterator[Finding]:
    path = ("states", state.name, "choices", choice.name, "hear")
    phrases = (*choice.hear, *(phrase for _, several in choice.hear_in for phrase in several))
    for phrase in phrases:
        for flag in flags:
            if choice.priority > flag.priority and heard_by(flag, phrase):
                message = f"{phrase!r} means {choice.name!r} here, and the red flag {flag.name!r} is not heard"
                hint = f"take the phrase out, or the choice's priority down below {flag.priority}"
                yield Finding(place_of(subject, phrase, *path), RULE.code, message, hint)


def _by_others(subject: Subject, flag: Universal) -> Iterator[Finding]:
    """Find universals that are heard before a more urgent one."""
    rank = flag.floor.rank if flag.floor else 0
    before = [
        other
        for other in subject.flow.universals
        if other.priority > flag.priority and (other.floor is None or other.floor.rank < rank)
    ]
    for other in before:
        taken = next(
            (
                f"{opening} {phrase}".strip()
                for opening in _OPENINGS
                for pattern in flag.hear
                for phrase in said_by(pattern)
                if heard_by(other, f"{opening} {phrase}")
            ),
            None,
        )
        if taken:
            place = subject.places.of("universals", other.name, "priority", value=True)
            message = f"{taken!r} is heard as {other.name!r} before the red flag {flag.name!r}"
            yield Finding(place, RULE.code, message, f"give {other.name!r} a priority below {flag.priority}")


def _is_taken(flag: Universal, text: str) -> bool:
    """Tell whether what one of a flag's patterns says is taken away by the flag's own ``unless``."""
    said = words_of(text)
    # Few phrases say one of ``unless``: asked first, since every pattern of the flag takes a hundred times longer.
    return any(says_pattern(pattern, said) for pattern in flag.unless) and not heard_by(flag, text)


def _openings(flag: Universal) -> tuple[str, ...]:
    """Return the words before a phrase that ``unless`` may need to be said: those that it begins with."""
    ways = [said_by(pattern) for pattern in flag.unless]
    if not all(ways):
        return _OPENINGS  # a pattern with too many ways to be looked at
    first = {words_of(way)[:1] for each in ways for way in each}
    return ("", *(opening for opening in _OPENINGS if opening and words_of(opening)[:1] in first))


def _by_itself(subject: Subject, flag: Universal) -> Iterator[Finding]:
    """Find patterns of which the universal's own ``unless`` takes something away."""
    openings = _openings(flag)
    for number, pattern in enumerate(flag.hear if flag.unless else ()):
        taken = next(
            (
                f"{opening} {phrase}".strip()
                for phrase in said_by(pattern)
                for opening in openings
                if _is_taken(flag, f"{opening} {phrase}")
            ),
            None,
        )
        if taken:
            place = subject.places.of("universals", flag.name, "hear", number, value=True)
            message = f"'unless' of {flag.name!r} takes {taken!r} away"
            hint = "make the pattern under unless: longer, so that it holds the words that make it harmless"
            yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB324",
    about=Code(
        "A red flag in the shadow of something else",
        "A phrase that means danger must be heard as danger wherever it is said. Here a choice or another "
        "phrase of higher priority takes it.",
    ),
    source="DESIGN 4.3; clinical R2",
    find=_find,
)
