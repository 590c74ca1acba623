"""What a call was about, whether its number calls often, and whom a page rings in which order."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add the columns; of older calls no product is known, and no page has a route."""
    op.add_column("calls", sa.Column("product", sa.String(64), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("frequent", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("pages", sa.Column("treating", sa.String(64), nullable=False, server_default=""))
    op.add_column("pages", sa.Column("route", sa.Text, nullable=False, server_default=""))
