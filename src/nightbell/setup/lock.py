"""A lock on a folder: one set-up at a time, the next one waits.

The system frees it when its holder ends, however it ends. It guards against ourselves, not against other programs.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["LOCK_NAME", "alone"]

LOCK_NAME: Final = ".setup.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder`, which must exist. Raises OSError when it cannot be written."""
    with (folder / LOCK_NAME).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
