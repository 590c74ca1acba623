"""The sound flow of the tests and how a copy of it is broken in one place."""

from __future__ import annotations

from pathlib import Path

from nightbell.document.diagnostic import Diagnostic
from nightbell.errors import FlowError

FLOWS = Path(__file__).parents[2] / "flows"
CLINIC = "harbour"
FILES = {
    name: (FLOWS / name).read_text(encoding="utf-8")
    for name in ("harbour/clinic.yaml", "harbour/flow.yaml", "shared/universals.yaml")
}


def broken(*changes: tuple[str, str], file: str = "harbour/flow.yaml") -> dict[str, str]:
    """Return the files with each ``old`` replaced by ``new``; each must stand there once."""
    text = FILES[file]
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        text = text.replace(old, new)
    return {**FILES, file: text}


def diagnostics(error: FlowError) -> list[Diagnostic]:
    """Return the faults that the error carries."""
    found = [fault for fault in error.diagnostics if isinstance(fault, Diagnostic)]
    assert len(found) == len(error.diagnostics)
    return found
