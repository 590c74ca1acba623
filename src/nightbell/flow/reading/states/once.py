"""Once: what may stand only once beside its neighbours - keys, phrases, names."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.node import Mapping, Node, Scalar
from nightbell.errors import PatternError
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.fields import NAME
from nightbell.flow.reading.grammars import texts_in
from nightbell.flow.reading.names import Names

__all__ = ["names_fit", "no_two_keys", "no_two_phrases"]

_MERGE = "<<"


def names_fit(entries: Mapping, what: str, faults: Faults, taken: frozenset[str] = frozenset()) -> None:
    """Find names that are no names, or are taken."""
    for key, _ in entries.items:
        if key.text == _MERGE:
            hint = "merge keys are not known here; write the entry out, or put it into a fragment"
            faults.add(key.place, "NB126", f"{key.text!r} is no name for a {what}", hint)
        elif not NAME.fullmatch(key.text):
            hint = "use lower-case letters, digits and _, beginning with a letter, at most 64"
            faults.add(key.place, "NB126", f"{key.text!r} is no name for a {what}", hint)
        elif key.text in taken:
            faults.add(
                key.place, "NB126", f"{key.text!r} is taken", "it means something already; choose another name"
            )


def no_two_keys(entries: Mapping, faults: Faults) -> None:
    """Find entries with the same ``key``."""
    first: dict[str, str] = {}
    for name, entry in entries.items:
        key = entry.get("key") if isinstance(entry, Mapping) else None
        if not isinstance(key, Scalar):
            continue
        if key.text in first:
            hint = f"it is the key of {first[key.text]!r}; give one of them another"
            faults.add(key.place, "NB142", f"key {key.text} stands here twice", hint)
        first.setdefault(key.text, name.text)


def no_two_phrases(entries: Mapping, lists: tuple[str, ...], names: Names, faults: Faults) -> None:
    """Find phrases that mean two things in one language, across the named lists of all entries."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for name, entry in entries.items:
        for which in lists:
            for language, item, phrase in _heard(entry, which, names):
                before = first.setdefault((language, phrase), (name.text, which))
                if before != (name.text, which):
                    hint = f"it already stands in {before[1]} of {before[0]!r}; keep it in one place"
                    faults.add(item.place, "NB143", f"{phrase!r} has two meanings", hint)


def _heard(entry: Node, which: str, names: Names) -> Iterator[tuple[str, Scalar, str]]:
    heard = entry.get(which) if isinstance(entry, Mapping) else None
    for language, items in texts_in(heard, names.languages):
        for item in items:
            try:
                phrases = names.vocabulary.phrases(item.text, language)
            except PatternError:
                continue  # the schema reports it
            for phrase, _ in phrases:
                yield language, item, phrase
