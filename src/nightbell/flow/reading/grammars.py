"""Grammars: the flow's named lists of phrases and its slots, put in where a phrase names them.

``<worried>`` stands for one of the phrases of the grammar ``worried``; ``{area}`` for one of the words of the slot
``area``, whose category becomes a result. It lists the phrases of a closed answer with what they fill, and writes
the patterns of a universal out. It knows no flow: names and texts come from the files' nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Final, TypeAlias

from nightbell.document.node import Mapping as NodeMapping
from nightbell.document.node import Node, Scalar, Sequence
from nightbell.errors import PatternError, UnknownWords
from nightbell.flow.pattern import LONGEST, expand, parse
from nightbell.flow.reading.text import suggestion

__all__ = ["MAX_LISTED", "MAX_PHRASES", "Phrase", "Vocabulary", "texts_in"]

MAX_PHRASES: Final = 64
"""Phrases one line may stand for by its brackets: a recogniser's grammar stays small."""
MAX_LISTED: Final = 512
"""Phrases one line may stand for with grammars and slots put in."""
MAX_ALL: Final = 100_000
"""Phrases of a whole flow, so that no file can fill the memory. Rosewood has under 300."""
MAX_WITHIN: Final = 8
"""Grammars within grammars."""

_NAMED: Final = re.compile(r"<([^<>{}]*)>|\{([^<>{}]*)\}")
_FIRST_SIGN: Final = 0x12000
"""Stands for the first reference while brackets are read: letters of a script that nobody speaks any more."""

Fills: TypeAlias = tuple[tuple[str, str], ...]
Phrase: TypeAlias = tuple[str, Fills]
"""The words, and slot to category."""


@dataclass(frozen=True, slots=True)
class _Reference:
    text: str
    offset: int
    grammar: str
    slot: str


