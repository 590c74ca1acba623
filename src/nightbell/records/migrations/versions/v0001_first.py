"""The first tables: flows, calls, their journal, and what follows from it."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "flows",
        sa.Column("flow", sa.String(128), nullable=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("flow", name="pk_flows"),
    )
    op.create_table(
        "calls",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("flow", sa.String(128), nullable=False),
        sa.Column("line", sa.String(32), nullable=False),
        sa.Column("caller", sa.String(32)),
        sa.Column("called", sa.String(64), nullable=False),
        sa.Column("started_utc", sa.BigInteger, nullable=False),
        sa.Column("closed_utc", sa.BigInteger),
        sa.Column("disposition", sa.String(2)),
        sa.Column("floor", sa.String(2)),
        sa.Column("floor_rank", sa.Integer, nullable=False),
        sa.Column("end_state", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("spoke", sa.Boolean, nullable=False),
        sa.Column("screened", sa.Boolean, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("last_utc", sa.BigInteger, nullable=False),
        sa.Column("audio_ms", sa.BigInteger, nullable=False),
        sa.Column("next_effect", sa.Integer, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_calls"),
    )
    for columns in ("clinic caller started_utc", "clinic started_utc", "started_utc", "closed_utc"):
        op.create_index(f"ix_calls_{columns.replace(' ', '_')}", "calls", columns.split())
    op.create_table(
        "events",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        sa.Column("audio_ms", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("effects", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call", "seq", name="pk_events"),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name="fk_events_call"),
    )
    _of_call(
        "pages",
        sa.Column("disposition", sa.String(2), nullable=False),
        sa.Column("state", sa.String(128), nullable=False),
        sa.Column("question", sa.String(128), nullable=False),
        sa.Column("triage_row", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
    )
    _of_call(
        "ring_backs",
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("within_ms", sa.BigInteger, nullable=False),
        sa.Column("then_do", sa.String(16), nullable=False),
        sa.Column("number", sa.String(32)),
    )
    _of_call(
        "notifications",
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("template", sa.String(128), nullable=False),
        sa.Column("number", sa.String(32)),
        sa.Column("ok", sa.Boolean),
    )
    _of_call(
        "promises",
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("from_number", sa.String(64), nullable=False),
        sa.Column("by_utc", sa.BigInteger, nullable=False),
        sa.Column("by_spoken", sa.String(256), nullable=False),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )


def _of_call(name: str, *columns: sa.Column[Any]) -> None:
    """Create a table whose rows belong to one effect or event of a call."""
    op.create_table(
        name,
        sa.Column("id", sa.String(96), nullable=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name=f"fk_{name}_call"),
    )
    op.create_index(f"ix_{name}_call", name, ["call"])
