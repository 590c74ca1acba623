"""SendRows: where each way a page goes out stands, and the fence that every write of this room passes.

Statements inside the caller's transaction; any database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, exists, select, update

from nightbell.errors import Fenced
from nightbell.records.tables import escalations, executors, page_sends

__all__ = ["not_fenced", "set_send"]


def not_fenced(connection: Connection, executor: str) -> None:
    """Hold the transaction to a process that still has its work.

    Raises:
        Fenced: it was taken over.
    """
    fenced = connection.execute(
        select(executors.c.fenced).where(executors.c.executor == executor).with_for_update(read=True)
    ).scalar()
    if fenced is None or fenced:
        raise Fenced("another process took this one's work over", provider="duty", hint="this process ends")


def set_send(
    connection: Connection,
    page: str,
    method: int,
    state: str,
    *,
    executor: str,
    one_more: bool = False,
    after: int = 0,
) -> int:
    """Change the state of one way a page goes out; return how many copies there are now.

    One more copy is counted only while nobody has the case; 0 says that it must not go out any more. ``after`` is
    the number of a copy that went out while it could not be written: the next one is counted after that.

    Raises:
        Fenced: this process's work was given to another.
    """
    not_fenced(connection, executor)
    here = (page_sends.c.page == page) & (page_sends.c.method == method)
    values: dict[str, Any] = {"state": state}
    if one_more:
        values["copies"] = case((page_sends.c.copies < after, after), else_=page_sends.c.copies) + 1
        here &= exists(
            select(1).where(
                escalations.c.id == page_sends.c.escalation, escalations.c.place.not_in(["owned", "closed"])
            )
        )
    if connection.execute(update(page_sends).where(here).values(**values)).rowcount != 1:
        return 0
    return int(connection.execute(select(page_sends.c.copies).where(here)).scalar() or 0)
