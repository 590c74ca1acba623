"""What the table says that somebody can bring about, handle does when it is brought about as the move says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nightbell.call.compile import compile_flow
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    HoursFound,
    HungUp,
    MessageRecorded,
    Notified,
    PromiseMade,
    TransferEnded,
)
from nightbell.call.step import Ask, TakeMessage
from nightbell.call.table import table_of
from nightbell.flow.model import Flow
from nightbell.flow.proof.table import Table
from nightbell.testing.flows import small_flow
from nightbell.testing.following import Followed, taken

STATES = 120
"""States from which every move is performed."""


def do(call: Followed, what: str, value: str, times: int) -> None:
    """Bring a move about as a call script would."""
    here = call.session.memory.step
    for _ in range(times):
        if call.session.closed or call.session.memory.step != here:
            return
        DOING[what](call, value)


def question_ends(call: Followed) -> None:
    """Answer what was asked, not what is being asked: a no in a screen's first words answers nothing."""
    memory = call.session.memory
    if isinstance(call.plan.steps[memory.step], Ask) and not memory.playing_must_hear:
        finish_prompt(call)


def press(call: Followed, keys: str) -> None:
    question_ends(call)
    for key in keys:
        if not call.session.closed:
            call.press(key)


def words(call: Followed, value: str) -> None:
    memory = call.session.memory
    if isinstance(call.plan.steps[memory.step], TakeMessage):
        finish_prompt(call)
        asked = call.session.memory.asked_world
        if asked is not None:
            call.tell(MessageRecorded, effect=asked, speech_ms=900, ended_by="key", text=value)
        return
    question_ends(call)
    if not call.session.closed:
        call.mutter(value)


def silence(call: Followed, value: str) -> None:
    del value
    here = call.session.memory.step
    finish_prompt(call)
    if call.session.memory.step == here and not call.session.closed:
        for timer in ("noinput", "nine", "limit", "world"):
            if timer in call.session.memory.timers:
                call.wait(timer)
                return


def wait(call: Followed, value: str) -> None:
    del value
    finish_prompt(call)


def ears(call: Followed, value: str) -> None:
    del value
    call.tell(EarsFailed, reason="died")


def hang_up(call: Followed, value: str) -> None:
    del value
    call.tell(HungUp, by="caller")


def finish_prompt(call: Followed) -> None:
    if call.session.memory.playing is not None:
        call.prompt_ends()


def world(call: Followed, value: str) -> None:
    kind, _, how = value.partition("=")
    memory = call.session.memory
    match kind:
        case "hours" if how == "late":
            call.wait("world")
        case "hours":
            call.tell(HoursFound, timed_out=False, hours=how)
        case "notify":
            call.tell(Notified, ok=how == "ok", effect=memory.asked_world)
        case "escalation":
            call.tell(EscalationChanged, status=how, effect=0)
        case "transfer":
            call.tell(TransferEnded, effect=memory.transfer, outcome=how)
        case _:
            made: dict[str, Any] = {"who": "a nurse", "from_number": "+442", "by_utc": 1, "by_spoken": "ten"}
            call.tell(PromiseMade, timed_out=how == "late", **made)


DOING: dict[str, Callable[[Followed, str], None]] = {
    "press": press,
    "words": words,
    "silence": silence,
    "wait": wait,
    "ears_fail": ears,
    "hang_up": hang_up,
    "world": world,
}


def realised(flow: Flow, table: Table) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Perform every move that can be performed, from the first call that comes to each state of the table.

    Returns:
        Rows and outcomes that could be tried, and those that handle took.
    """
    tried: set[tuple[str, str]] = set()
    taken_: set[tuple[str, str]] = set()
    seen: set[object] = set()
    places = {variable.name: at for at, variable in enumerate(table.variables)}
    todo: list[tuple[tuple[str, str, int], ...]] = [()]
    while todo and len(seen) < STATES:
        path = todo.pop(0)
        call = played(flow, table, path)
        memory = call.session.memory
        key = (memory.step, *call.at, memory.words_given)
        if memory.closed or key in seen:
            continue
        seen.add(key)
        (valuation,) = call.at
        for move in table.rows[memory.step].moves:
            if any(each.what == "again" for each in move.do) or not taken(places, move, valuation):
                continue
            name = (memory.step, move.outcome)
            steps = tuple((each.what, each.value, each.times) for each in move.do)
            if len(todo) < STATES or name not in taken_:
                after = played(flow, table, (*path, *steps))
                tried.add(name)
                went = any((row, outcome) == name for row, outcome, _ in after.walk[len(call.walk) :])
                if went or move.target == memory.step:
                    taken_.add(name)
                todo.append((*path, *steps))
    return tried, taken_


def played(flow: Flow, table: Table, path: tuple[tuple[str, str, int], ...]) -> Followed:
    call = Followed(flow, table)
    for what, value, times in path:
        if not call.session.closed:
            do(call, what, value, times)
    return call


def test_what_the_table_says_can_be_done_is_done() -> None:
    flow = small_flow()
    tried, taken_ = realised(flow, table_of(compile_flow(flow)))
    assert len(tried) > 150
    assert tried - taken_ == set()
