"""The page of a rehearsal in its report folder: `report.html`, beside the recordings it plays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nightbell.cli.picture import as_svg
from nightbell.errors import ProviderError, SettingsError
from nightbell.flow.diagram.dot import as_dot
from nightbell.flow.diagram.draw import draw
from nightbell.flow.load import load_flow
from nightbell.rehearsal.page.page import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.rehearsal.coverage.earned import Coverage
    from nightbell.rehearsal.hashes import Hashes
    from nightbell.rehearsal.result import CallResult

__all__ = ["clear", "write_page"]

_PAGE = "report.html"


def clear(report: Path) -> None:
    """Take away the page of an earlier run, so that it does not stand for one that comes to no end.

    What a sweep measured stays until another one has: it took long, and says of itself what it is.

    Raises:
        SettingsError: it stays.
    """
    try:
        (report / _PAGE).unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the old {report / _PAGE} stays ({error.strerror})", hint="choose another --report"
        ) from error


def write_page(
    folder: Path,
    results: Sequence[CallResult],
    report: Path,
    coverage: Coverage | None = None,
    *,
    plots: str = "",
    hashes: Hashes | None = None,
    note: str = "",
) -> Path:
    """Write the page; return its path. The flow is drawn where coverage was asked for, for that takes a while.

    Raises:
        SettingsError: the folder cannot be written to.
    """
    flow = load_flow(folder)
    diagram = ""
    if coverage is not None:
        try:
            diagram = as_svg(as_dot(draw(flow)))
        except ProviderError:
            diagram = ""  # a page without a picture is a page
    path = report / _PAGE
    try:
        report.mkdir(parents=True, exist_ok=True)
        text = page(flow, results, coverage=coverage, diagram=diagram, plots=plots, hashes=hashes, note=note)
        # A file's name need not be UTF-8, and the calls have been played by now.
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror})", hint="choose another --report"
        ) from error
    return path
