"""Dot: a drawing in the language of Graphviz, which lays it out. Text in, text out; Graphviz is not called here.

Source of the grammar: graphviz.org/doc/info/lang.html and shapes.html (labels in the manner of HTML).
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from nightbell.flow.diagram.drawing import ANYWHERE, Arrow, Box, Drawing

__all__ = ["as_dot"]

RED: Final = "#b00020"
_INK: Final = "#1c2226"
_SOFT: Final = "#5c6770"
_BLUE: Final = "#31587a"
_FONT: Final = "Arial,Liberation Sans,Helvetica,sans-serif"
"""Alike in width, so that a box fits its words on another machine too."""
_FILL: Final = {
    "say": "#ffffff",
    "ask": "#ffffff",
    "screen": "#fff6e0",
    "decide": "#f4f5f6",
    "world": "#f4f5f6",
    "hold": "#eef3f8",
    "end": "#f4f5f6",
    "anywhere": "#eef3f8",
}
_STYLE: Final = {"ask": "rounded,filled", "hold": "rounded,filled", "end": "rounded,filled"}
_BARE: Final = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'
_WIDE: Final = 44
"""Characters of a line in a box; a longer one is folded."""
_MANY: Final = 150
"""Boxes beyond which arrows run straight: leading 600 curves round 300 boxes takes Graphviz minutes, straight ones
less than a second."""
_LABEL: Final = 22
"""Characters of a line at an arrow."""


def as_dot(drawing: Drawing, *, heading: bool = True) -> str:
    """Return the whole graph, ending in a line feed; without its heading it is for a page that has one."""
    label = _heading(drawing) if heading else _quoted("")
    lines = [
        f"digraph {_quoted(drawing.title)} {{",
        f'  graph [fontname="{_FONT}", fontcolor="{_INK}", rankdir=TB, nodesep=0.42, ranksep=0.5, pad=0.3];',
        f"  graph [labelloc=t, labeljust=l, newrank=true, label={label}];",
        *(["  graph [splines=line, nslimit=1, nslimit1=1, mclimit=0.1];"] if len(drawing.boxes) > _MANY else []),
        f'  node [fontname="{_FONT}", fontsize=12, fontcolor="{_INK}", shape=box, margin="0.14,0.07"];',
        f'  edge [fontname="{_FONT}", fontsize=11, fontcolor="{_SOFT}", color="{_SOFT}", arrowsize=0.8];',
        *(f"  {line}" for line in _grouped(drawing, ())),
        *(f"  {_arrow(arrow)}" for arrow in drawing.arrows),
    ]
    top = [box.name for box in drawing.boxes if box.starts or box.name == ANYWHERE]
    ends = [box.name for box in drawing.boxes if box.shape == "end" and not box.group]
    lines.append(f"  {{rank=same; {'; '.join(_quoted(name) for name in top)}}}")
    if ends:
        lines.append(f"  {{rank=sink; {'; '.join(_quoted(name) for name in ends)}}}")
    return "\n".join([*lines, "}"]) + "\n"


def _grouped(drawing: Drawing, group: tuple[str, ...]) -> Iterator[str]:
    for box in drawing.boxes:
        if box.group == group:
            yield _box(box)
    for place, inner in enumerate(drawing.groups):
        if len(inner) == len(group) + 1 and inner[: len(group)] == group:
            yield f"subgraph cluster_{place} {{"
            label = f'<<FONT POINT-SIZE="12" COLOR="{_BLUE}">dialog {escape(inner[-1])}</FONT>>'
            yield f'  label={label}; style="rounded,dashed"; labeljust=r; color="{_BLUE}"; margin=14;'
            yield from (f"  {line}" for line in _grouped(drawing, inner))
            yield "}"


def _box(box: Box) -> str:
    marks = [mark for mark, on in (("begins here", box.starts), ("must be heard", box.must_hear)) if on]
    rows = [
        f'<B><FONT POINT-SIZE="13">{escape(box.title)}</FONT></B>',
        f'<FONT POINT-SIZE="10.5" COLOR="{_SOFT}">{escape(", ".join([box.kind, *marks]))}</FONT>',
    ]
    left = box.shape in {"screen", "anywhere"}
    rows += [_folded(line) for line in box.lines]
    align = ' ALIGN="LEFT"' if left else ""
    cells = "".join(f"<TR><TD{align}>{row}</TD></TR>" for row in rows)
    label = f'<<TABLE {_BARE} CELLPADDING="1">{cells}</TABLE>>'
    border = RED if box.red else (_BLUE if box.shape == "anywhere" else _SOFT)
    looks = {
        "label": label,
        "style": f'"{_STYLE.get(box.shape, "filled")}"',
        "fillcolor": f'"{"#fdecee" if box.red and box.shape != "anywhere" else _FILL[box.shape]}"',
        "color": f'"{border}"',
        "penwidth": "3" if box.worst else "1.3",
        "peripheries": "2" if box.must_hear else "1",
        "tooltip": _quoted(box.words or box.title),
    }
    return f"{_quoted(box.name)} [{', '.join(f'{key}={value}' for key, value in looks.items())}];"


def _folded(line: str) -> str:
    """Return a line, in several where it is long."""
    return '<BR ALIGN="LEFT"/>'.join(escape(part) for part in wrap(line, _WIDE)) + '<BR ALIGN="LEFT"/>'


def _arrow(arrow: Arrow) -> str:
    looks: dict[str, str] = {}
    if arrow.label:
        told = "<BR/>".join(escape(line) for line in wrap(arrow.label, _LABEL))
        space = 5 if arrow.worst else 1  # beside a thick line
        cell = f'<TR><TD BGCOLOR="#ffffff">{told}</TD></TR>'
        looks["label"] = f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="1" CELLSPACING="{space}">{cell}</TABLE>>'
    if arrow.red:
        looks |= {"color": f'"{RED}"', "fontcolor": f'"{RED}"', "penwidth": "1.6"}
    if arrow.worst:
        looks |= {"style": '"dashed"', "penwidth": "4"}
    looks["tooltip"] = _quoted(arrow.label or "goes on")
    return (
        f"{_quoted(arrow.source)} -> {_quoted(arrow.target)}"
        f" [{', '.join(f'{key}={value}' for key, value in looks.items())}];"
    )


def _heading(drawing: Drawing) -> str:
    """Return title and key, as one table at the top."""
    must = f'BORDER="1" COLOR="{_SOFT}" CELLSPACING="2" CELLBORDER="1" CELLPADDING="5"'
    after = f'BORDER="1" COLOR="{RED}" BGCOLOR="#fdecee" CELLBORDER="0" CELLPADDING="6"'
    keys = [
        (_line(_SOFT, 2), "a way on"),
        (_line(RED, 2), "danger sign of D0 or D1, and what follows"),
        (f"<TABLE {must}><TR><TD></TD></TR></TABLE>", "double edge: must be heard to its end"),
        (f"<TABLE {after}><TR><TD></TD></TR></TABLE>", "reached after a danger sign"),
    ]
    if drawing.worst:
        keys.append((_dashes(_INK), drawing.worst.told))
    cells = "".join(
        f'<TR><TD ALIGN="CENTER">{sign}</TD><TD ALIGN="LEFT">{words}</TD></TR>' for sign, words in keys
    )
    head = [
        f'<FONT POINT-SIZE="22"><B>{escape(drawing.title)}</B></FONT>',
        f'<FONT POINT-SIZE="12" COLOR="{_SOFT}">{escape(drawing.about)}</FONT>',
        f'<FONT POINT-SIZE="12"><TABLE {_BARE} CELLPADDING="3">{cells}</TABLE></FONT>',
    ]
    rows = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in head)
    return f'<<TABLE {_BARE} CELLPADDING="3">{rows}<TR><TD HEIGHT="14"></TD></TR></TABLE>>'


def _line(colour: str, height: int) -> str:
    return (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>'
        f'<TD WIDTH="40" HEIGHT="{height}" FIXEDSIZE="TRUE" BGCOLOR="{colour}"></TD></TR></TABLE>'
    )


def _dashes(colour: str) -> str:
    cell = f'<TD WIDTH="10" HEIGHT="4" FIXEDSIZE="TRUE" BGCOLOR="{colour}"></TD>'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="5" CELLPADDING="0"><TR>{cell * 3}</TR></TABLE>'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
