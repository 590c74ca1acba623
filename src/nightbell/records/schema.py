"""Schema: bring a database to the tables of today, in one transaction, by Alembic. It knows no dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from nightbell.errors import RecordsFailed

__all__ = ["head", "upgrade"]

_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def head() -> str:
    """Return the newest schema version."""
    version = ScriptDirectory.from_config(_config()).get_current_head()
    assert version is not None
    return version


def upgrade(engine: Engine, *, provider: str) -> None:
    """Migrate to the newest version; a database that is there already is left alone.

    Raises:
        RecordsFailed: the database was written by a newer Nightbell.
    """
    config = _config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise RecordsFailed(
            "the records were written by a newer Nightbell",
            provider=provider,
            hint=f"run the newer version, or put {provider} aside",
        ) from error
