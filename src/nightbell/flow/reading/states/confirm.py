"""The kind ``confirm``: read something back and ask whether it is right."""

from __future__ import annotations

from typing import Literal

from nightbell.flow.model import Confirm
from nightbell.flow.reading.fields import Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import RepromptsSchema, Say, StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class ConfirmSchema(StateSchema):
    """Keys of a read-back."""

    kind: Literal["confirm"]
    say: Say
    """Reads it back and asks whether it is right."""
    yes: Target
    """Where a yes leads."""
    no: Target
    """Where a no leads."""
    unclear: Target
    """Where silence and mumbling lead once the tries are used up."""
    reprompts: RepromptsSchema = RepromptsSchema()
    """The state's own, over the flow's."""


def build(schema: ConfirmSchema, maker: Maker) -> Confirm:
    """Make the state."""
    return Confirm(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        yes=schema.yes,
        no=schema.no,
        unclear=schema.unclear,
        reprompts=maker.reprompts(schema.reprompts),
    )


KIND = Kind("confirm", ConfirmSchema, build)
