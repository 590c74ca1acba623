"""The kind ``prompt``: say, then go on."""

from __future__ import annotations

from typing import Literal

from nightbell.flow.model import PromptState
from nightbell.flow.reading.fields import Flag, Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import Say, StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class PromptSchema(StateSchema):
    """Keys of a prompt."""

    kind: Literal["prompt"]
    say: Say
    """What the caller hears."""
    next: Target
    """Where it leads when it is said."""
    starts_recording: Flag = False
    """true on the recording notice: audio is kept from its end on, unless declined."""


def build(schema: PromptSchema, maker: Maker) -> PromptState:
    """Make the state."""
    return PromptState(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        next=schema.next,
        starts_recording=schema.starts_recording,
    )


KIND = Kind("prompt", PromptSchema, build)
