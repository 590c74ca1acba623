"""WakeUps: how those who were woken judged it, counted for each question that woke them. It only reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from nightbell.call.events import WakeJudged
from nightbell.records.encoding import event_from_json
from nightbell.records.tables import events

__all__ = ["WakeUps", "count", "wake_ups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUps:
    """One question's wake-ups that were judged."""

    clinic: str
    state: str
    question: str
    row: str
    """Row of the triage table; "" for none."""
    right: int
    wrong: int


def wake_ups(connection: Connection, clinics: Collection[str]) -> tuple[WakeUps, ...]:
    """Count what the journal of these clinics has, the question with the most needless wake-ups first.

    Raises:
        SQLAlchemyError: the records cannot be read.
    """
    kept = select(events.c.event).where(events.c.kind == "wake_judged", events.c.clinic.in_(clinics))
    found = (event_from_json(text) for text in connection.execute(kept).scalars())
    return count(event for event in found if isinstance(event, WakeJudged))


def count(judged: Iterable[WakeJudged]) -> tuple[WakeUps, ...]:
    """Count judgements by question."""
    tally: dict[tuple[str, str, str, str], Counter[bool]] = {}
    for each in judged:
        tally.setdefault((each.clinic, each.state, each.question, each.row), Counter())[each.right] += 1
    found = (
        WakeUps(clinic=clinic, state=state, question=question, row=row, right=said[True], wrong=said[False])
        for (clinic, state, question, row), said in tally.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.wrong, -one.right, one.clinic, one.state, one.question)))
