"""Counterexample: the shortest call of a violation as a call script that runs to the same end.

The script is played in writing (``tier: text``) by ``nightbell rehearse``; what it expects is the violation
itself, so that it passes where the flow is wrong. A walk that nobody can bring about at will has no
script. The form of scripts is rehearsal's; it is held to that by the tests, because no room below rehearsal may
know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from nightbell.flow.proof.laying_out import as_yaml
from nightbell.flow.proof.monitor import pages
from nightbell.flow.proof.table import FLOOR, Do, Move, Row, Table
from nightbell.flow.proof.verdict import Violation
from nightbell.terms.disposition import Disposition, highest

__all__ = ["name_of", "script_of"]

_CALLER: Final = "+447700900123"
"""From the range that is kept for fiction."""
_UNDER_MS: Final = 500
"""Into a prompt, where nothing listens at its end."""
_AFTER_NO_MS: Final = 1600
"""A yes sooner than 1.5 s after a no would take that back (DESIGN section 5)."""
_SOON: Final = "20s"
_UNSURE: Final = 0.05
"""A confidence below every level that a flow can ask for and mean."""
_ROUNDS_LIMIT: Final = "30m"
"""Longer than a flow lets a call last, so that the flow's own limit ends a ring, not the rehearsal's."""
_HISTORY: Final = ("contacts_96h", "filler_contacts_96h", "silent_96h", "treated_14d", "filler_14d")
_LISTENS: Final = frozenset({"ask", "number", "message", "hold"})
_ANSWERS: Final = frozenset({"press", "words", "unsure", "too_long", "silence", "hang_up"})
_KEPT: Final = frozenset({"universal", "person", "correct"})
"""Outcomes that wait for the end of the words they were said under."""
_LATE: Final = {"late": "failed"}
_WHEN: Final = {"acknowledged": {"acknowledged_after": _SOON}, "exhausted": {"exhausted_after": _SOON}}


class _Unplayable(Exception):
    """The walk cannot be written as a script."""


def name_of(violation: Violation) -> str:
    """Return a name for the script: its file's name, without .yaml."""
    row = re.sub(r"[^a-z0-9]+", "-", violation.row.lower()).strip("-")
    return f"{violation.code.lower()}-{row or 'call'}"


def script_of(table: Table, violation: Violation, name: str = "") -> str | None:
    """Return the YAML of a call script that shows a violation, or None where no script can.

    Args:
        table: what was proved.
        violation: with its walk.
        name: the script's name, as its file's; ``name_of`` when left out.
    """
    if not violation.shown:
        return None
    try:
        made = _Script(table, violation).made(name or name_of(violation))
    except _Unplayable:
        return None
    return as_yaml(made)


def _answer(do: Do) -> dict[str, Any]:
    match do.what:
        case "press" | "words":
            return {do.what: do.value}
        case "unsure":
            return {"words": do.value, "confidence": _UNSURE}
        case "too_long":
            return {"words": do.value, "too_long": True}
        case _:
            return {do.what: True}


