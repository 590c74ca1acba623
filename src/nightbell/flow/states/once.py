"""Once: what may stand only once beside its neighbours - keys, phrases, names."""

from __future__ import annotations

from nightbell.document.node import Mapping, Scalar, Sequence
from nightbell.errors import PatternError
from nightbell.flow.checked import Faults
from nightbell.flow.fields import MAX_PHRASES, NAME
from nightbell.flow.pattern import expand, parse

__all__ = ["names_fit", "no_two_keys", "no_two_phrases"]


def names_fit(entries: Mapping, what: str, faults: Faults, taken: frozenset[str] = frozenset()) -> None:
    """Find names that are no names, or are taken."""
    for key, _ in entries.items:
        if not NAME.fullmatch(key.text):
            hint = "use lower-case letters, digits and _, beginning with a letter, at most 64"
            faults.add(key.place, "NB126", f"{key.text!r} is no name for a {what}", hint)
        elif key.text in taken:
            faults.add(key.place, "NB126", f"{key.text!r} is taken by a prompt's name", "choose another name")


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


def no_two_phrases(entries: Mapping, lists: tuple[str, ...], faults: Faults) -> None:
    """Find phrases that mean two things, across the named lists of all entries."""
    first: dict[str, tuple[str, str]] = {}
    for name, entry in entries.items:
        for which in lists:
            heard = entry.get(which) if isinstance(entry, Mapping) else None
            for item in heard.items if isinstance(heard, Sequence) else ():
                for phrase in _phrases(item):
                    before = first.setdefault(phrase, (name.text, which))
                    if before != (name.text, which):
                        hint = f"it already stands in {before[1]} of {before[0]!r}; keep it in one place"
                        faults.add(item.place, "NB143", f"{phrase!r} has two meanings", hint)


def _phrases(item: object) -> tuple[str, ...]:
    if not isinstance(item, Scalar):
        return ()
    try:
        return tuple(" ".join(words) for words in expand(parse(item.text), MAX_PHRASES))
    except PatternError:
        return ()  # the schema reports it
