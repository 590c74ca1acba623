"""The kind ``deflect``: turn a booking away from the clinician, with words."""

from __future__ import annotations

from typing import Literal

from nightbell.flow.model import Deflect
from nightbell.flow.reading.fields import Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import Say, StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class DeflectSchema(StateSchema):
    """Keys of a deflection."""

    kind: Literal["deflect"]
    say: Say
    """What happens to the booking."""
    next: Target
    """Where it leads."""


def build(schema: DeflectSchema, maker: Maker) -> Deflect:
    """Make the state."""
    return Deflect(
        name=maker.name, line=maker.line, timers=maker.timers, say=maker.prompt(schema.say), next=schema.next
    )


KIND = Kind("deflect", DeflectSchema, build)
