"""Escalations: what must reach a person, what happened to it, how its pages went out, and who works on it."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Create the five tables."""
    op.create_table(
        "escalations",
        sa.Column("id", sa.String(96), nullable=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        sa.Column("disposition", sa.String(2), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("promised_utc", sa.BigInteger),
        sa.Column("treating", sa.String(64)),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("worded", sa.Boolean, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("next_utc", sa.BigInteger, nullable=False),
        sa.Column("moved_utc", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_escalations"),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name="fk_escalations_call"),
    )
    op.create_index("ix_escalations_call", "escalations", ["call"])
    op.create_index("ix_escalations_place_next_utc", "escalations", ["place", "next_utc"])
    op.create_index("ix_escalations_moved_utc", "escalations", ["moved_utc"])
    op.create_table(
        "escalation_log",
        sa.Column("escalation", sa.String(96), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("executor", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("escalation", "seq", name="pk_escalation_log"),
        sa.ForeignKeyConstraint(["escalation"], ["escalations.id"], name="fk_escalation_log_escalation"),
    )
    op.create_table(
        "page_sends",
        sa.Column("page", sa.String(192), nullable=False),
        sa.Column("method", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("escalation", sa.String(96), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("copies", sa.Integer, nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("page", "method", name="pk_page_sends"),
        sa.ForeignKeyConstraint(["escalation"], ["escalations.id"], name="fk_page_sends_escalation"),
    )
    op.create_index("ix_page_sends_escalation", "page_sends", ["escalation"])
    op.create_table(
        "executors",
        sa.Column("executor", sa.String(64), nullable=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("host", sa.String(128), nullable=False),
        sa.Column("process", sa.String(64), nullable=False),
        sa.Column("started_utc", sa.BigInteger, nullable=False),
        sa.Column("seen_utc", sa.BigInteger, nullable=False),
        sa.Column("anchor_utc", sa.BigInteger, nullable=False),
        sa.Column("anchor_boot_ms", sa.BigInteger, nullable=False),
        sa.Column("fenced", sa.Boolean, nullable=False),
        sa.Column("recovered", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("executor", name="pk_executors"),
    )
    op.create_table(
        "ring_back_tries",
        sa.Column("ring_back", sa.String(96), nullable=False),
        sa.Column("n", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("clinic", sa.String(64), nullable=False),
        sa.Column("at_utc", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("ring_back", "n", name="pk_ring_back_tries"),
        sa.ForeignKeyConstraint(["ring_back"], ["ring_backs.id"], name="fk_ring_back_tries_ring_back"),
    )
