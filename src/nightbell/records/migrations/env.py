"""Run by Alembic: migrate the connection that was handed over. There is no other way in, and no ini file."""

from __future__ import annotations

from alembic import context

from nightbell.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
