"""The kind ``menu``: a closed choice of at most four, by voice or key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nightbell.flow.model import Menu
from nightbell.flow.reading.fields import Result, Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import RepromptsSchema, Say, StateSchema
from nightbell.flow.reading.states.choices import MAX_CHOICES, ChoiceSchema, build_choices, choice_faults
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND", "MAX_CHOICES"]


class MenuSchema(StateSchema):
    """Keys of a menu."""

    kind: Literal["menu"]
    say: Say
    """The question, each key after its meaning."""
    choices: Annotated[dict[str, ChoiceSchema], Field(min_length=1)]
    """At most four."""
    unclear: Target
    """Where silence, mumbling and "not sure" lead once the tries are used up."""
    result: Result | None = None
    """A result whose category is the choice's name; a branch can read it later."""
    confirm: Say | None = None
    """Asked once of an answer heard with little confidence: Did you say {{ heard }}?"""
    reprompts: RepromptsSchema = RepromptsSchema()
    """The state's own, over the flow's."""


def build(schema: MenuSchema, maker: Maker) -> Menu:
    """Make the state."""
    return Menu(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        choices=build_choices(schema.choices),
        unclear=schema.unclear,
        reprompts=maker.reprompts(schema.reprompts),
        result=schema.result or "",
        confirm=maker.prompt(schema.confirm, "confirm") if schema.confirm else None,
    )


KIND = Kind("menu", MenuSchema, build, choice_faults)
