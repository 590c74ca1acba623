"""Projection: what one event and its effects change in the rows beside the journal. Pure; it writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nightbell.call.doing import CONFIRM
from nightbell.call.effects import Close, Effect, Escalate, Learnt, Listen, Notify, Play, RingBack
from nightbell.call.events import (
    CallStarted,
    EscalationChanged,
    Event,
    Heard,
    HistoryFound,
    KeyPressed,
    Notified,
    PromiseMade,
)
from nightbell.terms.disposition import Disposition, highest

__all__ = ["PRODUCT", "Projection", "effect_id", "project", "route_to_text"]

PRODUCT: Final = "product"
"""The result that says what a call is about; later contacts are counted by it (clinical.md row 7)."""
_NO_SCREEN: Final = frozenset({"", CONFIRM})
"""Places without a question, and "did you say ...?", which a menu asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What follows from one event."""

    opens: CallStarted | None
    spoke: bool
    screened: bool
    floor: Disposition | None
    next_effect: int
    """One more than the highest effect number; 0 without effects."""
    close: Close | None
    pages: tuple[Escalate, ...]
    ring_backs: tuple[RingBack, ...]
    notifications: tuple[Notify, ...]
    promise: PromiseMade | None
    page_changed: EscalationChanged | None
    notified: Notified | None
    product: str | None
    """What the call is about; "" where that is not known any more, None where this changes nothing."""
    frequent: bool
    treated: HistoryFound | None
    """Who treated the caller, and so whom to ring, learnt now: for pages that are out already."""


def effect_id(call: str, n: int) -> str:
    """Return the id that an effect's row carries everywhere."""
    return f"{call}:{n}"


def route_to_text(route: Sequence[str]) -> str:
    """Write a route; keys of oncall.yaml have no spaces."""
    return " ".join(route)


def project(event: Event, effects: Sequence[Effect]) -> Projection:
    """Work out what one event and its effects change."""
    floor: Disposition | None = None
    for effect in effects:
        if isinstance(effect, Escalate):
            floor = highest(floor, effect.disposition)
    return Projection(
        opens=event if isinstance(event, CallStarted) else None,
        spoke=_said_something(event),
        screened=any(
            isinstance(effect, Play | Listen) and effect.question not in _NO_SCREEN for effect in effects
        ),
        floor=floor,
        next_effect=max((effect.n + 1 for effect in effects), default=0),
        close=next((effect for effect in effects if isinstance(effect, Close)), None),
        pages=tuple(effect for effect in effects if isinstance(effect, Escalate)),
        ring_backs=tuple(effect for effect in effects if isinstance(effect, RingBack)),
        notifications=tuple(effect for effect in effects if isinstance(effect, Notify)),
        promise=event if isinstance(event, PromiseMade) and not event.timed_out else None,
        page_changed=event if isinstance(event, EscalationChanged) else None,
        notified=event if isinstance(event, Notified) else None,
        product=next(
            (effect.category for effect in effects if isinstance(effect, Learnt) and effect.result == PRODUCT),
            None,
        ),
        frequent=isinstance(event, HistoryFound) and event.frequent,
        treated=event if isinstance(event, HistoryFound) and event.treating else None,
    )


def _said_something(event: Event) -> bool:
    """Tell whether the caller pressed a key or said something in which words were found; a cough is neither."""
    if isinstance(event, Heard):
        return bool(event.phrase or event.text or event.open_text)
    return isinstance(event, KeyPressed)
