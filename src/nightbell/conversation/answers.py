"""Answers: what the world said, as the event that tells the call. None is no answer in time; it asks nobody."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from nightbell.call.events import HistoryFound, HoursFound, Notified, PromiseMade

if TYPE_CHECKING:
    from nightbell.conversation.world import Past
    from nightbell.terms.promise import Promise

__all__ = ["Told", "history_found", "hours_found", "notified", "promise_made"]

Told: TypeAlias = tuple[type[Any], dict[str, Any]]
"""An event's type and its own fields."""


def history_found(past: Past | None) -> Told:
    """Tell of the earlier calls of a number."""
    return HistoryFound, {"timed_out": True} if past is None else {"timed_out": False, **asdict(past)}


def hours_found(hours: str | None) -> Told:
    """Tell whether the clinic is open."""
    return HoursFound, {"timed_out": True} if hours is None else {"timed_out": False, "hours": hours}


def promise_made(made: Promise | None) -> Told:
    """Tell of a promise."""
    if made is None:
        return PromiseMade, {"timed_out": True}
    said = {"who": made.who, "from_number": made.from_number, "by_utc": made.by.ms, "by_spoken": made.by_spoken}
    return PromiseMade, {"timed_out": False, **said}


def notified(number: int, ok: bool | None) -> Told:  # noqa: FBT001 - the world's answer
    """Tell whether something stands on a list for people; ``number`` is its effect's."""
    return Notified, {"effect": number, "ok": bool(ok)}
