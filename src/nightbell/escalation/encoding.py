"""Encoding: history entries as JSON and back. What a newer Nightbell wrote is refused, never guessed."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Final, get_args

from nightbell.errors import UnsupportedVersion
from nightbell.oncall.history import Entry
from nightbell.terms.instant import Instant

__all__ = ["entry_from_json", "entry_to_json"]

_KINDS: Final[dict[str, type[Entry]]] = {
    str(next(field.default for field in fields(kind) if field.name == "kind")): kind for kind in get_args(Entry)
}


def entry_to_json(entry: Entry) -> str:
    """Return an entry as one line of JSON."""
    values: dict[str, Any] = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return json.dumps(values | {"at": entry.at.ms}, separators=(",", ":"))


def entry_from_json(text: str) -> Entry:
    """Read an entry.

    Raises:
        UnsupportedVersion: it is of a kind or a shape that this version does not know.
    """
    values = json.loads(text)
    try:
        kind = _KINDS[values.pop("kind")]
        return kind(**(values | {"at": Instant(values["at"])}))
    except (KeyError, TypeError) as error:
        raise UnsupportedVersion(
            "an escalation was written by a newer Nightbell", hint="run the newer one"
        ) from error
