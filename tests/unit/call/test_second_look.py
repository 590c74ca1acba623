"""A withheld number that was keyed is looked up: what is known grows, and the table knows that it may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.effects import AskHistory, Escalate, Learnt
from nightbell.call.events import HistoryFound
from nightbell.call.table import table_of
from nightbell.flow.model import Branch, Case, Flow
from nightbell.flow.proof.table import Row
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow
from nightbell.testing.following import Followed, NotInTable

NUMBER = "07700900321#"
E164 = "+447700900321"


def asking() -> Flow:
    """Return a flow that reads contacts and treatments after the number was keyed."""
    flow = small_flow()
    again = Branch(
        name="again",
        line=3,
        cases=(
            Case(of="filler_contacts_96h", test="at_least", value=("1",), next="hold", floor=Disposition.D1),
            Case(of="filler_14d", test="equals", value=("yes",), next="hold", floor=Disposition.D1),
        ),
        otherwise="reason",
    )
    states = tuple(again if state.name == "again" else state for state in flow.states)
    return replace(flow, states=states, hash="6" * 64)


def at_number(call: HandCall) -> HandCall:
    call.until("reason")
    call.session.memory.step = "number.entry"
    call.until("number.entry")
    return call


def asked(call: HandCall) -> list[str | None]:
    return [effect.caller for effect in call.done if isinstance(effect, AskHistory)]


def test_a_keyed_number_is_looked_up_where_the_callers_own_is_withheld() -> None:
    withheld = at_number(HandCall(small_flow(), caller=None))
    withheld.press(*NUMBER)
    assert asked(withheld) == [None, E164]

    shown = at_number(HandCall(small_flow()))
    shown.press(*NUMBER)
    assert asked(shown) == ["+447700900123"]


def test_a_second_look_takes_nothing_back() -> None:
    call = HandCall(small_flow(), caller=None)
    call.tell(HistoryFound, timed_out=False)
    at_number(call).press(*NUMBER)
    memory = call.session.memory
    assert (memory.treated_14d, memory.filler_14d) == ("unknown", "unknown")

    found: dict[str, Any] = {"contacts_96h": 2, "filler_contacts_96h": 1, "silent_96h": 1}
    found |= {"treating": "ann", "route": ("ann", "bob")}
    call.tell(HistoryFound, timed_out=False, treated_14d="yes", filler_14d="yes", **found)
    call.tell(HistoryFound, timed_out=False, treated_14d="no", filler_14d="no", route=("bob",))
    memory = call.session.memory
    assert (memory.contacts_96h, memory.filler_contacts_96h, memory.silent_96h) == (2, 1, 1)
    assert (memory.treated_14d, memory.filler_14d) == ("yes", "yes")
    assert (memory.treating, memory.route) == ("ann", ("ann", "bob"))


def test_no_treatment_of_a_keyed_number_is_no_proof() -> None:
    call = at_number(HandCall(small_flow(), caller=None))
    call.press(*NUMBER)
    call.tell(HistoryFound, timed_out=False, treated_14d="no", filler_14d="no")
    assert (call.session.memory.treated_14d, call.session.memory.filler_14d) == ("unknown", "unknown")


def test_a_page_says_whom_to_ring() -> None:
    call = HandCall(small_flow())
    call.tell(HistoryFound, timed_out=False, treating="ann", route=("ann", "bob"))
    call.until("reason")
    call.mutter("my lip went white")
    pages = [effect for effect in call.done if isinstance(effect, Escalate)]
    assert [(page.treating, page.route) for page in pages] == [("ann", ("ann", "bob"))]


def test_what_the_call_learns_is_told_to_the_record() -> None:
    call = HandCall(small_flow())
    call.until("reason")
    call.press("2")
    call.until("before")
    call.press("2")
    learnt = [(effect.result, effect.category) for effect in call.done if isinstance(effect, Learnt)]
    assert learnt == [("answer", "no")]


@pytest.mark.parametrize("found", [{"filler_contacts_96h": 2}, {"filler_14d": "yes"}])
def test_the_table_follows_a_second_look(found: dict[str, Any]) -> None:
    flow = asking()
    table = table_of(compile_flow(flow))

    def play(rows: dict[str, Row]) -> Followed:
        call = Followed(flow, replace(table, rows=rows), caller=None)
        call.until("reason")
        call.press("1")
        call.until("screen.sight")
        call.press("2")
        call.until("screen.pain")
        call.press("1")
        call.until("hold")
        call.wait("limit")
        call.until("number.entry")
        call.press(*NUMBER)
        call.tell(HistoryFound, timed_out=False, **found)
        return call

    assert play(dict(table.rows)).at
    without = {
        name: replace(row, moves=tuple(move for move in row.moves if move.outcome != "history"))
        for name, row in table.rows.items()
    }
    with pytest.raises(NotInTable):
        play(without)
