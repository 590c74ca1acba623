"""Names: make the name of a new file durable; flushing the file itself keeps its contents and not its name."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["flush_names"]


def flush_names(folder: Path) -> None:
    """Flush a folder. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
