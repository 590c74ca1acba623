"""Spans: where in a YAML text each entry begins and ends, so that a text can be changed without writing it anew.

It changes no file and knows nothing of what the keys mean. Comments, quotes and order stay as they are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

__all__ = ["Span", "spans", "without"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One entry of a mapping, or one item of a list."""

    path: tuple[str | int, ...]
    """Keys and list positions from the top."""
    start: int
    """Of the key, or of the item."""
    value: int
    """Where the value begins; the same as ``start`` for an item."""
    end: int
    text: str | None
    """The value, where it is no mapping and no list."""
    line: int
    column: int
    """Of the value; both begin with 1."""
    last_line: int
    """First line that is none of it any more."""
    inline: bool
    """It stands in braces or brackets."""


def spans(text: str) -> Iterator[Span]:
    """Yield every entry of a text that reads, outer ones first; what stands behind an alias is told once."""
    root = YAML(typ="safe", pure=True).compose(text)
    if root is not None:
        yield from _within(root, (), set())


def without(text: str, span: Span) -> str:
    """Return the text without an entry."""
    if not span.inline:
        lines = text.splitlines(keepends=True)
        first = text.count("\n", 0, span.start)
        return "".join([*lines[:first], *lines[span.last_line - 1 :]])
    before, after = text[: span.start], text[span.end :]
    rest = after.lstrip()
    if rest.startswith(","):
        return before + rest[1:].lstrip()
    return before.rstrip().removesuffix(",") + after


def _within(node: Any, path: tuple[str | int, ...], seen: set[int]) -> Iterator[Span]:
    if id(node) in seen or node.id == "scalar":
        return
    seen.add(id(node))
    inline = bool(node.flow_style)
    pairs = node.value if node.id == "mapping" else [(None, item) for item in node.value]
    for number, (key, value) in enumerate(pairs):
        here = (*path, str(key.value) if key is not None else number)
        start = key.start_mark if key is not None else value.start_mark
        alias = value.start_mark.index < start.index or id(value) in seen
        if alias:
            continue
        block = value.id != "scalar" and not value.flow_style
        end = value.end_mark
        yield Span(
            path=here,
            start=start.index,
            value=value.start_mark.index,
            end=end.index,
            text=str(value.value) if value.id == "scalar" else None,
            line=value.start_mark.line + 1,
            column=value.start_mark.column + 1,
            last_line=end.line + 1 if block else end.line + 2,
            inline=inline,
        )
        yield from _within(value, here, seen)
