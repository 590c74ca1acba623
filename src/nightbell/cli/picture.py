"""Picture: a graph in Graphviz's language, laid out and drawn as SVG by the Graphviz that pygraphviz brings along.

Nothing is started and nothing is fetched. What the C libraries below say on standard error, such as that they do
not know a line of the machine's font settings, is kept from the terminal and shown only where the drawing fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from nightbell.errors import ProviderError

__all__ = ["as_svg"]

_STANDARD_ERROR: Final = 2


def as_svg(dot: str) -> str:
    """Return the picture of a graph.

    Args:
        dot: the graph, as ``flow.diagram.dot`` writes it.

    Raises:
        ProviderError: Graphviz is not there, or cannot lay it out.
    """
    with tempfile.TemporaryFile() as chatter:
        try:
            with _kept(chatter):
                import pygraphviz  # noqa: PLC0415 - a hundred megabytes of libraries, for this verb alone

                drawn = pygraphviz.AGraph(string=dot).draw(format="svg", prog="dot")
        except (ImportError, OSError, ValueError) as error:
            chatter.seek(0)
            said = chatter.read().decode("utf-8", "replace").strip().splitlines()
            raise ProviderError(
                "the picture cannot be laid out" + (f": {said[-1]}" if said else ""),
                provider="graphviz",
                hint="install the package pygraphviz again, or ask for --format mermaid",
            ) from error
    return bytes(drawn).decode("utf-8")


@contextmanager
def _kept(chatter: IO[bytes]) -> Iterator[None]:
    """Send what C libraries write to standard error into a file."""
    sys.stderr.flush()
    terminal = os.dup(_STANDARD_ERROR)
    try:
        os.dup2(chatter.fileno(), _STANDARD_ERROR)
        yield
    finally:
        os.dup2(terminal, _STANDARD_ERROR)
        os.close(terminal)
