"""Pictures of one flow for the browser phone: `python -m nightbell.cli.pictures`, a flow as JSON in, one JSON out.

A process of its own, at the lowest priority: to lay a flow out takes a second of one core, and the process that
asks for it carries the sound of live calls. What the line says is not in them: the caller hears it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

from nightbell.cli.picture import as_svg
from nightbell.errors import NightbellError
from nightbell.flow.archive import flow_from_json
from nightbell.flow.diagram.dot import as_dot
from nightbell.flow.diagram.draw import draw
from nightbell.flow.diagram.drawing import Drawing
from nightbell.flow.diagram.lanes import lane_of, lanes
from nightbell.flow.model import Flow

__all__ = ["main", "pictures_of"]

_LOWEST: Final = 19


def pictures_of(flow: Flow) -> dict[str, Any]:
    """Return the pictures by lane, and of each state where it stands in them.

    ``lanes`` is name to title and SVG; ``states`` is name to title, kind and lane; ``ways`` has source, target
    and label of each arrow, with the names of states.

    Raises:
        ProviderError: Graphviz is not there, or cannot lay one out.
    """
    drawing = draw(flow)
    return {
        "lanes": {
            name: {"title": lane.title, "svg": as_svg(as_dot(lane, heading=False))}
            for name, lane in lanes(drawing).items()
        },
        "states": {
            _state(box.name): {"title": box.title.replace("_", " "), "kind": box.kind, "lane": lane_of(box)}
            for box in drawing.boxes
        },
        "ways": _ways(drawing),
    }


def _ways(drawing: Drawing) -> list[list[str]]:
    return [[_state(one.source), _state(one.target), one.label] for one in drawing.arrows]


def _state(name: str) -> str:
    return name.removeprefix("state:")


def main() -> int:
    """Read a flow, write its pictures; return the exit code."""
    os.nice(_LOWEST)
    try:
        told = json.dumps(pictures_of(flow_from_json(sys.stdin.read())))
    except NightbellError as error:
        sys.stderr.write(f"{error.code} {error.message}\n")
        return error.exit_code
    sys.stdout.write(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
