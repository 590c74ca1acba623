"""Property d: nobody is sent home unscreened.

An end of D3 or D4 is reached only with a screen answered no throughout (``cleared`` is "screen"), an end of D5
and a deflect only with that or with a booking's safety question answered no ("gate"). The table sets and takes
back ``cleared``; this file reads it, and holds that each question of a screen can be answered yes and that a yes
sets a floor. Clinical.md row 31, rule 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, place_of
from nightbell.flow.proof.table import CLEARED, Row
from nightbell.terms.disposition import Disposition

__all__ = ["PROPERTY"]

_YES: Final = "answer:yes"
_NEEDS: Final = {
    Disposition.D3: ("screen",),
    Disposition.D4: ("screen",),
    Disposition.D5: ("screen", "gate"),
}


def _find(evidence: Evidence) -> Iterator[Wrong]:
    for row in evidence.rows:
        yield from _unscreened(evidence, row)
        if row.screen:
            yield from _not_asked(evidence, row)
        elif _clears(row):
            yield from _deaf_to_yes(evidence, row)


def _unscreened(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    ends = _NEEDS.get(row.disposition, ()) if row.kind == "finish" and row.disposition is not None else ()
    needs = ends or (("screen", "gate") if row.deflects else ())
    if not needs:
        return
    passed = evidence.reached[row.id] & ~evidence.having(CLEARED, *needs)
    if passed:
        what = f"the end {place_of(row)} ({row.disposition.value})" if row.disposition else place_of(row)
        screen = "the safety question" if "gate" in needs else "the screen"
        yield Wrong(
            row=row.id,
            message=f"{what} can be reached without {screen} having been answered no",
            hint=f"put {screen} before it on every way, and let everything but a clear no lead to care",
            places={row.id: passed},
        )


def _clears(row: Row) -> bool:
    """Tell whether a row asks the safety question of a booking."""
    changes = (change for move in row.moves for change in move.changes if change.variable == CLEARED)
    return row.kind == "ask" and any(after == "gate" for change in changes for _, after in change.to)


def _deaf_to_yes(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    here, where = evidence.settled(row), place_of(row)
    deaf = here & ~evidence.enabled(row, lambda move: move.outcome == _YES)
    if deaf:
        yield Wrong(
            row=row.id,
            message=f"{where} cannot be answered yes",
            hint="a question about safety takes yes, no and not sure",
            places={row.id: deaf},
            blames=False,
        )


def _not_asked(evidence: Evidence, row: Row) -> Iterator[Wrong]:
    here, where = evidence.standing(row), place_of(row)
    yield from _deaf_to_yes(evidence, row)
    for edge in evidence.graph.out[row.id]:
        if edge.move.outcome != _YES:
            continue
        nothing = here & evidence.leading_below(edge, None)
        if nothing:
            yield Wrong(
                row=row.id,
                message=f"a yes to {where} sets no floor",
                hint="give the question the disposition that a yes means",
                places={row.id: nothing},
                last=edge,
            )


PROPERTY = Property(
    letter="d",
    code="NB403",
    about=Code(
        "The screen can be got round",
        "A caller is sent home - a message for later (D3, D4), a booking (D5), words that turn away - only "
        "after the questions about complications were all answered with a clear no; for a booking the safety "
        "question is enough. The call below gets there another way. Often a menu, a branch or an unclear "
        "answer leads past the screen.",
    ),
    find=_find,
)
