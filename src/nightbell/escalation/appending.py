"""Appending: one thing that happened outside of a turn - a key, a telephone that rang out, an end - to the log."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from nightbell.escalation.case_rows import load, move
from nightbell.oncall.history import Entry
from nightbell.oncall.paging import fold, may_follow
from nightbell.terms.instant import Instant

__all__ = ["append"]


def append(
    connection: Connection,
    *,
    escalation: str,
    make: Callable[[Instant], Entry],
    now: Instant,
    executor: str,
    owner: str | None = None,
    since: Instant | None = None,
) -> bool:
    """Append one entry inside the caller's transaction, if it may follow; tell whether it was.

    Args:
        connection: the transaction.
        escalation: whose log.
        make: makes the entry at an instant that is not before the last one.
        now: this process's time.
        executor: this process.
        owner: who must have it; anybody where left out.
        since: when a first try began of which nobody knows what became: an entry that it left behind counts.

    Raises:
        Conflict: somebody else wrote first; whether it may follow has to be asked anew.
        Fenced: this process may not any more.
        EscalationError: there is no such escalation.
    """
    file = load(connection, escalation)
    standing = fold(file.case.history)
    at = max(now, file.case.began, standing.last_at or now)
    entry = make(at)
    if since is not None and any(one.at >= since and make(one.at) == one for one in file.case.history):
        return True
    if not may_follow(standing, entry) or (owner is not None and standing.owner != owner):
        return False
    after = fold((*file.case.history, entry))
    move(connection, file, (entry,), after, next_at=at, now=at, executor=executor, methods={})
    return True
