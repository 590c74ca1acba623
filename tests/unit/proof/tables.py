"""A small sound table made by hand - greeting, menu, screen, gate, booking, hold - and ways to break it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nightbell.flow.proof.table import CLEARED, FLOOR, LOOKED_UP, Change, Do, Move, Row, Table, Test, Variable
from nightbell.terms.disposition import Disposition

FLOORS = ("", "D1", "D0")
VARIABLES = (
    Variable(name=FLOOR, values=FLOORS, begins=("",)),
    Variable(name=CLEARED, values=("", "gate", "screen"), begins=("",)),
    Variable(name="count:n", values=("0", "1", "2", "3"), begins=("0",)),
)
TO_D0 = Change(FLOOR, (("", "D0"), ("D1", "D0")))
TO_D1 = Change(FLOOR, (("", "D1"),))
GATED = Change(CLEARED, (("", "gate"),))
SCREENED = Change(CLEARED, (("", "screen"), ("gate", "screen")))
UP = Change("count:n", (("0", "1"), ("1", "2"), ("2", "3")))
TWICE = (Do("silence", times=2),)
FLAG = "universal:sight"


def move(outcome: str, target: str, by: Any = "call", **fields: Any) -> Move:
    return Move(outcome=outcome, target=target, by=by, **fields)


def press(key: str, target: str, *changes: Change, outcome: str = "") -> Move:
    return move(
        outcome or f"answer:{key}", target, "caller", changes=changes, turns=1, ms=5000, do=(Do("press", key),)
    )


def silence(target: str) -> Move:
    return move("exhausted", target, "silence", turns=2, ms=20_000, do=(Do("silence", times=2),))


def row(name: str, kind: Any, *moves: Move, **fields: Any) -> Row:
    here = fields.pop("everywhere", True)
    both = (
        move("nine", "words", "caller", changes=(TO_D0,), turns=1, do=(Do("press", "9"),)),
        move(FLAG, "words", "caller", changes=(TO_D0,), turns=1, do=(Do("words", "my sight has gone"),)),
        move("hangup", "closed", "hangup", do=(Do("hang_up"),)),
    )
    return Row(id=name, kind=kind, state=name, moves=(*moves, *(both if here else ())), **fields)


def sound() -> Table:
    rows = (
        row("hello", "say", move("said", "menu", ms=4000, do=(Do("wait"),)), ms=4000),
        row("menu", "ask", press("1", "ask"), press("2", "gate"), silence("ask")),
        row(
            "ask",
            "ask",
            press("1", "alert", TO_D1, outcome="answer:yes"),
            press("2", "clear", outcome="answer:no"),
            move(
                "answer:yes",
                "alert",
                "silence",
                changes=(TO_D1,),
                turns=2,
                ms=15_000,
                do=(Do("silence", times=2),),
            ),
            screen=True,
        ),
        row(
            "clear",
            "decide",
            move("case:0", "alert", tests=(Test(FLOOR, frozenset({"D1", "D0"})),)),
            move("otherwise", "tomorrow", tests=(Test(FLOOR, frozenset({""})),), changes=(SCREENED,)),
            everywhere=False,
        ),
        row(
            "gate",
            "ask",
            press("1", "ask", outcome="answer:yes"),
            press("2", "book", GATED, outcome="answer:no"),
            silence("ask"),
        ),
        row("book", "say", move("said", "booked", ms=3000, do=(Do("wait"),)), deflects=True, ms=3000),
        row("alert", "say", move("said", "hold", ms=2000, do=(Do("wait"),)), ms=2000),
        row("words", "say", move("said", "after", ms=8000, do=(Do("wait"),)), words=True, must_hear=True, ms=8000),
        row(
            "after",
            "decide",
            move("case:0", "gone", tests=(Test(FLOOR, frozenset({"D0"})),)),
            move("otherwise", "hold", tests=(Test(FLOOR, frozenset({"", "D1"})),)),
            everywhere=False,
        ),
        row(
            "hold",
            "hold",
            move("acknowledged", "taken", "world", ms=30_000, do=(Do("world", "escalation=acknowledged"),)),
            move("exhausted", "taken", "silence", ms=90_000, do=(Do("silence"),)),
        ),
        end("taken", Disposition.D1, promises=True),
        end("gone", Disposition.D0, words=True, must_hear=True),
        end("tomorrow", Disposition.D4, promises=True),
        end("booked", Disposition.D5, promises=True),
        Row(id="closed", kind="closed", state=""),
    )
    return Table(
        start="hello",
        rows={each.id: each for each in rows},
        variables=VARIABLES,
        emergency="words",
        red_flags={FLAG: Disposition.D0},
    )


def end(name: str, disposition: Disposition, **fields: Any) -> Row:
    return row(name, "finish", move("done", "closed", do=(Do("wait"),)), disposition=disposition, **fields)


def changed(table: Table, name: str, **fields: Any) -> Table:
    return replace(table, rows={**table.rows, name: replace(table.rows[name], **fields)})


def led(table: Table, name: str, outcome: str, target: str) -> Table:
    """Lead an outcome of a row elsewhere."""
    moves = tuple(replace(m, target=target) if m.outcome == outcome else m for m in table.rows[name].moves)
    return changed(table, name, moves=moves)


def added(table: Table, name: str, *moves: Move) -> Table:
    return changed(table, name, moves=(*table.rows[name].moves, *moves))


def looked_up(table: Table, name: str) -> Table:
    """Let the records be looked up once more in a row: it changes what the menu reads, and leads nowhere."""
    known = replace(press("4", "ask"), tests=(Test("count:n", frozenset({"1"})),))
    found = move(LOOKED_UP, name, "world", changes=(UP,), do=(Do("again"),))
    return added(added(table, "menu", known), name, found)


def deaf(table: Table, name: str, outcome: str) -> Table:
    """Take an outcome of a row away."""
    return changed(table, name, moves=tuple(m for m in table.rows[name].moves if m.outcome != outcome))
