"""Choices: the ways out of a menu and the categories of a collection, which are told apart in the same way."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import TypeVar

from pydantic import Field

from nightbell.document.node import Mapping, Scalar
from nightbell.flow.model import Choice
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.fields import ChoiceKey, Entry, Language, Number, Target
from nightbell.flow.reading.hearing import ChoicePhrases, Heard
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.states.once import names_fit, no_two_keys, no_two_phrases

__all__ = ["MAX_CHOICES", "CategorySchema", "ChoiceSchema", "build_choices", "choice_faults"]

MAX_CHOICES = 4
"""More than four spoken choices are not kept in mind; the fifth is asked in a second menu."""


class CategorySchema(Entry):
    """One answer of a collection."""

    key: ChoiceKey | None = None
    """1 to 8, for callers who never speak."""
    hear: ChoicePhrases
    """Phrases; (a|b), [x], <grammar> and {slot} are known."""
    not_hear: ChoicePhrases = Heard()
    """Phrases that this is not, though the recogniser may take them for it."""
    priority: Number = Field(default=0, ge=0, le=1000)
    """Wins over universals of a lower priority; 0 wins over none."""
    language: Language | None = None
    """The call goes on in this language."""


class ChoiceSchema(CategorySchema):
    """One way out of a menu."""

    next: Target
    """Where it leads."""


Category = TypeVar("Category", bound=CategorySchema)


def build_choices(choices: AnyMapping[str, Category], following: str = "") -> tuple[Choice, ...]:
    """Make the choices; those that lead nowhere of their own lead to ``following``."""
    return tuple(
        Choice(
            name=name,
            key=choice.key,
            hear=choice.hear.words,
            next=choice.next if isinstance(choice, ChoiceSchema) else following,
            not_hear=choice.not_hear.words,
            priority=choice.priority,
            fills=choice.hear.fills,
            language=choice.language or "",
            hear_in=choice.hear.words_in,
            not_hear_in=choice.not_hear.words_in,
        )
        for name, choice in choices.items()
    )


def choice_faults(name: Scalar, node: Mapping, names: Names, faults: Faults) -> None:
    """Find choices that are too many, keyless, or alike."""
    choices = node.mapping("choices")
    names_fit(choices, "choice", faults)
    no_two_keys(choices, faults)
    no_two_phrases(choices, ("hear",), names, faults)
    for key, choice in choices.items:
        no_two_phrases(Mapping(((key, choice),), key.place), ("hear", "not_hear"), names, faults)
        if isinstance(choice, Mapping) and choice.get("key") is None:
            faults.add(
                key.place, "NB147", f"choice {key.text!r} of {name.text!r} has no key", 'add key: "1" to "8"'
            )
    for key, _ in choices.items[MAX_CHOICES:]:
        hint = f"at most {MAX_CHOICES}; ask the rest in a second menu"
        faults.add(key.place, "NB144", f"{key.text!r} is one choice too many", hint)
