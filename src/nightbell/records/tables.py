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
    "events",
    "flows",
    "incidents",
    "metadata",
    "notifications",
    "pages",
    "promises",
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


def _of_call(name: str, *columns: Column[Any]) -> Table:
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
