"""Lanes: one drawing as several that a person can read on a telephone.

The first is the flow with each dialog as one box, the others are the dialogs with what they lead to. Values only,
like the drawing itself; each state stands by itself in exactly one lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nightbell.flow.diagram.drawing import Arrow, Box, Drawing

__all__ = ["WHOLE", "lane_of", "lanes"]

WHOLE: Final = ""
"""Name of the lane that shows the flow itself; the others are called as the dialogs are."""
_LABELS: Final = 2
"""Ways with the same two ends whose words still fit an arrow."""


def lane_of(box: Box) -> str:
    """Return the lane in which a box is drawn by itself."""
    return box.group[0] if box.group else WHOLE


def lanes(drawing: Drawing) -> dict[str, Drawing]:
    """Return a drawing by lane: the whole first, then the dialogs in their order."""
    boxes = {box.name: box for box in drawing.boxes}
    dialogs = list(dict.fromkeys(lane_of(box) for box in drawing.boxes if box.group))
    return {WHOLE: _whole(drawing, boxes)} | {name: _dialog(drawing, boxes, name) for name in dialogs}


def _whole(drawing: Drawing, boxes: Mapping[str, Box]) -> Drawing:
    shown: dict[str, Box] = {}
    for box in drawing.boxes:
        if box.group:
            folded = _folded(box.group[0])
            red = box.red or (folded.name in shown and shown[folded.name].red)
            shown[folded.name] = replace(folded, red=red)
        else:
            shown[box.name] = replace(box, worst=False)
    ends = {name: _folded(box.group[0]).name if box.group else name for name, box in boxes.items()}
    return replace(drawing, boxes=tuple(shown.values()), arrows=_joined(drawing.arrows, ends), worst=None)


def _dialog(drawing: Drawing, boxes: Mapping[str, Box], name: str) -> Drawing:
    """Draw one dialog; what it leads to stands there as a box without its own ways."""
    inside = {box.name for box in drawing.boxes if lane_of(box) == name}
    touching = [arrow for arrow in drawing.arrows if arrow.source in inside]
    ends = {key: key if key in inside else _outer(boxes[key]).name for key in boxes}
    beyond = {_outer(boxes[arrow.target]).name: _outer(boxes[arrow.target]) for arrow in touching}
    own = [replace(box, group=box.group[1:], worst=False) for box in drawing.boxes if box.name in inside]
    leads = [box for key, box in beyond.items() if key not in inside and key != _folded(name).name]
    return Drawing(
        title=name.replace("_", " "),
        about=f"a dialog of {drawing.title}",
        boxes=(*own, *leads),
        arrows=_joined(touching, ends),
    )


def _outer(box: Box) -> Box:
    """Return what stands for a box outside its dialog."""
    return _folded(box.group[0]) if box.group else replace(box, lines=(), worst=False, starts=False)


def _folded(dialog: str) -> Box:
    return Box(name=f"dialog:{dialog}", title=dialog.replace("_", " "), shape="ask", kind="dialog")


def _joined(arrows: tuple[Arrow, ...] | list[Arrow], ends: Mapping[str, str]) -> tuple[Arrow, ...]:
    """Return arrows between what stands for their ends; those with the same two ends are one."""
    together: dict[tuple[str, str], list[Arrow]] = {}
    for arrow in arrows:
        pair = (ends[arrow.source], ends[arrow.target])
        if pair[0] != pair[1] or arrow.source == arrow.target:
            together.setdefault(pair, []).append(arrow)
    return tuple(_arrow(pair, several) for pair, several in together.items())


def _arrow(pair: tuple[str, str], several: list[Arrow]) -> Arrow:
    labels = list(dict.fromkeys(arrow.label for arrow in several if arrow.label))
    label = ", ".join(labels) if len(labels) <= _LABELS else ""
    return Arrow(source=pair[0], target=pair[1], label=label, red=any(arrow.red for arrow in several))
