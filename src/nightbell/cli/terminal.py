"""Output of the verbs: one console for people, one way to print JSON for programs.

Nothing here decides what is shown. Tables go to standard output, progress and errors to standard error, so that
`nightbell calls --json | jq` meets JSON alone. Strings are shown as they are, since a folder may be called [red];
what has a colour is a `Text`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import typer
from rich.console import Console

__all__ = ["PIPED_WIDTH", "console", "emit_json", "progress_console"]

PIPED_WIDTH: Final = 140
"""Columns of a table that goes to a file or another program, which has no width of its own."""


def console() -> Console:
    """Return the console for results; plain text when piped, and then wide enough for a table."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)


def progress_console() -> Console:
    """Return the console for progress, on standard error."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def emit_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print `value` as one line of JSON, keys in the order given."""
    typer.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))
