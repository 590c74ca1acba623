"""Events and effects as JSON and back, by their ``kind``. It lifts no old versions and knows no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import SessionError

__all__ = ["effects_from_json", "effects_to_json", "event_from_json", "event_to_json"]

_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
_EFFECTS: Final[TypeAdapter[tuple[Effect, ...]]] = TypeAdapter(
    tuple[Annotated[Effect, Field(discriminator="kind")], ...]
)


def event_to_json(event: Event) -> str:
    """Write one event as one line of JSON."""
    return _EVENT.dump_json(event).decode()


def event_from_json(text: str) -> Event:
    """Read one event.

    Raises:
        SessionError: the text is no event of this version.
    """
    try:
        return _EVENT.validate_json(text)
    except ValidationError as error:
        raise SessionError(
            "a stored event cannot be read", hint="was it written by another version of Nightbell?"
        ) from error


def effects_to_json(effects: Sequence[Effect]) -> str:
    """Write the effects of one event as one JSON list."""
    return _EFFECTS.dump_json(tuple(effects)).decode()


def effects_from_json(text: str) -> tuple[Effect, ...]:
    """Read the effects of one event.

    Raises:
        SessionError: the text is no list of effects of this version.
    """
    try:
        return _EFFECTS.validate_json(text)
    except ValidationError as error:
        raise SessionError(
            "stored effects cannot be read", hint="were they written by another version of Nightbell?"
        ) from error
