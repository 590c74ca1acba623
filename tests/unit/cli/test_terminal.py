"""What people name - folders, scripts, states - is shown as they wrote it, with its brackets and colons."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.console import Console
from rich.table import Table

from nightbell.cli.terminal import console, progress_console

WRITTEN = "rep[/red]x [bold]y :bell:"


@pytest.mark.parametrize("made", [console, progress_console])
def test_names_are_shown_as_they_are_written(
    made: Callable[[], Console], capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(box=None)
    table.add_row(WRITTEN)
    out = made()
    out.print(f"Recordings: {WRITTEN}")
    out.print(table)
    shown = "".join(capsys.readouterr())
    assert f"Recordings: {WRITTEN}\n" in shown
    assert shown.count(WRITTEN) == 2
