"""The way that takes a caller who is not understood longest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.flow.diagram.longest import longest_way
from nightbell.flow.load import load_flow
from nightbell.flow.proof.table import Move, Row, Table

ROOT = Path(__file__).parents[3]


def row(name: str, *moves: Move, kind: str = "ask") -> Row:
    return Row(id=name, kind=kind, state=name.partition(".")[0], moves=moves)  # type: ignore[arg-type]


def move(target: str, ms: int, by: str = "silence") -> Move:
    return Move(outcome="exhausted", target=target, by=by, ms=ms)  # type: ignore[arg-type]


def table(*rows: Row) -> Table:
    return Table(start=rows[0].id, rows={one.id: one for one in rows}, variables=(), emergency=rows[-1].id)


def test_it_is_the_longest_and_not_the_one_with_most_states() -> None:
    drawn = table(
        row("a", move("b", 1_000), move("c", 9_000)),
        row("b", move("d", 1_000)),
        row("c", move("hold", 9_000)),
        row("d", move("hold", 1_000)),
        row("hold", kind="hold"),
    )
    assert longest_way(drawn) == ("a", "c", "hold")


def test_what_only_a_caller_can_do_is_not_taken() -> None:
    drawn = table(
        row("a", move("b", 1_000), move("c", 9_000, by="caller")),
        row("b", move("hold", 1_000)),
        row("c", move("hold", 9_000)),
        row("hold", kind="hold"),
    )
    assert longest_way(drawn) == ("a", "b", "hold")


def test_a_way_without_an_arrow_is_not_taken() -> None:
    drawn = table(
        row("a", move("b", 1_000), move("hold", 9_000)),
        row("b", move("hold", 1_000)),
        row("hold", kind="hold"),
    )
    assert longest_way(drawn) == ("a", "hold")
    assert longest_way(drawn, {("a", "b"), ("b", "hold")}) == ("a", "b", "hold")


def test_rows_of_one_state_are_one_and_a_ring_is_passed_once() -> None:
    drawn = table(
        row("a", move("b.one", 1_000)),
        row("b.one", move("b.two", 1_000)),
        row("b.two", move("c", 1_000), move("hold", 1_000)),
        row("c", move("b.one", 1_000)),
        row("hold", kind="hold"),
    )
    assert longest_way(drawn) == ("a", "b", "hold")


def test_without_help_there_is_no_way() -> None:
    drawn = table(row("a", move("b", 1_000)), row("b", kind="finish"))
    assert longest_way(drawn) == ()


def test_it_goes_from_the_first_state_to_a_person_over_ways_of_the_flow() -> None:
    flow = load_flow(ROOT / "tests" / "flows" / "lakeside")
    found = longest_way(table_of(compile_flow(flow)))
    assert found[0] == flow.starts_at
    assert flow.state(found[-1]).kind in {"escalate", "transfer", "prompt", "end"}
    assert len(found) >= 4
    assert longest_way(replace(table_of(compile_flow(flow)), start=found[-1])) == (found[-1],)
