"""The engine bench: the call it repeats, and that its machines walk the same way."""

from __future__ import annotations

import asyncio

import pytest
from scripts.benches import engine
from scripts.benches._engine_peers import AsyncPeer, MovePeer, XStatePeer
from scripts.benches._engine_walk import TURNS, Walk, events_of_call, record

from nightbell.call.events import Heard, KeyPressed, MessageRecorded, Played
from nightbell.call.session import Session


@pytest.fixture(scope="module")
def walk() -> Walk:
    return record(engine.FLOW)


def test_the_call_is_ten_answers_by_voice_and_keys(walk: Walk) -> None:
    answers = [event for event in walk.events if isinstance(event, Heard | KeyPressed | MessageRecorded)]

    assert len(answers) == TURNS == walk.answers
    assert {type(event) for event in answers} == {Heard, KeyPressed}
    assert sum(isinstance(event, Played) for event in walk.events) >= TURNS


def test_the_repeated_call_goes_where_the_first_one_went(walk: Walk) -> None:
    session = Session(walk.plan)
    for event in events_of_call(walk, 7):
        session.handle(event)

    assert session.closed
    assert session.memory.call == "call-7"


def test_every_machine_walks_to_the_same_end(walk: Walk) -> None:
    """Each peer raises where it ends elsewhere."""
    assert XStatePeer.is_there(), "requirements/dev.in names it"
    rates = [MovePeer(walk).walk(3), asyncio.run(AsyncPeer(walk).walk(3)), XStatePeer(walk).walk(3)]

    assert all(moves > 0 and new_us >= 0 for moves, new_us in rates)


def test_a_machine_that_goes_elsewhere_is_found_out(walk: Walk) -> None:
    short = Walk(walk.plan, walk.events, walk.start, walk.outcomes[:-1], walk.answers)
    with pytest.raises(AssertionError, match="elsewhere"):
        MovePeer(short).walk(1)
    with pytest.raises(AssertionError, match="elsewhere"):
        asyncio.run(AsyncPeer(short).walk(1))
    with pytest.raises(AssertionError, match="elsewhere"):
        XStatePeer(short).walk(1)


def test_it_prints_every_figure_that_a_goal_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RUNS": 1, "MACHINE_CALLS": 5, "ENGINE_CALLS": 5, "NEW_CALLS": 20}.items():
        monkeypatch.setattr(engine, name, value)
    figures = {figure.name: figure for figure in engine.measure(lambda _: None)}

    goals = {name: figure.goal for name, figure in figures.items() if figure.goal}
    assert goals == {
        "moves to AsyncMachine's": ">= 3",
        "calls of 10 answers, one core": ">= 2000",
        "new call": "<= 4096",
        "new call made in": "<= 100",
        "call after its first event": "<= 4096",
    }
    assert all(figure.value is not None for figure in figures.values())
    assert figures["new call"].met, "a session of a new call is small whatever machine runs this"
