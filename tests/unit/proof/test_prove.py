"""Each property on tables made by hand: the sound one holds, one fault breaks it, by a shortest walk."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.proof import tables as t

from nightbell.flow.proof.counterexample import script_of
from nightbell.flow.proof.graph import build
from nightbell.flow.proof.prove import prove
from nightbell.flow.proof.retelling import steps_of
from nightbell.flow.proof.search import Budget, Limits, reach
from nightbell.flow.proof.table import Do, Table
from nightbell.flow.proof.table import Test as Only
from nightbell.flow.proof.verdict import Verdict
from nightbell.terms.disposition import Disposition


def outcomes(verdict: Verdict, letter: str) -> list[list[str]]:
    return [[move.outcome for _, move in one.walk] for one in verdict.violations if one.property == letter]


def test_the_sound_table_holds() -> None:
    verdict = prove(t.sound())
    assert verdict.proved, [one.message for one in verdict.violations]
    assert verdict.states_searched > 15


TO_ALERT = ["said", "answer:1", "answer:yes"]
ROUND = t.changed(t.led(t.sound(), "hold", "exhausted", "hold"), "hold", state="hold")
BROKEN = [
    ("a", t.deaf(t.sound(), "book", "nine"), ["said", "answer:2", "answer:no"]),
    ("a", t.led(t.sound(), "menu", "nine", "ask"), ["said", "nine"]),
    ("a", t.led(t.sound(), "gate", t.FLAG, "ask"), ["said", "answer:2", t.FLAG]),
    ("a", t.deaf(t.sound(), "hold", t.FLAG), ["said", "answer:1", "answer:yes", "said"]),
    ("b", t.led(t.sound(), "alert", "said", "taken"), ["said", "answer:1", "answer:yes", "said"]),
    ("b", t.deaf(t.sound(), "hold", "acknowledged"), ["said", "answer:1", "answer:yes", "said"]),
    ("c", t.led(t.sound(), "menu", "exhausted", "book"), ["said", "exhausted"]),
    ("c", t.deaf(t.sound(), "menu", "exhausted"), ["said"]),
    ("c", t.looked_up(t.deaf(t.sound(), "words", "said"), "words"), ["nine"]),
    ("c", t.changed(t.sound(), "taken", promises=False), ["said", "exhausted", "answer:yes", "said", "exhausted"]),
    ("d", t.led(t.sound(), "menu", "answer:2", "book"), ["said", "answer:2"]),
    ("d", t.led(t.sound(), "menu", "answer:2", "tomorrow"), ["said", "answer:2"]),
    ("d", t.deaf(t.sound(), "gate", "answer:yes"), ["said", "answer:2"]),
    ("e", t.changed(t.sound(), "taken", disposition=Disposition.D2), [*TO_ALERT, "said", "exhausted"]),
    ("f", ROUND, ["said", "answer:1", "answer:yes", "said", "exhausted"]),
    ("f", t.led(t.sound(), "book", "said", "closed"), ["said", "answer:2", "answer:no", "said"]),
    ("g", replace(t.sound(), seconds=7), [t.FLAG]),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "table", "walk"), BROKEN)
def test_one_fault_breaks_its_property_and_is_shown_by_a_shortest_walk(
    letter: str, table: Table, walk: list[str]
) -> None:
    verdict = prove(table)
    assert letter in verdict.violated
    found = outcomes(verdict, letter)
    assert min(len(one) for one in found) == len(walk)
    assert walk in found


def test_a_walk_is_a_walk() -> None:
    for _, table, _ in BROKEN:
        for violation in prove(table).violations:
            at = table.start
            for name, move in violation.walk:
                assert (name, move in table.rows[name].moves) == (at, True)
                at = move.target


def test_a_counter_ends_a_ring() -> None:
    """Three times round and out: no ring among states, though there is one among rows."""
    again = t.row(
        "again",
        "say",
        t.move("said", "count", changes=(t.UP,)),
        ms=1000,
    )
    count = t.row(
        "count",
        "decide",
        t.move("case:0", "hold", tests=(Only("count:n", frozenset({"3"})),)),
        t.move("otherwise", "again", tests=(Only("count:n", frozenset({"0", "1", "2"})),)),
        everywhere=False,
    )
    table = t.led(t.sound(), "menu", "exhausted", "again")
    table = replace(table, rows={**table.rows, "again": again, "count": count})
    assert prove(table).proved
    endless = t.changed(table, "again", moves=(t.move("said", "count"), *table.rows["again"].moves[1:]))
    assert prove(endless).violated == {"f"}


def test_what_no_later_branch_reads_is_no_state() -> None:
    """A counter that nothing reads multiplies nothing."""
    counted = t.added(t.sound(), "menu", t.press("3", "menu", t.UP))
    assert prove(counted).states_searched == prove(t.sound()).states_searched


def test_a_flow_that_is_too_large_says_what_multiplies() -> None:
    third = replace(t.press("4", "ask"), tests=(Only("count:n", frozenset({"3"})),))
    table = t.added(t.sound(), "menu", t.press("3", "menu", t.UP), third)
    found = prove(table, Limits(most_states=50))
    assert found.too_large is not None
    assert not found.proved
    assert found.too_large.variables[0] == ("count:n", 4)
    assert "count:n 4" in found.too_large.message
    worked = prove(table, Limits(most_work=10))
    assert worked.too_large is not None


def test_the_worst_case_is_exact_where_nothing_leads_back() -> None:
    """Hello 4 s, silence at menu 20 s (2 turns), silence at ask 15 s (2), alert 2 s: then the hold."""
    worst = prove(t.sound()).worst
    assert worst is not None
    assert (worst.unheard.turns, worst.unheard.ms) == (4, 41_000)
    # By the gate: press 2 (1 turn, 5 s), silence (2, 20 s), silence (2, 15 s), a nine before the hold (1, 8 s).
    assert (worst.to_help.turns, worst.to_help.ms) == (6, 52_000)
    assert (worst.to_words.turns, worst.to_words.ms) == (0, 8000)


def test_more_visits_are_a_longer_worst_case() -> None:
    back = t.added(t.sound(), "gate", t.press("4", "menu"))
    spans = []
    for visits in (1, 3):
        worst = prove(replace(back, visits=visits)).worst
        assert worst is not None
        assert worst.to_help.bounded
        spans.append(worst.to_help.turns)
    # Three rounds of menu and gate, then out by silence: 2 turns a round, 2 and 2 at the end.
    assert spans[1] > spans[0]
    assert spans[1] >= 3 * 2 + 2 + 2


def test_a_script_is_written_where_a_walk_can_be_played() -> None:
    table = t.led(t.sound(), "menu", "answer:2", "book")
    violation = next(one for one in prove(table).violations if one.property == "d")
    text = script_of(table, violation)
    assert text is not None
    assert "menu: {press: '2'}" in text
    assert "never: [ask]" in text
    assert "the caller presses 2" in "\n".join(steps_of(table, violation))


def test_a_walk_that_nobody_can_bring_about_has_no_script() -> None:
    table = t.led(t.sound(), "menu", "answer:2", "book")
    moves = tuple(
        replace(one, do=(Do("again"),)) if one.outcome == "answer:2" else one for one in table.rows["menu"].moves
    )
    table = t.changed(table, "menu", moves=moves)
    violation = next(one for one in prove(table).violations if one.property == "d")
    assert not violation.shown
    assert script_of(table, violation) is None


def test_what_leads_into_a_set_is_the_same_among_all_and_among_some() -> None:
    graph = build(t.sound())
    reached = reach(graph, Budget(10**9))
    for edges in graph.out.values():
        for edge in edges:
            for bits in (reached[edge.target], graph.space.having("floor", ("D0",)), graph.space.all):
                for among in (reached[edge.source], graph.space.having("cleared", ("", "gate"))):
                    assert graph.before_among(edge, bits, among) == graph.before(edge, bits) & among
