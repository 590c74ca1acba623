"""Tables of the records, for any database that SQLAlchemy speaks.

Times are UTC milliseconds; every row has its clinic.
``migrations/`` holds the way here from older databases; a test keeps both alike.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

__all__ = [
    "calls",
    "escalation_log",
    "escalations",
    "events",
    "executors",
    "flows",
    "incidents",
    "metadata",
    "notifications",
    "page_sends",
    "pages",
    "promises",
    "ring_back_tries",
    "ring_backs",
]

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

flows: Final = Table(
    "flows",
    metadata,
    Column("flow", String(128), primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("content", Text, nullable=False),
)

calls: Final = Table(
    "calls",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("flow", String(128), nullable=False),
    Column("line", String(32), nullable=False),
    Column("caller", String(32)),
    Column("called", String(64), nullable=False),
    Column("started_utc", BigInteger, nullable=False),
    Column("closed_utc", BigInteger),
    Column("disposition", String(2)),
    Column("floor", String(2)),
    Column("floor_rank", Integer, nullable=False),
    Column("end_state", String(128), nullable=False),
    Column("reason", String(16)),
    Column("spoke", Boolean(create_constraint=False), nullable=False),
    Column("screened", Boolean(create_constraint=False), nullable=False),
    Column("product", String(64), nullable=False, server_default=""),
    Column("frequent", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("last_seq", Integer, nullable=False),
    Column("last_utc", BigInteger, nullable=False),
    Column("audio_ms", BigInteger, nullable=False),
    Column("next_effect", Integer, nullable=False),
    Column("session", Text, nullable=False),
    Index(None, "clinic", "caller", "started_utc"),
    Index(None, "clinic", "started_utc"),
    Index(None, "started_utc"),
    Index(None, "closed_utc"),
)

events: Final = Table(
    "events",
    metadata,
    Column("call", ForeignKey("calls.call"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("clinic", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at_utc", BigInteger, nullable=False),
    Column("audio_ms", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("effects", Text, nullable=False),
)


def _of_call(name: str, *columns: Column[Any] | Index) -> Table:
    """Return a table whose rows belong to one effect or event of a call."""
    return Table(
        name,
        metadata,
        Column("id", String(96), primary_key=True),
        Column("clinic", String(64), nullable=False),
        Column("call", ForeignKey("calls.call"), nullable=False, index=True),
        Column("n", Integer, nullable=False),
        Column("at_utc", BigInteger, nullable=False),
        *columns,
    )


pages: Final = _of_call(
    "pages",
    Column("disposition", String(2), nullable=False),
    Column("state", String(128), nullable=False),
    Column("question", String(128), nullable=False),
    Column("triage_row", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("treating", String(64), nullable=False, server_default=""),
    Column("route", Text, nullable=False, server_default=""),
)

ring_backs: Final = _of_call(
    "ring_backs",
    Column("times", Integer, nullable=False),
    Column("within_ms", BigInteger, nullable=False),
    Column("then_do", String(16), nullable=False),
    Column("number", String(32)),
)

notifications: Final = _of_call(
    "notifications",
    Column("channel", String(64), nullable=False),
    Column("template", String(128), nullable=False),
    Column("number", String(32)),
    Column("ok", Boolean(create_constraint=False)),
)

promises: Final = _of_call(
    "promises",
    Column("who", String(128), nullable=False),
    Column("from_number", String(64), nullable=False),
    Column("by_utc", BigInteger, nullable=False),
    Column("by_spoken", String(256), nullable=False),
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("at_utc", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", Text, nullable=False),
)

escalations: Final = _of_call(
    "escalations",
    Column("disposition", String(2), nullable=False),
    Column("origin", String(16), nullable=False),  # flag, promise, ring_back
    Column("promised_utc", BigInteger),
    Column("treating", String(64)),
    Column("place", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("worded", Boolean(create_constraint=False), nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("next_utc", BigInteger, nullable=False),
    Column("moved_utc", BigInteger, nullable=False),
    Index(None, "place", "next_utc"),
    Index(None, "moved_utc"),
)
"""What must reach a person. Written in the transaction of the event that asks for it; ``duty`` moves it on."""

escalation_log: Final = Table(
    "escalation_log",
    metadata,
    Column("escalation", ForeignKey("escalations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("clinic", String(64), nullable=False),
    Column("at_utc", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("entry", Text, nullable=False),
    Column("executor", String(64), nullable=False),
)
"""``oncall.history`` entries, numbered from 1 without a gap: of two hands with one number, one wins."""

page_sends: Final = Table(
    "page_sends",
    metadata,
    Column("page", String(192), primary_key=True),
    Column("method", Integer, primary_key=True, autoincrement=False),
    Column("clinic", String(64), nullable=False),
    Column("escalation", ForeignKey("escalations.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # due, sending, sent, failed, stopped
    Column("copies", Integer, nullable=False),
    Column("at_utc", BigInteger, nullable=False),
)
"""One row for each way a page goes out, written with the page and before anything is sent."""

executors: Final = Table(
    "executors",
    metadata,
    Column("executor", String(64), primary_key=True),
    Column("clinic", String(64), nullable=False),
    Column("host", String(128), nullable=False),
    Column("process", String(64), nullable=False),
    Column("started_utc", BigInteger, nullable=False),
    Column("seen_utc", BigInteger, nullable=False),
    Column("anchor_utc", BigInteger, nullable=False),
    Column("anchor_boot_ms", BigInteger, nullable=False),
    Column("fenced", Boolean(create_constraint=False), nullable=False),
    Column("recovered", Boolean(create_constraint=False), nullable=False),
)
"""Every start of ``duty``. One that is fenced writes nothing any more; its work is another's."""

ring_back_tries: Final = Table(
    "ring_back_tries",
    metadata,
    Column("ring_back", ForeignKey("ring_backs.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("clinic", String(64), nullable=False),
    Column("at_utc", BigInteger, nullable=False),
    Column("outcome", String(16), nullable=False),  # ringing, reached, no_answer, busy, failed, over
)
"""How often a dropped caller was rung back; written before the ringing, so that a restart does not begin anew."""
