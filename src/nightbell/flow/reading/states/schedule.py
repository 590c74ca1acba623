"""The kind ``schedule``: opening hours."""

from __future__ import annotations

from typing import Literal

from nightbell.flow.model import Schedule
from nightbell.flow.reading.fields import Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class ScheduleSchema(StateSchema):
    """Keys of a schedule."""

    kind: Literal["schedule"]
    open: Target
    """Where it leads in opening hours."""
    closed: Target
    """Where it leads outside of them."""
    holiday: Target
    """Where it leads on a public holiday."""


def build(schema: ScheduleSchema, maker: Maker) -> Schedule:
    """Make the state."""
    return Schedule(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        open=schema.open,
        closed=schema.closed,
        holiday=schema.holiday,
    )


KIND = Kind("schedule", ScheduleSchema, build)
