"""Rendering: diagnostics as text with the place marked, as JSON, or as annotations for a code host's review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nightbell.document.diagnostic import Diagnostic

__all__ = ["as_annotations", "as_json", "as_text"]


def as_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """Return each fault with its line, a caret under its place, and its hint; a warning says that it is one.

    Args:
        diagnostics: in the order they shall stand.
        sources: file to text, for the lines shown; a file that is not there is left out.
    """
    blocks: list[str] = []
    for found in diagnostics:
        told = f"warning: {found.message}" if found.severity == "warning" else found.message
        lines = [f"{found.place} {found.code} {told}"]
        source = sources.get(found.place.file, "").splitlines()
        if 0 < found.place.line <= len(source):
            written = source[found.place.line - 1].replace("\t", " ")
            lines += [f"    {written}", "    " + " " * (found.place.column - 1) + "^"]
        if found.hint:
            lines.append(f"  hint: {found.hint}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def as_json(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Return one flat object for each fault."""
    return [
        {
            "file": found.place.file,
            "line": found.place.line,
            "column": found.place.column,
            "code": found.code,
            "severity": found.severity,
            "message": found.message,
            "hint": found.hint,
        }
        for found in diagnostics
    ]


def as_annotations(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one workflow command for each fault, as GitHub reads them from a job's output."""
    return "\n".join(
        f"::{found.severity} file={_property(found.place.file)},line={max(found.place.line, 1)},"
        f"col={max(found.place.column, 1)},title={_property(found.code)}::"
        + _data(found.message + (f" (hint: {found.hint})" if found.hint else ""))
        for found in diagnostics
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
