"""Telling: what became of a call's pages, as sentences for the page of a call. People stand in it by key alone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from nightbell.escalation.encoding import entry_from_json
from nightbell.oncall.history import Answered, Closed, Empty, Entry, Lost, Paged, Taken
from nightbell.records.tables import escalation_log, escalations
from nightbell.terms.instant import Instant

__all__ = ["tell_pages"]

_ENDS: Final = {
    "passed": "passed it on",
    "no_answer": "no answer",
    "busy": "busy",
    "failed": "could not be rung",
    "gone": "is not among the people any more",
}
_FIXED: Final = {
    "exhausted": "there is nobody to ring",
    "words": "the caller is told where else to turn",
    "missed": "the promise was missed",
    "reopened": "the promise is near: from the first on",
}


def tell_pages(connection: Connection, call: str) -> list[tuple[Instant, str]]:
    """Return what happened to a call's escalations, in order; nothing where nobody was paged."""
    rows = connection.execute(
        select(escalation_log.c.entry)
        .join(escalations, escalations.c.id == escalation_log.c.escalation)
        .where(escalations.c.call == call)
        .order_by(escalation_log.c.at_utc, escalation_log.c.escalation, escalation_log.c.seq)
    ).scalars()
    entries = [entry_from_json(text) for text in rows]
    people = {entry.page: entry.person for entry in entries if isinstance(entry, Paged)}
    return [(entry.at, _sentence(entry, people)) for entry in entries]


def _sentence(entry: Entry, people: dict[str, str]) -> str:
    match entry:
        case Paged(person=person):
            return f"{person} is rung"
        case Answered(page=page, outcome=outcome):
            return f"{people.get(page, 'somebody')}: {_ENDS[outcome]}"
        case Taken(person=person, how="connect"):
            return f"{person} pressed 1: it is theirs"
        case Taken(person=person):
            return f"{person} pressed 3: it is theirs, and they ring back"
        case Closed(person=person, outcome=outcome):
            return f"{person} closed it: {outcome}"
        case Lost(person=person, why=why):
            return f"{person} does not have it any more: {why.replace('_', ' ')}"
        case Empty(to=to):
            return f"nobody to ring at {to}"
        case _:
            return _FIXED[entry.kind]
