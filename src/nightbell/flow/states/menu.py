"""The kind ``menu``: a closed choice of at most four, by voice or key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nightbell.document.node import Mapping, Scalar
from nightbell.flow.checked import Faults
from nightbell.flow.fields import ChoiceKey, Entry, Target
from nightbell.flow.maker import Maker
from nightbell.flow.model import Choice, Menu
from nightbell.flow.schema import Phrases, RepromptsSchema, Say, StateSchema
from nightbell.flow.states.kind import Kind
from nightbell.flow.states.once import names_fit, no_two_keys, no_two_phrases

__all__ = ["KIND", "MAX_CHOICES"]

MAX_CHOICES = 4
"""More than four spoken choices are not kept in mind; the fifth is asked in a second menu."""


class ChoiceSchema(Entry):
    """One way out."""

    key: ChoiceKey | None = None
    hear: Phrases
    next: Target


class MenuSchema(StateSchema):
    """Keys of a menu."""

    kind: Literal["menu"]
    say: Say
    choices: Annotated[dict[str, ChoiceSchema], Field(min_length=1)]
    unclear: Target
    reprompts: RepromptsSchema = RepromptsSchema()


def build(schema: MenuSchema, maker: Maker) -> Menu:
    """Make the state."""
    return Menu(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        choices=tuple(
            Choice(
                name=name,
                key=choice.key,
                hear=tuple(dict.fromkeys(phrase for phrases in choice.hear for phrase in phrases)),
                next=choice.next,
            )
            for name, choice in schema.choices.items()
        ),
        unclear=schema.unclear,
        reprompts=maker.reprompts(schema.reprompts),
    )


def faults(name: Scalar, node: Mapping, faults: Faults) -> None:
    """Find choices that are too many, keyless, or alike."""
    choices = node.mapping("choices")
    names_fit(choices, "choice", faults)
    no_two_keys(choices, faults)
    no_two_phrases(choices, ("hear",), faults)
    for key, choice in choices.items:
        if isinstance(choice, Mapping) and choice.get("key") is None:
            faults.add(
                key.place, "NB147", f"choice {key.text!r} of {name.text!r} has no key", 'add key: "1" to "8"'
            )
    for key, _ in choices.items[MAX_CHOICES:]:
        hint = f"at most {MAX_CHOICES}; ask the rest in a second menu"
        faults.add(key.place, "NB144", f"{key.text!r} is one choice too many", hint)


KIND = Kind("menu", MenuSchema, build, faults)
