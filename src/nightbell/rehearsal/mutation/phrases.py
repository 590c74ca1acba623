"""Phrases: what a mutant that only listens for other words does not hear any more, and which scripts say it.

A script whose caller never says such a phrase makes the same call on that mutant, whatever steps it comes to: what
is said is matched by the phrases that it holds. Where anything else differs too, nothing is told of it here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nightbell.call.flags import says_pattern
from nightbell.call.step import Ask, Possible, Step
from nightbell.call.words import respell, words_of
from nightbell.rehearsal.mutation.sameness import NOT_CALLS, rest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nightbell.call.compile import Plan
    from nightbell.rehearsal.script import Script

__all__ = ["Reworded", "reworded"]

_LISTS = ("yes", "no", "not_sure", "again")
_NOT_COMPARED = NOT_CALLS | frozenset(_LISTS)


@dataclass(frozen=True, slots=True)
class Reworded:
    """Words that one plan listens for and another does not."""

    phrases: frozenset[tuple[str, ...]]
    patterns: frozenset[str]
    sounds_like: tuple[tuple[str, tuple[str, ...]], ...]

    def is_said_in(self, script: Script) -> bool:
        """Tell whether a caller says any of it, in words or in the first words of words that were broken off."""
        return any(self._is_in(words_of(answer.words)) for answer in script.spoken)

    def _is_in(self, words: tuple[str, ...]) -> bool:
        readings = {words, respell(words, self.sounds_like)}
        if any(_holds(reading, phrase) for reading in readings for phrase in self.phrases):
            return True
        begun = {reading[:end] for reading in readings for end in range(1, len(reading) + 1)}
        return any(says_pattern(pattern, reading) for pattern in self.patterns for reading in begun)


def reworded(one: Plan, two: Plan) -> Reworded | None:
    """Return the words that only one of two plans listens for; None where they differ in anything else."""
    if _silent(one) != _silent(two):
        return None
    lists = {words_of(text) for name in _LISTS for text in {*getattr(one.flow, name)} ^ {*getattr(two.flow, name)}}
    asked = set(_phrases(one.steps.values())) ^ set(_phrases(two.steps.values()))
    heard = set(_patterns(one)) ^ set(_patterns(two))
    return Reworded(
        phrases=frozenset(lists | {words_of(text) for *_, text in asked}),
        patterns=frozenset(pattern for _, pattern in heard),
        sounds_like=one.flow.sounds_like,
    )


def _silent(plan: Plan) -> tuple[object, ...]:
    """Return all of a plan but the words that it listens for."""
    return (
        plan.edges,
        plan.counts,
        plan.marks,
        plan.ahead,
        plan.safe_answers,
        plan.worried,
        {name: _without_words(step) for name, step in plan.steps.items()},
        {name: tuple(each.name for each in heeded) for name, heeded in plan.heeds.items()},
        [replace(each, hear=(), unless=()) for each in plan.universals],
        rest_of(plan.flow, _NOT_COMPARED),
    )


def _without_words(step: Step) -> Step:
    if not isinstance(step, Ask) or step.confirm is not None:  # "did you say ...?" says the first of them
        return step
    return replace(step, answers=tuple(replace(each, phrases=(), not_hear=(), fills=()) for each in step.answers))


def _phrases(steps: Iterable[Step]) -> Iterator[tuple[str, str, object, str]]:
    """Yield each phrase of each question with where it stands, the phrase last."""
    for step in steps:
        for each in step.answers if isinstance(step, Ask) else ():
            yield from ((step.id, each.category, what, text) for what, text in _said(each))


def _said(each: Possible) -> Iterator[tuple[object, str]]:
    fills = dict(each.fills)
    yield from ((fills.get(text, ()), text) for text in each.phrases)
    yield from (("not", text) for text in each.not_hear)


def _patterns(plan: Plan) -> Iterator[tuple[str, str]]:
    for each in plan.universals:
        yield from ((each.name, pattern) for pattern in (*each.hear, *each.unless))


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    ends = len(words) - len(phrase) + 1
    return bool(phrase) and any(words[at : at + len(phrase)] == phrase for at in range(ends))
