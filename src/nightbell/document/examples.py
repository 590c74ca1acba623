"""Examples: for a code, a few words of a file that break it and the same words mended.

Both are kept in ``data/examples.yaml``; a test holds every one of them against the reader and the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from nightbell.document.node import Mapping, Scalar
from nightbell.document.reader import read

__all__ = ["Example", "examples"]

_FILE: Final = "data/examples.yaml"


@dataclass(frozen=True, slots=True)
class Example:
    """One fault and its mending."""

    file: str
    """Where such words stand, relative to the folder of the flows."""
    broken: str
    mended: str


@cache
def examples() -> dict[str, Example]:
    """Return code to example, for the codes that have one."""
    text = files("nightbell.document").joinpath(_FILE).read_text(encoding="utf-8")
    tree, faults = read(text, _FILE)
    assert tree is not None, faults
    return {code.text: _example(node) for code, node in tree.items if isinstance(node, Mapping)}


def _example(node: Mapping) -> Example:
    def text(key: str) -> str:
        found = node.get(key)
        return found.text if isinstance(found, Scalar) else ""

    return Example(text("file"), text("broken"), text("mended"))
