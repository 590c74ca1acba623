"""Audit: a file to which lines are only added, each holding the sha256 of the one before it.

It says who let what happen: a line served with unsigned wording, a reload, a drain. A line that was changed, taken
out or put in breaks the chain from there on, and ``verify`` says where; cutting off the end shows only against a
head that was written down elsewhere. A line that was torn when the power went was confirmed to nobody: it stays,
and the next one follows the last whole line and holds the torn one's sum. No number, name or word of a caller
stands in it.
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
from nightbell.records.names import flush_names
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
                before, torn, ended = _last(file.fileno())
                line = {"at": str(at), "what": what, **facts, "before": before}
                if torn:
                    line["torn"] = _sum(torn)
                data = json.dumps(line, ensure_ascii=False, sort_keys=True).encode()
                file.write((b"" if ended else b"\n") + data + b"\n")
                file.flush()
                os.fsync(file.fileno())
                flush_names(self._path.parent)
        except (OSError, ValueError) as error:
            raise RecordsFailed(
                "the audit chain takes no line", provider=str(self._path), hint="check the data folder's rights"
            ) from error
        return _sum(data)


def verify(path: Path) -> tuple[int, int | None]:
    """Follow a chain from its beginning.

    Returns:
        How many lines there are, and the number of the first that does not follow from the one before it, from 1;
        None where all do. The very end may be a line that is not whole.

    Raises:
        OSError: the file cannot be read.
    """
    before, count, torn, torn_at = FIRST, 0, b"", 0
    with path.open("rb") as file:
        for count, line in enumerate(file, start=1):
            whole = _whole(line)
            if whole is None:
                torn += line
                torn_at = torn_at or count
                continue
            if whole.get("before") != before or whole.get("torn", "") != (_sum(torn) if torn else ""):
                return count, torn_at or count
            before, torn, torn_at = _sum(line.rstrip(b"\n")), b"", 0
    return count, torn_at if torn.endswith(b"\n") else None


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _whole(line: bytes) -> dict[str, Any] | None:
    """Return what a line says; None for one that was torn, or is no line of a chain."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and "before" in told else None


def _last(file: int) -> tuple[str, bytes, bool]:
    """Return the sum of the last whole line, the torn lines after it, and whether the file ends with a line's end.

    Raises:
        ValueError: there is no whole line where one must be.
    """
    size = os.fstat(file).st_size
    data = os.pread(file, _TAIL, max(size - _TAIL, 0))
    ended = not data or data.endswith(b"\n")
    lines = data.splitlines(keepends=True)
    torn = b""
    while lines:
        line = lines.pop()
        if _whole(line) is not None and (lines or size <= _TAIL):
            return _sum(line.rstrip(b"\n")), torn, ended
        torn = line + (b"" if line.endswith(b"\n") else b"\n") + torn
    if size > _TAIL:
        raise ValueError("no whole line at the end")
    return FIRST, torn, ended
