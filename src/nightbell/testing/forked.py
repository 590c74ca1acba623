"""Forked: a piece of work in a fork of this process, which never comes back into its parent's code. Linux only."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

__all__ = ["fork"]


def fork(work: Callable[[], object]) -> int:
    """Do ``work`` in a fork and return its process id; it exits with 0, or with 1 and a traceback."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - a fork must never come back into its parent's code
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
