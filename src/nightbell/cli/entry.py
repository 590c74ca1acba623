"""The console's way in: it imports nothing until Ctrl-C is looked after, and then runs `nightbell`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

_INTERRUPTED = 130
"""128 + SIGINT."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run `nightbell`; ends the process with the verb's exit code. Ctrl-C is no fault: 130, and no words."""
    try:
        from nightbell.cli.app import main as run  # noqa: PLC0415 - it takes a third of a second

        run(argv)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
