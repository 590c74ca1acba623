"""Property a: wherever a call stands, key 9 and every red flag lead to the words, or to care, in one step.

Held in every state that some call reaches, not row by row only: a way out that is there only while a counter is
low is none. Rules 1, 3 and 11; the rule of nines is in the table already. What is said of a flag's floor is said
here; what must follow a floor is property b.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, place_of
from nightbell.flow.proof.graph import Edge
from nightbell.flow.proof.monitor import TOLD, YES, tells
from nightbell.flow.proof.table import FLOOR, Row
from nightbell.terms.disposition import Disposition

__all__ = ["PROPERTY"]


_FEW: Final = 3
"""So many states are told one by one; more have one cause, and the first of them shows it."""


def _find(evidence: Evidence) -> Iterator[Wrong]:
    alike: dict[tuple[str, str, bool], list[Wrong]] = {}
    unsaid: list[Wrong] = []
    for wrong in sorted(_each(evidence), key=lambda one: _order(evidence, one)):
        edge = wrong.last
        if edge is not None and _is_words(evidence, edge.target):
            unsaid.append(wrong)
            continue
        key = ("", wrong.row, False)
        if edge is not None:
            key = (edge.move.outcome, edge.target, edge.source == edge.target)
        alike.setdefault(key, []).append(wrong)
    if unsaid:  # the words themselves are wrong, wherever one comes from
        edge = unsaid[0].last
        assert edge is not None
        state = evidence.graph.rows[edge.target].state
        yield replace(
            unsaid[0],
            message=f"the emergency words, {state}, can be cut or do not say which number to dial",
            hint="say 'hang up and dial' and {{ emergency_spoken }} in that state, with must_hear: true",
            at=state,
        )
    for group in alike.values():
        yield from group if len(group) <= _FEW else group[:1]


def _order(evidence: Evidence, wrong: Wrong) -> int:
    """Put first what is shown best: where something is asked, then where something is said."""
    row = evidence.graph.rows[wrong.row]
    return 0 if row.asks else 1 if row.kind == "say" else 2


def _is_words(evidence: Evidence, name: str) -> bool:
    """Tell whether a row should say the emergency words: it is of the state that says them after key 9."""
    table = evidence.graph.table
    return name in evidence.graph.rows and table.rows[name].state == table.rows[table.emergency].state


def _each(evidence: Evidence) -> Iterator[Wrong]:
    for row in evidence.rows:
        if evidence.standing(row):
            yield from _nine(evidence, row)
            for outcome, floor in evidence.graph.table.red_flags.items():
                yield from _flag(evidence, row, outcome, floor)


def _nine(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    here, where = evidence.standing(row), place_of(row)
    hint = "take the route of nine out of this state: key 9 leads to the emergency words everywhere"
    deaf = here & ~evidence.enabled(row, lambda move: move.outcome == "nine")
    if deaf:
        yield Wrong(
            row=row.id,
            message=f"key 9 does nothing while the call is at {where}",
            hint=hint,
            places={row.id: deaf},
            blames=False,
        )
    for edge in _edges(evidence, row, "nine"):
        target = evidence.graph.rows[edge.target]
        if here & edge.enabled and not tells(target):
            yield Wrong(
                row=row.id,
                message=f"key 9 at {where} leads to {place_of(target)}, not to the emergency words",
                hint=hint,
                places={row.id: here & edge.enabled},
                last=edge,
            )


def _flag(evidence: Evidence, row: Row, outcome: str, floor: Disposition) -> Iterator[Wrong]:
    here, where = evidence.standing(row), place_of(row)
    flag = outcome.removeprefix("universal:")
    deaf = here & ~evidence.enabled(row, lambda move: move.outcome == outcome)
    if deaf:
        yield Wrong(
            row=row.id,
            message=f"the red flag {flag!r} is not listened for at {where}",
            hint="take the route of this universal out of the state: a red flag counts wherever it is said",
            places={row.id: deaf},
            blames=False,
        )
    for edge in _edges(evidence, row, outcome):
        yield from _led(evidence, row, edge, floor)


def _led(evidence: Evidence, row: Row, edge: Edge, floor: Disposition) -> Iterator[Wrong]:
    here, where = evidence.standing(row) & edge.enabled, place_of(row)
    flag = edge.move.outcome.removeprefix("universal:")
    target = evidence.graph.rows[edge.target]
    missed = here & evidence.leading_below(edge, floor)
    if missed:
        yield Wrong(
            row=row.id,
            message=f"the red flag {flag!r}, said at {where}, does not set its floor {floor.value}",
            hint="take the route of this universal out of the state, or lead it to care",
            places={row.id: missed},
            last=edge,
        )
    if floor is Disposition.D0:
        lost = 0 if tells(target) else here & ~_may_stay(evidence, row, edge)
        need = "the emergency words"
    else:
        ends = target.kind == "finish" or target.deflects
        lost = here if ends and edge.target != row.id else 0
        need = "a screen, a person or the emergency words"
    if lost:
        yield Wrong(
            row=row.id,
            message=f"the red flag {flag!r}, said at {where}, leads to {place_of(target)}",
            hint=f"a flag of {floor.value} leads to {need} in one step",
            places={row.id: lost},
            last=edge,
        )


def _may_stay(evidence: Evidence, row: Row, edge: Edge) -> int:
    """Return where a D0 flag may leave a call where it is: the words were heard, or are owed.

    Under must-hear words it leads away when they are over, by another move of the same outcome (rule 11).
    """
    if edge.source != edge.target:
        return 0
    allowed = evidence.having(TOLD, YES) | evidence.having(FLOOR, Disposition.D0.value)
    if row.must_hear:
        for lead in _edges(evidence, row, edge.move.outcome):
            if lead.target != row.id:
                allowed |= edge.preimage(lead.enabled)
    return allowed


def _edges(evidence: Evidence, row: Row, outcome: str) -> Iterator[Edge]:
    return (edge for edge in evidence.graph.out[row.id] if edge.move.outcome == outcome)


PROPERTY = Property(
    letter="a",
    code="NB400",
    about=Code(
        "The emergency is not one step away",
        "Key 9, and every red flag that a caller says, must work wherever a call can stand: in the greeting, "
        "in the middle of a question, on hold, at the end. Key 9 and the flags of D0 lead straight to the "
        "emergency words; the others page a person and lead to a screen or to that person. A route in a state "
        "has taken this away, or the state that it leads to does not say the words. The call below shows "
        "where.",
    ),
    find=_find,
)
