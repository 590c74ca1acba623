"""Journal: events and effects as JSON lines, and back. The same value always gives the same bytes.

Events written by an older Nightbell are lifted by upcasters, one per version step, before they are read;
events of a newer one are refused. It knows nothing of files or databases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from nightbell.call.effects import Effect
from nightbell.call.events import VERSION, Event
from nightbell.errors import SessionError, UnsupportedVersion

__all__ = ["UPCASTERS", "effect_from_json", "effect_to_json", "event_from_json", "event_to_json"]

_EVENTS: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
_EFFECTS: Final[TypeAdapter[Effect]] = TypeAdapter(Annotated[Effect, Field(discriminator="kind")])

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _to_2(raw: dict[str, Any]) -> dict[str, Any]:
    """Version 2 has one kind more; what version 1 wrote means what it meant."""
    return raw


def _to_3(raw: dict[str, Any]) -> dict[str, Any]:
    """Version 2 knew no products: a contact about one that is not known counts as one about filler."""
    if raw.get("kind") == "history_found":
        return {**raw, "filler_contacts_96h": raw.get("contacts_96h", 0)}
    return raw


UPCASTERS: Final[Mapping[int, Upcaster]] = {1: _to_2, 2: _to_3}
"""Version to the function that lifts an event of that version to the next one."""


def event_to_json(event: Event) -> str:
    """Write one event as one line of JSON, fields in the order of their declaration."""
    return _EVENTS.dump_json(event).decode()


def event_from_json(text: str | bytes, upcasters: Mapping[int, Upcaster] = UPCASTERS) -> Event:
    """Read one event, whatever version wrote it.

    Raises:
        UnsupportedVersion: a newer Nightbell wrote it.
        SessionError: it is no event.
    """
    try:
        raw = json.loads(text)
        version = raw["v"]
    except (ValueError, KeyError, TypeError) as error:
        raise SessionError(
            "a line of the journal is no event", hint="the journal was damaged or edited"
        ) from error
    while version < VERSION:
        if version not in upcasters:
            raise UnsupportedVersion(f"no upcaster from event version {version}")
        raw = upcasters[version](raw)
        version += 1
        raw["v"] = version
    if version > VERSION:
        raise UnsupportedVersion(
            f"event version {version} is newer than {VERSION}", hint="read it with the Nightbell that wrote it"
        )
    try:
        return _EVENTS.validate_python(raw)
    except ValidationError as error:
        raise SessionError(
            f"an event of kind {raw.get('kind')!r} does not read", hint="the journal was damaged or edited"
        ) from error


def effect_to_json(effect: Effect) -> str:
    """Write one effect as one line of JSON."""
    return _EFFECTS.dump_json(effect).decode()


def effect_from_json(text: str | bytes) -> Effect:
    """Read one effect. Raises SessionError."""
    try:
        return _EFFECTS.validate_json(text)
    except ValidationError as error:
        raise SessionError("a line is no effect", hint="the journal was damaged or edited") from error
