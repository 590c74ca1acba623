"""A flow as several pictures: the whole with each dialog as one box, and each dialog by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nightbell.flow.archive import flow_to_json
from nightbell.flow.diagram.dot import as_dot
from nightbell.flow.diagram.draw import draw
from nightbell.flow.diagram.drawing import Drawing
from nightbell.flow.diagram.lanes import WHOLE, lane_of, lanes
from nightbell.flow.load import load_flow

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rosewood() -> Drawing:
    return draw(load_flow(ROOT / "flows" / "rosewood"))


def test_each_state_stands_by_itself_in_its_own_lane_and_no_other(rosewood: Drawing) -> None:
    found = lanes(rosewood)
    assert len(found[WHOLE].boxes) < len(rosewood.boxes)
    for box in rosewood.boxes:
        own = [kept.name for kept in found[lane_of(box)].boxes]
        assert own.count(box.name) == 1
    for name in found:
        inside = {box.name for box in rosewood.boxes if lane_of(box) == name}
        assert inside
        assert all(
            inside.isdisjoint({box.name for box in rosewood.boxes if lane_of(box) == o})
            for o in found
            if o != name
        )


def test_every_way_is_drawn_somewhere_and_every_arrow_has_both_its_ends(rosewood: Drawing) -> None:
    found = lanes(rosewood)
    for lane in found.values():
        names = [box.name for box in lane.boxes]
        assert len(set(names)) == len(names)
        assert {end for arrow in lane.arrows for end in (arrow.source, arrow.target)} <= set(names)
    of = {box.name: lane_of(box) for box in rosewood.boxes}

    def end(name: str, lane: str) -> str:
        return name if of[name] in {lane, WHOLE} else f"dialog:{of[name]}"

    for arrow in rosewood.arrows:
        name = of[arrow.source]
        pairs = {(one.source, one.target) for one in found[name].arrows}
        assert (end(arrow.source, name), end(arrow.target, name)) in pairs


def test_a_danger_sign_stays_red_when_its_dialog_is_one_box(rosewood: Drawing) -> None:
    of = {box.name: lane_of(box) for box in rosewood.boxes}
    out = next(one for one in rosewood.arrows if one.red and of[one.source] and of[one.source] != of[one.target])
    whole = lanes(rosewood)[WHOLE]
    assert any(one.red and one.source == f"dialog:{of[out.source]}" for one in whole.arrows)


def test_a_page_has_a_heading_of_its_own(rosewood: Drawing) -> None:
    assert "double edge" in as_dot(rosewood)
    assert "double edge" not in as_dot(rosewood, heading=False)


def test_the_pictures_are_laid_out_beside_the_process_that_takes_calls() -> None:
    flow = load_flow(ROOT / "tests" / "flows" / "harbour")
    done = subprocess.run(
        [sys.executable, "-m", "nightbell.cli.pictures"],
        input=flow_to_json(flow),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = json.loads(done.stdout)
    assert "<title>state:hours</title>" in told["lanes"][""]["svg"]
    assert told["states"]["hours"] == {"title": "hours", "kind": "schedule", "lane": ""}
    assert ["reason", "booking", "booking"] in told["ways"]
