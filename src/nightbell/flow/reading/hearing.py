"""Hearing: what a caller may say, as the files give it - a list, or a list per language - with its faults.

Closed answers are listed phrase by phrase with what their slots fill; a universal's patterns stay patterns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

from pydantic import PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from nightbell.errors import PatternError, UnknownWords
from nightbell.flow.pattern import expand, parse
from nightbell.flow.reading.fields import fault, several
from nightbell.flow.reading.grammars import MAX_PHRASES, Phrase
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.text import suggestion

__all__ = ["ChoicePhrases", "Grammar", "Heard", "Patterns", "Phrases", "SoundAlikes", "pattern_fault"]

_Reading: TypeAlias = Callable[[str, str], tuple[Phrase, ...]]
"""Text and language to phrases."""
_SHAPE: Final = list[str] | dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Heard:
    """Phrases or patterns by language, each once and in written order."""

    first: tuple[Phrase, ...] = ()
    """In the flow's first language; a pattern fills nothing."""
    others: tuple[tuple[str, tuple[Phrase, ...]], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The phrases of the first language."""
        return tuple(said for said, _ in self.first)

    @property
    def words_in(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Language to its phrases, for the others."""
        return tuple((language, tuple(said for said, _ in phrases)) for language, phrases in self.others)

    @property
    def fills(self) -> tuple[Phrase, ...]:
        """Phrase to what it fills, for those that fill something, in all languages."""
        every = [*self.first, *(phrase for _, phrases in self.others for phrase in phrases)]
        return tuple({said: fills for said, fills in reversed(every) if fills}.items())[::-1]


def pattern_fault(error: PatternError) -> PydanticCustomError:
    """Return a pattern's fault with its code."""
    code = "NB196" if isinstance(error, UnknownWords) else "NB146"
    return fault(code, error.message, error.hint, error.offset)


def _listed(value: Any, names: Names, read: _Reading) -> Heard:
    """Read a list, or a list per language; every fault in it at once."""
    read = _unless_unread(read, names)
    faults: list[tuple[tuple[str | int, ...], PydanticCustomError]] = []
    if isinstance(value, dict):
        found = {}
        for language, items in value.items():
            if language not in names.languages and names.all_languages:
                hint = suggestion(language, names.languages, "languages: " + ", ".join(names.languages))
                message = f"{language!r} is no language of this flow"
                faults.append(((language, "[key]"), fault("NB197", message, hint)))
            found[language] = _items(items, (language,), language, read, faults)
        if not value:
            faults.append(((), PydanticCustomError("too_short", "empty", {"min_length": 1})))
    else:
        found = {names.languages[0]: _items(value, (), names.languages[0], read, faults)}
    if faults:
        raise several(faults)
    return Heard(
        found.get(names.languages[0], ()),
        tuple((language, found[language]) for language in names.languages[1:] if language in found),
    )


def _items(
    items: Any,
    path: tuple[str | int, ...],
    language: str,
    read: _Reading,
    faults: list[tuple[tuple[str | int, ...], PydanticCustomError]],
) -> tuple[Phrase, ...]:
    if not isinstance(items, list):
        faults.append((path, PydanticCustomError("tuple_type", "a list is wanted")))
        return ()
    if not items:
        faults.append((path, PydanticCustomError("too_short", "empty", {"min_length": 1})))
    found: dict[str, Phrase] = {}
    for number, item in enumerate(items):
        if not isinstance(item, str):
            faults.append(((*path, number), PydanticCustomError("string_type", "text is wanted")))
            continue
        try:
            for phrase in read(item, language):
                found.setdefault(phrase[0], phrase)
        except PatternError as error:
            faults.append(((*path, number), pattern_fault(error)))
    return tuple(found.values())


def _unless_unread(read: _Reading, names: Names) -> _Reading:
    """Let unknown names pass while a file could not be read: they may stand in that one."""

    def patient(text: str, language: str) -> tuple[Phrase, ...]:
        try:
            return read(text, language)
        except UnknownWords:
            if names.all_states:
                raise
            return ()

    return patient


def _choice(value: Any, info: ValidationInfo[Names]) -> Heard:
    return _listed(value, info.context, info.context.vocabulary.phrases)


def _phrases(value: Any, info: ValidationInfo[Names]) -> Heard:
    vocabulary = info.context.vocabulary

    def read(text: str, language: str) -> tuple[Phrase, ...]:
        phrases = vocabulary.phrases(text, language)
        if any(fills for _, fills in phrases):
            hint = "only the hear: of a choice can fill a slot; name a grammar without slots instead"
            raise UnknownWords(f"{text!r} fills a slot here", offset=max(text.find("{"), 0), hint=hint)
        return phrases

    return _listed(value, info.context, read)


def _patterns(value: Any, info: ValidationInfo[Names]) -> Heard:
    vocabulary = info.context.vocabulary
    return _listed(
        value, info.context, lambda text, language: tuple((one, ()) for one in vocabulary.patterns(text, language))
    )


def _grammar(value: Any, info: ValidationInfo[Names]) -> Heard:
    """Read a grammar: with slots, for choices, or gaps, for universals; each use finds what does not fit."""
    vocabulary = info.context.vocabulary

    def read(text: str, language: str) -> tuple[Phrase, ...]:
        if "..." in text or "…" in text:
            return tuple((one, ()) for one in vocabulary.patterns(text, language))
        return vocabulary.phrases(text, language)

    return _listed(value, info.context, read)


def _plain(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise PydanticCustomError("tuple_type", "a list is wanted")
    faults: list[tuple[tuple[str | int, ...], PydanticCustomError]] = []
    found: list[str] = []
    for number, item in enumerate(value):
        if not isinstance(item, str):
            faults.append(((number,), PydanticCustomError("string_type", "text is wanted")))
            continue
        try:
            found += [" ".join(words) for words in expand(parse(item), MAX_PHRASES)]
        except PatternError as error:
            faults.append(((number,), pattern_fault(error)))
    if not value:
        faults.append(((), PydanticCustomError("too_short", "empty", {"min_length": 1})))
    if faults:
        raise several(faults)
    return tuple(dict.fromkeys(found))


ChoicePhrases: TypeAlias = Annotated[Heard, PlainValidator(_choice, json_schema_input_type=_SHAPE)]
"""A choice: every phrase it stands for, and what its slots fill."""
Phrases: TypeAlias = Annotated[Heard, PlainValidator(_phrases, json_schema_input_type=_SHAPE)]
"""Another closed answer: every phrase it stands for."""
Patterns: TypeAlias = Annotated[Heard, PlainValidator(_patterns, json_schema_input_type=_SHAPE)]
"""What is heard anywhere in free speech."""
Grammar: TypeAlias = Annotated[Heard, PlainValidator(_grammar, json_schema_input_type=_SHAPE)]
"""Phrases that other phrases name."""
SoundAlikes: TypeAlias = Annotated[tuple[str, ...], PlainValidator(_plain, json_schema_input_type=list[str])]
"""Spellings of one word by its sound."""