class _Script:
    """The script in the making."""

    def __init__(self, table: Table, violation: Violation) -> None:
        self._table = table
        self._violation = violation
        self._answers: dict[str, list[dict[str, Any]]] = {}
        self._under: set[str] = set()
        self._fakes: dict[str, Any] = {}
        self._after_no = False
        self._row = table.start
        self._states: list[str] = []

    def made(self, name: str) -> dict[str, Any]:
        violation = self._violation
        expect = self._played()
        self._begin()
        made: dict[str, Any] = {"script": name, "about": violation.message, "tier": "text"}
        if violation.begins.get("callback_number") != "unknown" and not self._is_withheld():
            made["caller"] = {"number": _CALLER}
        if self._fakes:
            made["fakes"] = self._fakes
        if self._answers:
            made["answers"] = {
                place: answers[0] if len(answers) == 1 else answers for place, answers in self._trimmed()
            }
        made["repeats"] = 0
        if violation.property == "f":
            made["limit"] = _ROUNDS_LIMIT
        made["expect"] = expect
        return made

    def _is_withheld(self) -> bool:
        """Tell whether the walk leaves out the offer of the caller's own number."""
        return any(
            move.outcome == "skip" and self._table.rows[name].question == "offer"
            for name, move in self._violation.walk
        )

    def _begin(self) -> None:
        begins = self._violation.begins
        past = {name: begins[name] for name in _HISTORY if begins.get(name, "0") not in {"0", "unknown"}}
        if past:
            self._fake("history", {key: int(v) if v.isdigit() else v for key, v in past.items()})

    def _fake(self, key: str, value: Any) -> None:
        if self._fakes.setdefault(key, value) != value:
            raise _Unplayable

    def _played(self) -> dict[str, Any]:
        """Play the walk; return what it must show."""
        walk = self._violation.walk
        before: str | None = None
        said = ""
        for name, move in walk:
            row = self._table.rows[name]
            self._visit(row)
            if row.kind not in _LISTENS:
                said = _alone(move, said if before == name else "")
            self._do(row, move, stayed=before == name)
            before = name if move.target == name else None
            self._row = move.target
        if self._violation.property == "f" and self._rings():
            return self._goes_round()
        return self._ended(self._table.rows[self._row], stayed=before is not None)

    def _rings(self) -> bool:
        return self._table.rows[self._row].kind != "closed"

    def _visit(self, row: Row) -> None:
        if row.state and (not self._states or self._states[-1] != row.state):
            self._states.append(row.state)

    def _do(self, row: Row, move: Move, *, stayed: bool) -> None:
        acted = False
        for do in move.do:
            acted = self._one(row, do) or acted
        waits = row.kind not in _LISTENS and row.kind not in {"decide", "world", "closed"}
        if not acted and waits and not stayed:
            self._add(row, {"silence": True})
        self._after_no = row.screen and move.outcome == "answer:no"

    def _one(self, row: Row, do: Do) -> bool:
        """Play one thing; tell whether it takes an answer of the place."""
        if do.what == "again":
            raise _Unplayable
        if do.what == "ears_fail":
            self._fake("ears", {"fail_at": self._place(row)})
        if do.what == "world":
            self._world(do.value)
        if do.what not in _ANSWERS:
            return False
        answer = _answer(do)
        if "words" in answer and self._after_no:
            answer["pause_ms"] = _AFTER_NO_MS
        if row.kind == "hold" and do.what == "silence":
            return False
        for _ in range(do.times):
            self._add(row, answer)
        return True

    def _world(self, value: str) -> None:
        what, _, outcome = value.partition("=")
        outcome = _LATE.get(outcome, outcome)
        if what == "escalation":
            self._fake(what, _WHEN[outcome])
        elif (what, outcome) not in {("notify", "ok"), ("promise", "made")}:
            self._fake(what, outcome)

    def _place(self, row: Row) -> str:
        if row.id == "~nine" or not row.question:
            return row.state
        return f"{row.state}.{row.question}"

    def _add(self, row: Row, answer: dict[str, Any]) -> None:
        place = self._place(row)
        if row.kind not in _LISTENS:
            self._under.add(place)
            answer = {**answer, "barge_in_ms": _UNDER_MS}
            answer.pop("pause_ms", None)
        self._answers.setdefault(place, []).append(answer)

    def _trimmed(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Leave out what is silence in any case."""
        for place, answers in self._answers.items():
            kept = list(answers)
            while kept and kept[-1].get("silence"):
                kept.pop()
            if kept:
                yield place, kept

    def _ended(self, row: Row, *, stayed: bool) -> dict[str, Any]:
        """Bring the call to an end where the walk leaves it, and return what must be shown."""
        floor = self._floor()
        passed: list[Row] = []
        while row.kind in {"say", "decide"} and not row.deflects and self._violation.property in {"a", "b", "g"}:
            # What the flow does by itself belongs to what is shown, up to where it waits for somebody.
            going = [move for move in row.moves if move.by == "call" and _passes(move, floor)]
            if not going or row in passed:
                break
            passed.append(row)
            self._visit(row)
            row, stayed = self._table.rows[going[0].target], False
        self._visit(row)
        expect: dict[str, Any] = {}
        if row.kind == "finish" and row.disposition is not None and floor != Disposition.DM.value:
            final = highest(Disposition(floor) if floor else None, row.disposition) or row.disposition
            expect["disposition"] = final.value
            expect["final"] = row.state
        else:
            if not stayed or row.kind in _LISTENS:
                self._add(row, {"hang_up": True})
            expect["at_least"] = floor or Disposition.D5.value
            expect["final"] = row.state
            expect["ended"] = "hangup"
        if pages(floor):
            expect["paged"] = True
        expect["states"] = self._states
        emergency = self._table.rows[self._table.emergency].state
        if self._violation.property in {"a", "b"} and emergency not in self._states:
            expect["said_emergency"] = False
        never = sorted(self._unscreened() - set(self._states)) if self._violation.property == "d" else []
        if never:
            expect["never"] = never
        return expect

    def _floor(self) -> str:
        floor = ""
        for _, move in self._violation.walk:
            for change in move.changes:
                if change.variable == FLOOR:
                    floor = dict(change.to).get(floor, floor)
        return floor

    def _unscreened(self) -> set[str]:
        return {row.state for row in self._table.rows.values() if row.screen}

    def _goes_round(self) -> dict[str, Any]:
        """Let the call go round until its limits end it."""
        states = _once(self._states)
        return {"at_least": Disposition.DU.value, "ended": "failure", "states": states}


def _alone(move: Move, said: str) -> str:
    """Return what was said while a prompt plays; raise _Unplayable for a second thing, which no script can say.

    Args:
        move: the next one there.
        said: the outcome of what was said there before; empty for nothing.
    """
    acts = any(do.what in _ANSWERS for do in move.do)
    if said and (acts or (move.outcome.partition(":")[0] in _KEPT and move.outcome != said)):
        raise _Unplayable
    return move.outcome if acts else said


def _passes(move: Move, floor: str) -> bool:
    return all(floor in test.values for test in move.tests if test.variable == FLOOR)


def _once(states: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for state in states:
        if not kept or kept[-1] != state:
            kept.append(state)
    return kept