@dataclass(slots=True)
class Vocabulary:
    """What phrases may name. Texts are by language."""

    grammars: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    slots: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    """Slot to category to language to words."""
    _listed: dict[tuple[str, str], tuple[Phrase, ...]] = field(default_factory=dict)
    """Line and language to its phrases; the next two are the same for whole grammars, so that grammars that stand
    in each other are read once, however often they are named."""
    _grammar: dict[tuple[str, str], tuple[Phrase, ...]] = field(default_factory=dict)
    _written: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _total: int = 0

    @classmethod
    def of(cls, flow: NodeMapping, languages: tuple[str, ...]) -> Vocabulary:
        """Collect what the files define; what is no list of texts is left out, the schema reports it."""
        grammars = {
            name.text: {
                language: tuple(item.text for item in items) for language, items in texts_in(node, languages)
            }
            for name, node in flow.mapping("grammars").items
        }
        slots = {
            name.text: {
                category.text: {
                    language: tuple(item.text for item in items) for language, items in texts_in(words, languages)
                }
                for category, words in (node.items if isinstance(node, NodeMapping) else ())
            }
            for name, node in flow.mapping("slots").items
        }
        return cls(grammars, slots)

    def phrases(self, text: str, language: str, within: tuple[str, ...] = ()) -> tuple[Phrase, ...]:
        """List what a line of a closed answer stands for, each phrase once.

        Args:
            text: the line, as the flow spells it.
            language: whose words are put in.
            within: the grammars on the way here.

        Raises:
            PatternError: the line cannot be read or stands for too many phrases.
            UnknownWords: it names what is not there.
        """
        known = self._listed.get((text, language))
        if known is not None:
            return known
        listed = self._list(text, language, within)
        if not within:
            self._count(len(listed))
            self._listed[text, language] = listed
        return listed

    def patterns(self, text: str, language: str, within: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Write a universal's pattern out: grammars put in, in as many patterns as their length asks for.

        Raises:
            PatternError: a pattern cannot be read.
            UnknownWords: it names what is not there, or a slot.
        """
        self._count(0)
        marked, references = _marked(text)
        parse(marked)
        slot = next((reference for reference in references if reference.slot), None)
        if slot is not None:
            hint = "only a choice can fill a slot; name a grammar in < > instead"
            raise UnknownWords(f"{slot.text} fills a slot in a universal", offset=slot.offset, hint=hint)
        whole = [text] if not references else [""]
        end = 0
        for reference in references:
            nested = self._nested(reference, language, within)
            before = text[end : reference.offset]
            end = reference.offset + len(reference.text)
            whole = [start + before + f"({one})" for start in whole for one in _grouped(nested, len(text))]
            if len(whole) > MAX_LISTED:
                raise _too_many(text, len(whole))
        if references:
            whole = list(dict.fromkeys(" ".join(f"{start}{text[end:]}".split()) for start in whole))
            for pattern in whole:
                _readable(pattern, references[0].offset)
        self._count(len(whole))
        return tuple(whole)

    def _count(self, more: int) -> None:
        self._total += more
        if self._total > MAX_ALL:
            raise PatternError(f"more than {MAX_ALL} phrases in all", offset=0, hint="cut the lists down")

    def _nested(self, reference: _Reference, language: str, within: tuple[str, ...]) -> tuple[str, ...]:
        """Write the patterns of a grammar out."""
        texts = self._texts(reference, language, within)
        written = self._written.get((reference.grammar, language))
        if written is None:
            found: list[str] = []
            for text in texts:
                try:
                    found += self.patterns(text, language, (*within, reference.grammar))
                except UnknownWords as error:
                    raise UnknownWords(error.message, offset=reference.offset, hint=error.hint) from error
                except PatternError as error:
                    raise _broken(reference) from error
            written = self._written[reference.grammar, language] = tuple(dict.fromkeys(found))
        return written

    def _list(self, text: str, language: str, within: tuple[str, ...]) -> tuple[Phrase, ...]:
        self._count(0)
        marked, references = _marked(text)
        pattern = parse(marked)
        meant = {
            chr(_FIRST_SIGN + number): self._meaning(reference, language, within)
            for number, reference in enumerate(references)
        }
        sequences = expand(pattern, MAX_PHRASES)
        count = sum(prod(len(meant[word]) for word in words if word in meant) for words in sequences)
        if count > MAX_LISTED:
            raise _too_many(text, count)
        found: dict[str, Fills] = {}
        for words in sequences:
            for choice in product(*(meant.get(word, ((word, ()),)) for word in words)):
                fills = dict(pair for _, several in choice for pair in several)
                found.setdefault(" ".join(said for said, _ in choice if said), tuple(fills.items()))
        return tuple(found.items())

    def _meaning(self, reference: _Reference, language: str, within: tuple[str, ...]) -> tuple[Phrase, ...]:
        if reference.grammar:
            texts = self._texts(reference, language, within)
            known = self._grammar.get((reference.grammar, language))
            if known is None:
                known = self._inside(reference, texts, language, (*within, reference.grammar))
                self._grammar[reference.grammar, language] = known
            return known
        categories = self.slots.get(reference.slot)
        if categories is None:
            raise self._unknown(reference, "slot", reference.slot, tuple(self.slots))
        found: list[Phrase] = []
        for category, by_language in categories.items():
            words = self._inside(reference, by_language.get(language, ()), language, (*within, ""))
            found += [(said, ((reference.slot, category),)) for said, _ in words]
        if not found:
            hint = f"add {language}: [words] to its categories"
            raise UnknownWords(
                f"{reference.text} has no words in {language!r}", offset=reference.offset, hint=hint
            )
        return tuple(found)

    def _inside(
        self, reference: _Reference, texts: tuple[str, ...], language: str, within: tuple[str, ...]
    ) -> tuple[Phrase, ...]:
        """List what a reference stands for. A fault in there is reported there too; here it is the reference's."""
        found: list[Phrase] = []
        for text in texts:
            try:
                found += self.phrases(text, language, within)
            except UnknownWords as error:
                raise UnknownWords(error.message, offset=reference.offset, hint=error.hint) from error
            except PatternError as error:
                raise _broken(reference) from error
            if len(found) > MAX_LISTED:
                raise _too_many(reference.text, len(found), reference.offset)
        return tuple(dict(reversed(found)).items())[::-1]

    def _texts(self, reference: _Reference, language: str, within: tuple[str, ...]) -> tuple[str, ...]:
        if reference.grammar in within:
            trail = " > ".join(filter(None, (*within, reference.grammar)))
            message, hint = f"{reference.text} stands for itself", f"the ring is {trail}"
            raise UnknownWords(message, offset=reference.offset, hint=hint)
        if len(within) > MAX_WITHIN:
            message, hint = "too many grammars in each other", f"at most {MAX_WITHIN}; lay them flatter"
            raise UnknownWords(message, offset=reference.offset, hint=hint)
        texts = self.grammars.get(reference.grammar)
        if texts is None:
            raise self._unknown(reference, "grammar", reference.grammar, tuple(self.grammars))
        found = texts.get(language, ())
        if not found:
            raise UnknownWords(
                f"{reference.text} has no phrases in {language!r}",
                offset=reference.offset,
                hint=f"add {language}: [phrases] to the grammar {reference.grammar}",
            )
        return found

    def _unknown(self, reference: _Reference, what: str, name: str, known: tuple[str, ...]) -> UnknownWords:
        otherwise = f"{what}s: " + ", ".join(known[:20]) if known else f"the flow has no {what}s:; add some"
        hint = suggestion(name, known, otherwise)
        return UnknownWords(f"there is no {what} {name!r}", offset=reference.offset, hint=hint)


def texts_in(node: Node | None, languages: tuple[str, ...]) -> Iterator[tuple[str, tuple[Scalar, ...]]]:
    """Yield language and texts of a list, or of a list per language; what is neither yields nothing."""
    if isinstance(node, Sequence):
        yield languages[0], tuple(item for item in node.items if isinstance(item, Scalar))
    elif isinstance(node, NodeMapping):
        for language, items in node.items:
            if isinstance(items, Sequence):
                yield language.text, tuple(item for item in items.items if isinstance(item, Scalar))


def _marked(text: str) -> tuple[str, tuple[_Reference, ...]]:
    """Put one letter in the place of each reference, in the same width, so that places stay right."""
    if len(text) > LONGEST:
        return text, ()  # refused by whoever reads it
    references: list[_Reference] = []

    def mark(match: re.Match[str]) -> str:
        sign = chr(_FIRST_SIGN + len(references))
        name = match.group(1) if match.group(1) is not None else match.group(2)
        kinds = (name.strip(), "") if match.group(1) is not None else ("", name.strip())
        references.append(_Reference(match.group(), match.start(), *kinds))
        return f" {sign} ".ljust(len(match.group()))[: max(len(match.group()), 2)]

    marked = _NAMED.sub(mark, text)
    nameless = next((each for each in references if not each.grammar and not each.slot), None)
    if nameless is not None:
        raise UnknownWords("no name between the brackets", offset=nameless.offset, hint="<grammar> or {slot}")
    return marked, tuple(references)


def _grouped(patterns: tuple[str, ...], besides: int) -> list[str]:
    """Join alternatives with | as long as a pattern may be."""
    groups: list[str] = []
    for pattern in patterns:
        if groups and len(groups[-1]) + len(pattern) + besides + 3 <= LONGEST:
            groups[-1] += f"|{pattern}"
        else:
            groups.append(pattern)
    return groups


def _readable(pattern: str, offset: int) -> None:
    try:
        parse(pattern)
    except PatternError as error:
        raise PatternError(
            f"with its grammar put in, {error.message}", offset=offset, hint="use shorter phrases"
        ) from error


def _broken(reference: _Reference) -> UnknownWords:
    hint = "mend it there, where the phrases stand; a closed answer has no ..."
    return UnknownWords(f"a phrase of {reference.text} cannot be used here", offset=reference.offset, hint=hint)


def _too_many(text: str, count: int, offset: int = 0) -> PatternError:
    hint = f"at most {MAX_LISTED}: split it or cut it down"
    return PatternError(f"{text!r} stands for {count} phrases", offset=offset, hint=hint)
