"""The kind ``escalate``: hold the caller while a person is got to the phone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nightbell.flow.model import Escalation
from nightbell.flow.reading.fields import Duration, Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import Say, StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class EscalateSchema(StateSchema):
    """Keys of an escalation."""

    kind: Literal["escalate"]
    say: Say
    """Hold words: stay on the line, keep someone with you, press nine."""
    every: Duration = Field(default=20_000, ge=5_000, le=60_000)
    """How often they are said: 20s."""
    limit: Duration = Field(default=60_000, ge=10_000, le=900_000)
    """How long the caller is held: 60s."""
    acknowledged: Target
    """Where it leads when somebody took the call."""
    exhausted: Target
    """Where it leads when nobody did in time."""


def build(schema: EscalateSchema, maker: Maker) -> Escalation:
    """Make the state."""
    return Escalation(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        every_ms=schema.every,
        limit_ms=schema.limit,
        acknowledged=schema.acknowledged,
        exhausted=schema.exhausted,
    )


KIND = Kind("escalate", EscalateSchema, build)
