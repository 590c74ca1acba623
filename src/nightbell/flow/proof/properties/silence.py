"""Property c: a caller who is silent, mumbles or is not heard is never turned away, and no call stands still.

The first is held over calls in which nothing is understood from the answer on (moves by silence, garbage,
failure, the world and the call itself): they come to no deflect and no end of D3 to D5, and to no end without
words or a promise. It is held at every question of every call too: not understood, it leads to no deflect and no
such end with nothing asked in between, unless the caller was cleared before. The second is held in every state of
every call: if nobody does anything, something still happens. Rules 4, 6, 10.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, goes_on_alone, place_of
from nightbell.flow.proof.table import CLEARED, FLOOR, Row
from nightbell.terms.disposition import Disposition

__all__ = ["PROPERTY"]


def _find(evidence: Evidence) -> Iterator[Wrong]:
    yield from _sent_on(evidence)
    for row in evidence.rows:
        quiet = evidence.quiet.get(row.id, 0)
        if quiet:
            yield from _turned_away(row, quiet)
        stuck = evidence.reached[row.id]
        if (
            row.kind == "finish"
        ):  # in a crisis the last words are said again: the line never hangs up first (rule 14)
            stuck &= ~evidence.having(FLOOR, Disposition.DM.value)
        for edge in evidence.graph.out[row.id]:
            if goes_on_alone(edge.move) and (edge.target != row.id or edge.steps):
                stuck &= ~edge.enabled
        if stuck:
            yield Wrong(
                row=row.id,
                message=f"a call can stand still at {place_of(row)}: nothing leads on from there by itself",
                hint="give every outcome of the state somewhere to lead to",
                places={row.id: stuck},
                blames=False,
            )


def _sent_on(evidence: Evidence) -> Iterator[Wrong]:
    """A question that, unanswered, sends away a caller who was not cleared, with nothing asked in between."""
    graph = evidence.graph
    ahead = {
        row.id: evidence.reached[row.id] & evidence.having(CLEARED, "")
        for row in evidence.rows
        if _sends_away(row)
    }
    waiting = list(ahead)
    while waiting:
        name = waiting.pop()
        for edge in graph.into[name]:
            before = graph.rows[edge.source]
            if (
                before.asks
                or before.kind in {"finish", "hold", "transfer"}
                or edge.move.by not in {"call", "world"}
            ):
                continue
            more = graph.before(edge, ahead[name]) & evidence.reached[before.id] & ~ahead.get(before.id, 0)
            if more:
                ahead[before.id] = ahead.get(before.id, 0) | more
                waiting.append(before.id)
    for row in evidence.rows:
        for edge in graph.out[row.id] if row.asks else ():
            if edge.move.by not in {"silence", "garbage", "failure"} or edge.target not in ahead:
                continue
            where = place_of(graph.rows[edge.target])
            sent = evidence.reached[row.id] & graph.before(edge, ahead[edge.target])
            if sent:
                yield Wrong(
                    row=row.id,
                    message=f"a caller who is not understood at {place_of(row)} is sent to {where}",
                    hint="let unclear, noinput and nomatch lead to a screen or a person",
                    places={row.id: sent},
                    last=edge,
                )


def _sends_away(row: Row) -> bool:
    benign = row.disposition is not None and not row.disposition.at_least(Disposition.DU)
    return row.deflects or (row.kind == "finish" and benign)


def _turned_away(row: Row, quiet: int) -> Iterator[Wrong]:
    where, silent = place_of(row), "a caller who is not understood"
    if row.deflects:
        yield Wrong(
            row=row.id,
            message=f"{silent} is turned away at {where}",
            hint="let unclear, noinput and nomatch lead to a screen or a person",
            places={row.id: quiet},
            quiet=True,
        )
    if row.kind != "finish":
        return
    if row.disposition is not None and not row.disposition.at_least(Disposition.DU):
        yield Wrong(
            row=row.id,
            message=f"{silent} comes to the end {where} ({row.disposition.value})",
            hint="let unclear, noinput and nomatch lead to a screen, a person or an end of DU or more",
            places={row.id: quiet},
            quiet=True,
        )
    if not (row.words or row.promises):
        yield Wrong(
            row=row.id,
            message=f"{silent} is hung up on at {where} without the emergency words or a promise",
            hint="say the emergency number in the last words, or give the end a promise",
            places={row.id: quiet},
            quiet=True,
        )


PROPERTY = Property(
    letter="c",
    code="NB402",
    about=Code(
        "Silence is turned away",
        "A caller who cannot speak, whom the recogniser does not understand, or whose line is bad must be "
        "taken for somebody who needs help: silence and mumbling never lead to a booking, to a message for "
        "tomorrow or to a hang-up without words. And where nobody says anything the call goes on by itself. "
        "The call below shows a way on which that is not so.",
    ),
    find=_find,
)
