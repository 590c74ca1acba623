"""Mermaid: a drawing as a Mermaid flowchart, for pages that draw it themselves. Text in, text out; no layout.

Source of the grammar: mermaid.js.org/syntax/flowchart. Names of nodes are our own, since "end" and a few others
mean something to Mermaid; texts stand in quotes with the signs that it would read as markup written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.flow.diagram.drawing import Arrow, Box, Drawing, Shape

__all__ = ["as_mermaid"]

_SHAPES: Final[dict[Shape, tuple[str, str]]] = {
    "say": ("[", "]"),
    "ask": ("(", ")"),
    "screen": ("[[", "]]"),
    "decide": ("{{", "}}"),
    "world": ("[/", "/]"),
    "hold": ("([", "])"),
    "end": ("([", "])"),
    "anywhere": ("[", "]"),
}
_MARKUP: Final = str.maketrans(
    {
        "#": "#35;",
        '"': "#quot;",
        "<": "#lt;",
        ">": "#gt;",
        "&": "#amp;",
        "`": "#96;",
        "\\": "#92;",
        "|": "#124;",
    }
)
_RED: Final = "#b00020"
_CLASSES: Final = (
    "classDef plain fill:#ffffff,stroke:#5c6770,color:#1c2226",
    "classDef screen fill:#fff6e0,stroke:#8a5a00,color:#1c2226",
    f"classDef red fill:#fdecee,stroke:{_RED},color:#1c2226",
    "classDef anywhere fill:#eef3f8,stroke:#31587a,color:#1c2226",
    "classDef worst stroke-width:4px",
)
_RED_LINE: Final = f"stroke:{_RED},color:{_RED}"
_WORST_LINE: Final = "stroke-width:4px,stroke-dasharray:9 5"


def as_mermaid(drawing: Drawing) -> str:
    """Return the whole chart, ending in a line feed."""
    ids = {box.name: f"n{place}" for place, box in enumerate(drawing.boxes)}
    lines = ["---", f"title: {_yaml(drawing.title)}", "---", "flowchart TD"]
    lines += [f"  {line}" for line in _body(drawing, ids)]
    return "\n".join(lines) + "\n"


def _body(drawing: Drawing, ids: dict[str, str]) -> Iterator[str]:
    yield f"%% {drawing.about}"
    yield from _grouped(drawing, (), ids)
    styles: list[str] = []
    for place, arrow in enumerate(drawing.arrows):
        yield _arrow(arrow, ids)
        style = ",".join(line for line, on in ((_RED_LINE, arrow.red), (_WORST_LINE, arrow.worst)) if on)
        if style:
            styles.append(f"linkStyle {place} {style}")
    yield from _legend(drawing, len(drawing.arrows))
    yield from styles
    yield from _CLASSES
    for box in drawing.boxes:
        yield f"class {ids[box.name]} {_class(box)}"
        if box.worst:
            yield f"class {ids[box.name]} worst"


def _grouped(drawing: Drawing, group: tuple[str, ...], ids: dict[str, str]) -> Iterator[str]:
    """Write the boxes of a group, then the groups within it."""
    for box in drawing.boxes:
        if box.group == group:
            yield _box(box, ids)
    for place, inner in enumerate(drawing.groups):
        if len(inner) == len(group) + 1 and inner[: len(group)] == group:
            yield f'subgraph g{place}["{_text("dialog " + inner[-1])}"]'
            yield from (f"  {line}" for line in _grouped(drawing, inner, ids))
            yield "end"


def _box(box: Box, ids: dict[str, str]) -> str:
    left, right = _SHAPES[box.shape]
    marks = [mark for mark, on in (("begins here", box.starts), ("must be heard", box.must_hear)) if on]
    head = f"<b>{_text(box.title)}</b>"
    rows = [head, _text(", ".join([box.kind, *marks])), *(_text(line) for line in box.lines)]
    return f'{ids[box.name]}{left}"{"<br/>".join(rows)}"{right}'


def _arrow(arrow: Arrow, ids: dict[str, str]) -> str:
    label = f'|"{_text(arrow.label)}"|' if arrow.label else ""
    return f"{ids[arrow.source]} -->{label} {ids[arrow.target]}"


def _legend(drawing: Drawing, first: int) -> Iterator[str]:
    """Write the key; its arrows come after all others, since styles count them."""
    keys = [("a way on", ""), ("a danger sign of D0 or D1, and what follows", _RED_LINE)]
    if drawing.worst:
        keys.append((drawing.worst.told, _WORST_LINE))
    yield 'subgraph key["Key"]'
    for place, (words, _) in enumerate(keys):
        yield f'  k{2 * place}[" "] -->|"{_text(words)}"| k{2 * place + 1}[" "]'
    yield "end"
    for place, (_, style) in enumerate(keys):
        if style:
            yield f"linkStyle {first + place} {style}"


def _class(box: Box) -> str:
    if box.red:
        return "red"
    return box.shape if box.shape in {"screen", "anywhere"} else "plain"


def _text(text: str) -> str:
    return text.translate(_MARKUP)


def _yaml(text: str) -> str:
    """Return a double-quoted YAML text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
