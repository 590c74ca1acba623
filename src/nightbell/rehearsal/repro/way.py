"""Way: a call gone through once more with other keys, as long as they do the same. It plays no sound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nightbell.call.events import KeyPressed
from nightbell.call.session import Session
from nightbell.errors import SessionError
from nightbell.rehearsal.fingerprint import line_of
from nightbell.terms.keys import EMERGENCY, PERSON

if TYPE_CHECKING:
    from nightbell.call.compile import Plan
    from nightbell.records.port import Entry

__all__ = ["Way"]

_DIGITS: Final = ("3", "4", "5", "6", "7", "8", "1", "2", "0", "9")
"""In the order in which they are tried: those that most menus know last."""
_IDLE: Final = "7"
"""Stands in for a digit that would get a person or the emergency, where it is not known what keys do."""


class Way:
    """The session of a call, or nothing once it is lost: another version took the call, or a digit did more."""

    def __init__(self, plan: Plan | None) -> None:
        self._session = Session(plan) if plan is not None else None

    def go(self, entry: Entry, key: str = "") -> None:
        """Take the next event of the journal, with another key where one is given."""
        if self._session is None:
            return
        if not _does_the_same(self._session, entry, key):
            self._session = None

    def same(self, entry: Entry, wanted: str, *, keep: bool) -> str:
        """Return a digit that does what the pressed one did.

        Args:
            entry: the pressed key, which is the next event.
            wanted: what is taken if it does the same, or if none does.
            keep: the pressed one may stay where no other does the same.
        """
        assert isinstance(entry.event, KeyPressed)
        pressed: str = entry.event.key
        idle = _IDLE if wanted in {EMERGENCY, PERSON} else wanted
        if self._session is None:
            return idle
        for key in dict.fromkeys((wanted, *_DIGITS)):
            if (key == wanted or key != pressed) and self._try(entry, key):
                return key
        return pressed if keep and self._try(entry, pressed) else idle

    def _try(self, entry: Entry, key: str) -> bool:
        assert self._session is not None
        return _does_the_same(Session.load(self._session.plan, self._session.save()), entry, key)


def _does_the_same(session: Session, entry: Entry, key: str) -> bool:
    event = entry.event
    if key and isinstance(event, KeyPressed):
        event = replace(event, key=key)
    try:
        effects = session.handle(event)
    except SessionError:
        return False
    return [line_of(effect) for effect in effects] == [line_of(effect) for effect in entry.effects]
