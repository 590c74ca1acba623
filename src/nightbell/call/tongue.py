"""Tongue: the words of one of a flow's languages - its questions, their grammars, yes, no and "say that again".

A call has one tongue at a time. A language without words is answered by keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from nightbell.call.lexicon import Lexicon, grammar, lexicon_of
from nightbell.call.step import Ask, Step
from nightbell.call.words import normal
from nightbell.flow.model import Answers, Flow
from nightbell.terms.phrase import Phrase

__all__ = ["FIRST", "Tongue", "tongues_of"]

FIRST: Final = ""
"""Name of the flow's first language in a call's memory."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language."""

    language: str
    """ISO 639-1; FIRST for the flow's first."""
    answers: Answers
    asks: Mapping[str, Ask]
    """Questions with this language's phrases in them."""
    lexicons: Mapping[str, Lexicon]
    again: frozenset[str]
    """Normal phrases that ask for the prompt again."""
    yes: frozenset[str]
    """Normal phrases that say yes to "did you say ...?"."""
    confirming: tuple[Phrase, ...]
    """The grammar of that question."""


def tongues_of(flow: Flow, steps: Mapping[str, Step]) -> dict[str, Tongue]:
    """Return the tongues of a flow, by the language's name in a call's memory."""
    asks = {name: step for name, step in steps.items() if isinstance(step, Ask)}
    first = Answers(language=FIRST, yes=flow.yes, no=flow.no, not_sure=flow.not_sure, again=flow.again)
    tongues = {FIRST: _tongue(flow, first, asks)}
    given = {answers.language: answers for answers in flow.answers_in}
    for language in flow.languages[1:]:
        answers = given.get(language, Answers(language=language))
        tongues[language] = _tongue(flow, answers, {name: _spoken_in(ask, language) for name, ask in asks.items()})
    return tongues


def _tongue(flow: Flow, answers: Answers, asks: Mapping[str, Ask]) -> Tongue:
    return Tongue(
        language=answers.language,
        answers=answers,
        asks=asks,
        lexicons={name: lexicon_of(ask, answers, flow.sounds_like) for name, ask in asks.items()},
        again=frozenset(normal(text) for text in answers.again),
        yes=frozenset(normal(text) for text in answers.yes),
        confirming=grammar((*answers.yes, *answers.no, *answers.not_sure, *answers.again), flow.sounds_like),
    )


def _spoken_in(ask: Ask, language: str) -> Ask:
    answers = tuple(
        replace(
            possible,
            phrases=dict(possible.phrases_in).get(language, ()),
            not_hear=dict(possible.not_hear_in).get(language, ()),
        )
        for possible in ask.answers
    )
    return replace(ask, answers=answers)
