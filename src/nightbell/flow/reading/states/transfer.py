"""The kind ``transfer``: dial somebody and connect the caller. Who it is, is a role; a flow has no numbers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nightbell.flow.model import Transfer
from nightbell.flow.reading.fields import Duration, Role, Target
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import Say, StateSchema
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KIND"]


class TransferSchema(StateSchema):
    """Keys of a transfer."""

    kind: Literal["transfer"]
    say: Say
    """What the caller hears before it rings."""
    to: Role
    """A role in oncall.yaml, such as clinician."""
    limit: Duration = Field(default=45_000, ge=10_000, le=300_000)
    """How long it rings."""
    answered: Target
    """After they have talked."""
    busy: Target
    """They are on the telephone."""
    no_answer: Target
    """Nobody answered in time."""
    failed: Target
    """The line let us down."""


def build(schema: TransferSchema, maker: Maker) -> Transfer:
    """Make the state."""
    return Transfer(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        say=maker.prompt(schema.say),
        to=schema.to,
        limit_ms=schema.limit,
        answered=schema.answered,
        busy=schema.busy,
        no_answer=schema.no_answer,
        failed=schema.failed,
    )


KIND = Kind("transfer", TransferSchema, build)
