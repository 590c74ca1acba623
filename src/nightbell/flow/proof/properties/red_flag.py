"""Property b: after a red flag come the emergency words or a person, before anything else is asked.

At floor D0 must-hear words that say "hang up and dial" are heard to their end before any question, any message,
any hold and any end. At every floor that pages - the page itself goes out in the engine, at once - a call reaches
a person (hold, transfer), or those words, before an end. The silent call's own end is the one exception (rule 4).
How soon is property g's matter. Rules 3, 4, 9.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, place_of
from nightbell.flow.proof.monitor import HELPED, TOLD, YES, tells
from nightbell.flow.proof.table import FLOOR, Row
from nightbell.terms.disposition import Disposition

__all__ = ["PROPERTY"]

_TAKEN: Final = {"hold": "acknowledged", "transfer": "answered"}


def _find(evidence: Evidence) -> Iterator[Wrong]:
    untold = {row.id: bits for row in evidence.rows if (bits := _untold(evidence, row))}
    if untold:  # one of them: what follows it has the same cause
        yield Wrong(
            row=next(iter(untold)),
            message="an emergency (D0) comes to {place} before the emergency words were heard",
            hint="lead D0 to a prompt that is must_hear and says to hang up and dial the emergency number",
            places=untold,
        )
    for row in evidence.rows:
        if row.kind == "finish":
            yield from _unhelped(evidence, row)
        elif row.kind in _TAKEN:
            yield from _never_taken(evidence, row)


def _never_taken(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    """A wait for a person that a person cannot end."""
    outcome = _TAKEN[row.kind]
    never = evidence.settled(row) & ~evidence.enabled(row, lambda move: move.outcome == outcome)
    if never:
        yield Wrong(
            row=row.id,
            message=f"nobody can take the call at {place_of(row)}: nothing follows {outcome!r}",
            hint=f"lead {outcome} to what is said when somebody has the call",
            places={row.id: never},
            blames=False,
        )


def _untold(evidence: Evidence, row: Row) -> int:
    """Return where a call is D0, and something else comes before the words."""
    if tells(row) or not (row.asks or row.deflects or row.kind in {"hold", "transfer", "finish"}):
        return 0
    return evidence.settled(row) & evidence.having(FLOOR, Disposition.D0.value) & ~evidence.having(TOLD, YES)


def _unhelped(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    """A floor that pages, and the end comes before a person or the words."""
    alone = evidence.settled(row) & evidence.floors() & ~evidence.having(HELPED, YES)
    if row.disposition is Disposition.D0 and tells(row):
        alone &= ~evidence.having(FLOOR, Disposition.D0.value)
    if alone:
        yield Wrong(
            row=row.id,
            message=f"a call with a red flag ends at {place_of(row)} without a person or the emergency words",
            hint="lead a call that has a floor to an escalate state before its end",
            places={row.id: alone},
        )


PROPERTY = Property(
    letter="b",
    code="NB401",
    about=Code(
        "A red flag is not followed by help",
        "Once a caller has given a red flag, the emergency words (D0) or a person (every other floor) come "
        "next. Nothing else is asked at D0 before the words were heard to their end, and no call with a floor "
        "ends before it was put on hold for a person or has heard the words. The call below gets past that.",
    ),
    find=_find,
)
