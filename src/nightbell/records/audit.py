"""Audit: a file to which lines are only added, each holding the sha256 of the one before it.

It says who let what happen: a line served with unsigned wording, a reload, a drain. A line that was changed, taken
out or put in breaks the chain from there on, and ``verify`` says where; cutting off the end shows only against a
head that was written down elsewhere. No number, name or word of a caller stands in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nightbell.errors import RecordsFailed
from nightbell.terms.instant import Instant

__all__ = ["FIRST", "Audit", "verify"]

FIRST: Final = "0" * 64
"""What the first line holds in place of a sum."""
_TAIL: Final = 1 << 16
"""Bytes from the end in which the last line must lie."""


class Audit:
    """One chain in one file; several processes may add to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, what: str, at: Instant, facts: Mapping[str, Any]) -> str:
        """Add a line, durably; return its sum, the chain's new head.

        Args:
            what: a static word, such as ``draft_served``.
            at: when.
            facts: more about it; JSON values.

        Raises:
            RecordsFailed: it could not be made durable.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                before = _last(file.fileno())
                line = {"at": str(at), "what": what, **facts, "before": before}
                data = json.dumps(line, ensure_ascii=False, sort_keys=True).encode()
                file.write(data + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except (OSError, ValueError) as error:
            raise RecordsFailed(
                "the audit chain takes no line", provider=str(self._path), hint="check the data folder's rights"
            ) from error
        return hashlib.sha256(data).hexdigest()


def verify(path: Path) -> tuple[int, int | None]:
    """Follow a chain from its beginning.

    Returns:
        How many lines there are, and the number of the first that does not follow from the one before it, from 1;
        None where all do.

    Raises:
        OSError: the file cannot be read.
    """
    before, count = FIRST, 0
    with path.open("rb") as file:
        for count, line in enumerate(file, start=1):
            data = line.rstrip(b"\n")
            try:
                told = json.loads(data)["before"]
            except (ValueError, KeyError, TypeError):
                told = ""
            if told != before:
                return count, count
            before = hashlib.sha256(data).hexdigest()
    return count, None


def _last(file: int) -> str:
    """Return the sum of the last line."""
    size = os.fstat(file).st_size
    if not size:
        return FIRST
    data = os.pread(file, _TAIL, max(size - _TAIL, 0)).rstrip(b"\n")
    return hashlib.sha256(data.rpartition(b"\n")[2]).hexdigest()
