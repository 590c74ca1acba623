"""Orphan: a process of ours does not outlive the one that started it, however that one ends - SIGKILL included.

The kernel does it (Linux, prctl(2) PR_SET_PDEATHSIG): nothing has to notice that anybody is gone. It reaches the
process that asks for it and none further down. The signal comes when the *thread* that started the process ends:
start processes from a thread that lives as long as they are wanted.
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

__all__ = ["die_with_parent"]

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent does; end at once if the parent is gone already.

    Args:
        parent: process id of the one that started this one.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
