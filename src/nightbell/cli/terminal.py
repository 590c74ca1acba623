"""Output of the verbs: one console for people, one way to print JSON for programs.

Nothing here decides what is shown. Tables go to standard output, progress and errors to standard error, so that
`nightbell calls --json | jq` meets JSON alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console

__all__ = ["console", "emit_json", "progress_console"]


def console() -> Console:
    """Return the console for results; plain text when piped."""
    return Console(highlight=False, soft_wrap=True)


def progress_console() -> Console:
    """Return the console for progress, on standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def emit_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print `value` as one line of JSON, keys in the order given."""
    typer.echo(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))
