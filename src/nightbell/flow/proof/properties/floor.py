"""Property e: a floor never drops, in the record or in the words.

The engine records the more urgent of floor and end; so what is held here is that the last words say no less. An
end is at least as urgent as every floor it is reached with, and no call with a floor that pages is turned away.
Rule 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, place_of
from nightbell.flow.proof.table import FLOOR, Row
from nightbell.terms.disposition import Disposition

__all__ = ["PROPERTY"]


def _find(evidence: Evidence) -> Iterator[Wrong]:
    for row in evidence.rows:
        if row.kind == "finish" and row.disposition is not None:
            yield from _says_less(evidence, row, row.disposition)
        if row.deflects:
            away = evidence.settled(row) & evidence.floors()
            if away:
                yield Wrong(
                    row=row.id,
                    message=f"a caller with a red flag is turned away at {place_of(row)}",
                    hint="send calls that have a floor to a person before this state",
                    places={row.id: away},
                )
        yield from _dropped(evidence, row)


def _says_less(evidence: Evidence, row: Row, ends: Disposition) -> Iterator[Wrong]:
    for floor in evidence.graph.space.values_in(evidence.settled(row), FLOOR):
        if floor == "" or ends.at_least(Disposition(floor)):
            continue
        less = evidence.settled(row) & evidence.having(FLOOR, floor)
        if less:
            yield Wrong(
                row=row.id,
                message=f"a call whose floor is {floor} ends with the words of {ends.value} at {place_of(row)}",
                hint=f"branch on the floor before it: {floor} needs an end of {floor} or more",
                places={row.id: less},
                blames=not ends.pages,
            )


def _dropped(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    for edge in evidence.graph.out[row.id]:
        pairs = [pair for change in edge.move.changes if change.variable == FLOOR for pair in change.to]
        lowered = [before for before, after in pairs if _is_lower(after, before)]
        drops = evidence.reached[row.id] & edge.enabled & evidence.having(FLOOR, *lowered)
        if drops:
            yield Wrong(
                row=row.id,
                message=f"a floor drops at {place_of(row)} by {edge.move.outcome}",
                hint="a floor is only ever raised",
                places={row.id: drops},
                last=edge,
            )


def _is_lower(after: str, before: str) -> bool:
    return before != "" and (after == "" or not Disposition(after).at_least(Disposition(before)))


PROPERTY = Property(
    letter="e",
    code="NB404",
    about=Code(
        "A floor drops",
        "What a caller has said once - a red flag, a yes in a screen, key 9 - sets a floor, and nothing later "
        'takes it back. An end whose words are meant for less ("we will ring you tomorrow") must not be '
        "reached by a call with a higher floor. The call below reaches one.",
    ),
    find=_find,
)
