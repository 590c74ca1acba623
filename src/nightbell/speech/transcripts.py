"""Transcripts: what ears made of exactly which sound, kept in one SQLite file. It knows no recogniser.

A key is the hash of all that an answer depends on: it is found for the same bytes or not at all.
For rehearsals, which hear the same sound again and again; a live call is always listened to.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import SettingsError

if TYPE_CHECKING:
    from typing import Self

_log = structlog.get_logger(__name__)

__all__ = ["Transcripts"]

_NAME: Final = "transcripts.sqlite3"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS heard (key BLOB PRIMARY KEY, answer BLOB) WITHOUT ROWID"


class Transcripts:
    """Opened for one rehearsal; what is new is kept when it is closed."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when missing."""
        self.folder = folder
        self.taken = 0
        """Answers that were found here."""
        self.decoded = 0
        """Answers that a recogniser gave."""
        self.frames_taken = 0
        """Frames of 20 ms of which it was found here what voice activity, echo guard and keys made of them."""
        self.frames_heard = 0
        """Frames that those worked on."""
        self.distrusted = ""
        """What a recogniser was found to make otherwise than it stands here; "" for nothing."""
        self._rows: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(self.folder / _NAME, isolation_level=None)
            self._rows.execute("PRAGMA journal_mode=WAL")
            self._rows.execute(_TABLE)
            self._rows.execute("PRAGMA cache_size=-65536")
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
        try:
            if self._rows is not None:
                self._rows.execute("ROLLBACK" if self.distrusted else "COMMIT")
        except sqlite3.Error as fault:  # the verdicts stand; the next rehearsal listens again
            _log.warning("transcripts_not_kept", error=type(fault).__name__)
        finally:
            self._close()

    def find(self, key: bytes) -> bytes | None:
        """Return an answer; None for sound that is new."""
        assert self._rows is not None
        row = self._rows.execute("SELECT answer FROM heard WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def keep(self, key: bytes, answer: bytes) -> None:
        """Keep an answer."""
        assert self._rows is not None
        self._rows.execute("INSERT OR REPLACE INTO heard VALUES (?, ?)", (key, answer))

    def distrust(self, what: str) -> SettingsError:
        """Note that an answer is not the one that was kept; return the error to raise."""
        self.distrusted = what
        return SettingsError(what, hint=f"delete {self.folder}: what it holds is not to be trusted")

    def _close(self) -> None:
        if self._rows is not None:
            self._rows.close()
        self._rows = None
