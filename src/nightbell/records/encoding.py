"""Effects of one event as one JSON list, and back. Single events and effects are ``call.journal``'s business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from nightbell.call.effects import Effect
from nightbell.call.journal import event_from_json, event_to_json
from nightbell.errors import SessionError

__all__ = ["effects_from_json", "effects_to_json", "event_from_json", "event_to_json"]

_EFFECTS: Final[TypeAdapter[tuple[Effect, ...]]] = TypeAdapter(
    tuple[Annotated[Effect, Field(discriminator="kind")], ...]
)


def effects_to_json(effects: Sequence[Effect]) -> str:
    """Write the effects of one event, in order."""
    return _EFFECTS.dump_json(tuple(effects)).decode()


def effects_from_json(text: str) -> tuple[Effect, ...]:
    """Read the effects of one event.

    Raises:
        SessionError: the text is no list of effects.
    """
    try:
        return _EFFECTS.validate_json(text)
    except ValidationError as error:
        raise SessionError("stored effects do not read", hint="the journal was damaged or edited") from error
