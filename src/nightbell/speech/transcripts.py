"""Transcripts: what recognisers wrote for exactly which sound, kept in one SQLite file. It knows no recogniser.

A key is the hash of all that a recogniser's answer depends on: it is found for the same bytes or not at all.
For rehearsals, which hear the same sound again and again; a live call is always listened to.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from nightbell.errors import SettingsError

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Transcripts"]

_NAME: Final = "transcripts.sqlite3"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS written (key BLOB PRIMARY KEY, words TEXT) WITHOUT ROWID"


class Transcripts:
    """Opened for one rehearsal; what is new is kept when it is closed."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when missing."""
        self.folder = folder
        self.taken = 0
        """Answers that were found here."""
        self.decoded = 0
        """Answers that a recogniser gave."""
        self._rows: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(self.folder / _NAME, isolation_level=None)
            self._rows.execute("PRAGMA journal_mode=WAL")
            self._rows.execute(_TABLE)
            self._rows.execute("BEGIN IMMEDIATE")
        except (OSError, sqlite3.Error) as error:
            self._close()
            raise SettingsError(
                f"transcripts cannot be kept in {self.folder}: {error}",
                hint="name another folder, or delete the file in it; another rehearsal may have it open",
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rows is not None:
            self._rows.execute("COMMIT")
        self._close()

    def find(self, key: bytes) -> str | None:
        """Return what was written; None for sound that is new."""
        assert self._rows is not None
        row = self._rows.execute("SELECT words FROM written WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, key: bytes, words: str) -> None:
        """Keep what a recogniser wrote."""
        assert self._rows is not None
        self._rows.execute("INSERT OR REPLACE INTO written VALUES (?, ?)", (key, words))

    def _close(self) -> None:
        if self._rows is not None:
            self._rows.close()
        self._rows = None
