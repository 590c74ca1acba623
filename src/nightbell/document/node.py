"""Node: a YAML file as a tree in which every value is text and knows its place.

Nothing is resolved: ``no``, ``012`` and ``1:30`` are what was typed. A schema gives them meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as AnySequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from nightbell.document.diagnostic import Place

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "plain", "walk"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text."""

    text: str
    place: Place
    source: str = ""
    """The text as it stands in the file, quotes, folds and all."""
    plain: bool = True
    """Whether it was written without quotes, so that an empty one is no value at all."""

    def at(self, offset: int) -> Place:
        """Return the place in the file of the character ``offset`` of the text.

        Folding moves only white space, so the visible characters before the offset are counted in both. An
        escape in a quoted text makes the place less exact, never wrong by more than the value itself.
        """
        wanted = sum(not sign.isspace() for sign in self.text[:offset])
        start = _body(self.source)
        seen = 0
        for index in range(start, len(self.source)):
            if self.source[index].isspace():
                continue
            if seen == wanted:
                before = self.source[:index]
                lines = before.count("\n")
                column = index - before.rfind("\n") if lines else self.place.column + index
                return Place(self.place.file, self.place.line + lines, column)
            seen += 1
        return self.place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in written order."""

    items: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """Return the value of that key, or None."""
        return next((node for found, node in self.items if found.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return the key itself, for its place, or None."""
        return next((found for found, _ in self.items if found.text == key), None)

    def mapping(self, key: str) -> Mapping:
        """Return the mapping under that key, an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, Mapping) else Mapping((), self.place)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place
    inline: bool = False
    """Whether it was written in brackets, where a comma parts two values."""


Node: TypeAlias = Scalar | Mapping | Sequence


def plain(node: Node) -> Any:
    """Return the tree as dicts, lists and strings; a value that was left empty is None."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.items}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node.plain and not node.text else node.text


def walk(node: Node, path: AnySequence[str | int]) -> Iterator[tuple[Scalar | None, Node]]:
    """Follow a path of keys and indexes as far as it goes; yield each step's key and value, the root first."""
    yield None, node
    for step in path:
        key: Scalar | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            found = next(((name, value) for name, value in node.items if name.text == step), None)
            if found is None:
                return
            key, node = found
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        else:
            return
        yield key, node


def _body(source: str) -> int:
    """Return where the text begins: after a quote, or after the first line of a block."""
    if source[:1] in {"'", '"'}:
        return 1
    if source[:1] in {"|", ">"}:
        return source.find("\n") + 1
    return 0
