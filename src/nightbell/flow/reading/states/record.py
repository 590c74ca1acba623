"""The kind ``record``: take a spoken message."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nightbell.flow.model import RecordState
from nightbell.flow.reading.fields import Duration, Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import Say, StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class RecordSchema(StateSchema):
    """Keys of a message."""

    kind: Literal["record"]
    say: Say
    """Asks for the message."""
    next: Target
    """Where a message leads."""
    empty: Target
    """Where silence leads."""
    max_time: Duration = Field(default=60_000, ge=5_000, le=300_000)
    """Longest message: 60s."""
    final_silence: Duration = Field(default=3_000, ge=1_000, le=15_000)
    """Silence that ends it: 3s."""


def build(schema: RecordSchema, maker: Maker) -> RecordState:
    """Make the state."""
    return RecordState(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        next=schema.next,
        empty=schema.empty,
        max_ms=schema.max_time,
        final_silence_ms=schema.final_silence,
    )


KIND = Kind("record", RecordSchema, build)
