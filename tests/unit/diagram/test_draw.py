"""What a picture of a flow shows: every way, danger signs in red, the longest way, groups."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from nightbell.flow.diagram.draw import draw
from nightbell.flow.diagram.drawing import ANYWHERE, Arrow, Drawing, Worst
from nightbell.flow.diagram.ways import Way, ways
from nightbell.flow.load import load_flow
from nightbell.flow.model import Branch, Flow, Prompt, PromptState, Transfer, Words

FLOWS = Path(__file__).parents[2] / "flows"


@pytest.fixture(scope="module")
def harbour() -> Flow:
    return load_flow(FLOWS / "harbour")


def arrow(drawing: Drawing, source: str, target: str) -> Arrow:
    found = [a for a in drawing.arrows if (a.source, a.target) == (f"state:{source}", f"state:{target}")]
    assert len(found) == 1, found
    return found[0]


def test_every_way_of_every_state_is_an_arrow(harbour: Flow) -> None:
    drawing = draw(harbour)
    assert [box.title for box in drawing.boxes[1:]] == [state.name for state in harbour.states]
    for state in harbour.states:
        drawn = {a.target.removeprefix("state:") for a in drawing.arrows if a.source == f"state:{state.name}"}
        mistake = {harbour.after_mistake} if state.name == harbour.emergency else set()
        assert drawn == {way.target for way in ways(state)} | mistake


def test_labels_are_short(harbour: Flow) -> None:
    drawing = draw(harbour)
    assert arrow(drawing, "reason", "booking").label == "booking"
    assert arrow(drawing, "reason", "sight").label == "worried, silence, mumbling"
    assert arrow(drawing, "read_back", "number").label == "no"
    assert arrow(drawing, "opening", "hours").label == ""
    assert arrow(drawing, "message", "listed").label == "", "one way needs no word"
    assert max(len(a.label) for a in drawing.arrows) <= 40


def test_a_danger_sign_is_red_until_the_caller_is_asked_anew(harbour: Flow) -> None:
    drawing = draw(harbour)
    for source, target in (("sight", "hold"), ("sight", "emergency"), ("hold", "put_through"), ("known", "sight")):
        assert arrow(drawing, source, target).red, (source, target)
    for source, target in (("opening", "hours"), ("reason", "sight"), ("sight", "number"), ("reason", "booking")):
        assert not arrow(drawing, source, target).red, (source, target)
    assert not arrow(drawing, "emergency", "sight").red, "nine by mistake is no danger sign"
    red = {box.title for box in drawing.boxes if box.red}
    assert {"hold", "put_through", "emergency"} <= red
    assert not red & {"booking", "closed", "opening"}


def test_what_holds_everywhere_is_one_box(harbour: Flow) -> None:
    drawing = draw(harbour)
    from_anywhere = {a.target.removeprefix("state:"): a for a in drawing.arrows if a.source == ANYWHERE}
    assert set(from_anywhere) >= {harbour.emergency, harbour.person, harbour.silent}
    assert from_anywhere[harbour.emergency].label.startswith("key 9")
    assert from_anywhere[harbour.emergency].red
    assert not from_anywhere[harbour.silent].red
    assert sum("key 9" in a.label for a in drawing.arrows) == 1


def test_the_longest_way_is_marked_once(harbour: Flow) -> None:
    worst = Worst(states=("opening", "hours", "reason", "sight", "hold", "put_through"), turns=7, seconds=140)
    drawing = draw(harbour, worst)
    marked = [(a.source, a.target) for a in drawing.arrows if a.worst]
    assert sorted(marked) == sorted(
        (f"state:{source}", f"state:{target}") for source, target in pairwise(worst.states)
    )
    assert {box.title for box in drawing.boxes if box.worst} == set(worst.states)
    assert not any(a.worst for a in draw(harbour).arrows)


def test_where_a_red_and_a_plain_way_share_both_ends_they_stay_apart(harbour: Flow) -> None:
    known = harbour.state("known")
    assert isinstance(known, Branch)
    flow = replace(
        harbour,
        states=tuple(replace(known, otherwise="sight") if state is known else state for state in harbour.states),
    )
    worst = Worst(states=("known", "sight"), turns=0, seconds=0)
    found = [a for a in draw(flow, worst).arrows if (a.source, a.target) == ("state:known", "state:sight")]
    assert sorted((a.label, a.red, a.worst) for a in found) == [
        ("calls in 4 days: 2 or more", True, False),
        ("otherwise", False, True),
    ]


def test_states_of_a_dialog_stand_in_its_group(harbour: Flow) -> None:
    say = Prompt(name="x", parts=(Words("Hello."),))
    inner = tuple(
        PromptState(name=name, line=1, say=say, next="reason", dialog=dialog)
        for name, dialog in (("ask.hello", "greeting"), ("ask.more.hello", "inner"))
    )
    drawing = draw(replace(harbour, states=(*harbour.states, *inner)))
    assert drawing.groups == (("ask",), ("ask", "more"))
    assert [(box.title, box.group) for box in drawing.boxes if box.group] == [
        ("hello", ("ask",)),
        ("hello", ("ask", "more")),
    ]


def test_routes_and_transfers_are_ways() -> None:
    say = Prompt(name="x", parts=(Words("Hello."),))
    state = Transfer(
        name="connect",
        line=1,
        say=say,
        to="clinician",
        limit_ms=45_000,
        answered="done",
        busy="hold",
        no_answer="hold",
        failed="hold",
        routes=(("nine", "emergency"), ("universal:pain", "screen"), ("universal:chat", "same")),
    )
    assert ways(state)[:2] == (Way("done", "answered"), Way("hold", "busy"))
    assert ways(state)[4:] == (Way("emergency", "key 9", red=True), Way("screen", "pain"))


def test_boxes_say_what_is_in_them(harbour: Flow) -> None:
    boxes = {box.title: box for box in draw(harbour).boxes}
    assert boxes["sight"].lines == ("vision: D0", "colour: D1")
    assert boxes["promised"].lines == ("D4 next working day",)
    assert boxes["opening"].must_hear
    assert boxes["opening"].starts
    assert not boxes["reason"].must_hear
    assert "[promise time]" in boxes["promised"].words
