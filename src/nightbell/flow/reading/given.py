"""Given: what the files define by name - states, facts, results with their categories, counters.

It works on the nodes so that a file with faults still gives its names, and a fault does not raise others.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from typing import Final

from nightbell.document.node import Mapping, Node, Scalar
from nightbell.flow.reading.clinic import facts_of
from nightbell.flow.reading.dialogs import Written
from nightbell.flow.reading.grammars import Vocabulary, texts_in
from nightbell.flow.reading.languages import languages_of
from nightbell.flow.reading.names import Names

__all__ = ["Given", "names_of", "what_is_given"]

_PHONE: Final = "callback_number"
_KNOWN: Final = ("known", "unknown")
_CATEGORIES: Final = {"yes_no": ("yes", "no", "not_sure"), "digits": _KNOWN, "words": _KNOWN}


@dataclass(frozen=True, slots=True)
class Given:
    """What states give to branches; a result without categories is one that could not be read."""

    results: AnyMapping[str, tuple[str, ...]]
    counters: tuple[str, ...]

    def over(self, names: Names) -> Names:
        """Return the names with the results and counters in them."""
        return replace(names, results=self.results, counters=self.counters)


def names_of(flow: Mapping | None, clinic: Mapping | None, *, all_states: bool) -> Names:
    """Return what the files define, apart from what is known only when dialogs are written out.

    Args:
        flow: flow.yaml with its fragments, None where it could not be read.
        clinic: clinic.yaml, the same.
        all_states: whether every file of the flow could be read.
    """
    if flow is None:
        return Names(facts=facts_of(clinic), all_states=all_states, all_facts=clinic is not None)
    languages, sound = languages_of(flow)
    return Names(
        states=_keys(flow, "states"),
        facts=facts_of(clinic),
        all_states=all_states,
        all_facts=clinic is not None,
        universals=_keys(flow, "universals"),
        dialogs=_keys(flow, "dialogs"),
        languages=languages,
        all_languages=sound,
        vocabulary=Vocabulary.of(flow, languages),
    )


def what_is_given(states: Iterable[Written], names: Names) -> Given:
    """Collect results with their categories, and counters, of all states that are written out."""
    states = tuple(states)
    vocabulary = names.vocabulary
    texts = [text for languages in vocabulary.grammars.values() for each in languages.values() for text in each]
    for written in states:
        texts += _hearable(written.node, names)
    results: dict[str, dict[str, None]] = {
        slot: dict.fromkeys(categories)
        for slot, categories in vocabulary.slots.items()
        if any(slot in text and "{" in text for text in texts)
    }
    counters: dict[str, None] = {}
    for written in states:
        counter = _text(written.node, "counts")
        if counter:
            counters[counter] = None
        result = _text(written.node, "result")
        categories = _categories(written.node)
        if result and result != _PHONE:
            results.setdefault(written.names.result(result), {}).update(dict.fromkeys(categories))
    return Given({name: tuple(categories) for name, categories in results.items()}, tuple(counters))


def _hearable(state: Node, names: Names) -> list[str]:
    """Return the lines of what is heard for the choices of a state."""
    found: list[str] = []
    for _, choice in state.mapping("choices").items if isinstance(state, Mapping) else ():
        heard = choice.get("hear") if isinstance(choice, Mapping) else None
        found += [item.text for _, items in texts_in(heard, names.languages) for item in items]
    return found


def _categories(node: Node) -> tuple[str, ...]:
    kind, of = _text(node, "kind"), _text(node, "type")
    if isinstance(node, Mapping) and (kind == "menu" or (kind == "collect" and of == "choice")):
        return _keys(node, "choices")
    return _CATEGORIES.get(of, ()) if kind == "collect" else ()


def _keys(node: Mapping, key: str) -> tuple[str, ...]:
    return tuple(name.text for name, _ in node.mapping(key).items)


def _text(node: Node, key: str) -> str:
    found = node.get(key) if isinstance(node, Mapping) else None
    return found.text if isinstance(found, Scalar) else ""
