"""The kind ``notify``: put something on a list for people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nightbell.flow.model import NotifyState
from nightbell.flow.reading.fields import Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class NotifySchema(StateSchema):
    """Keys of a notice."""

    kind: Literal["notify"]
    channel: Literal["message", "morning_list"]
    """Which list it goes on."""
    template: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """The notice's name."""
    ok: Target
    """Where it leads when the notice is safe."""
    failed: Target
    """Where it leads when it is not."""


def build(schema: NotifySchema, maker: Maker) -> NotifyState:
    """Make the state."""
    return NotifyState(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        channel=schema.channel,
        template=schema.template,
        ok=schema.ok,
        failed=schema.failed,
    )


KIND = Kind("notify", NotifySchema, build)
