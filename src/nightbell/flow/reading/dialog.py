"""Dialog: what may stand in a dialog and in a state that calls one. Its calls are written out by ``dialogs``."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from nightbell.flow.reading.fields import Counter, Entry, Name, Target
from nightbell.flow.reading.schema import Say

__all__ = ["SUBDIALOG", "DialogSchema", "SubdialogSchema"]

SUBDIALOG: Final = "subdialog"
"""The kind of a state that calls a dialog."""


class SubdialogSchema(Entry):
    """Keys of a call of a dialog."""

    kind: Literal["subdialog"]
    dialog: str
    """The dialog's name."""
    with_: dict[str, Say] = Field(default_factory=dict, alias="with")
    """Parameter to its words."""
    returns: dict[str, Target] = Field(default_factory=dict)
    """Return to the state it leads to."""
    counts: Counter | None = None
    """A counter that goes up by one, to 3 at most, whenever a call arrives here."""


class DialogSchema(Entry):
    """Keys of a dialog."""

    params: tuple[Name, ...] = ()
    """Names that its texts use, as {{ name }}."""
    returns: tuple[Name, ...] = Field(min_length=1)
    """Ways out; a state leads to one as return:NAME."""
    results: tuple[Name, ...] = ()
    """Results of its states that the flow can read; the others are each call's own."""
    starts_at: Target
    """The first of its states."""
    states: dict[str, Any] = Field(min_length=1)
    """Its own states, as in the flow."""
