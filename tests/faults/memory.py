"""Folders in memory for tests that flush thousands of times: those outlive a killed process as a disk's do."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["in_memory"]

_MEMORY: Final = Path("/dev/shm")


@contextmanager
def in_memory(prefix: str) -> Iterator[Path]:
    """Give a folder in memory, or a temporary one where there is no such, and take it away again."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
