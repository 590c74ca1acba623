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
from nightbell.flow.proof.blame import last_choice
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, can_be_played, goes_on_alone, place_of
from nightbell.flow.proof.graph import Edge
from nightbell.flow.proof.table import CLEARED, FLOOR, Row
from nightbell.terms.disposition import Disposition

__all__ = ["PROPERTY"]


def _find(evidence: Evidence) -> Iterator[Wrong]:
    yield from _sent_on(evidence)
    for row in evidence.rows:
        quiet = evidence.quiet.get(row.id, 0)
        if quiet:
            yield from _turned_away(row, quiet)
        stuck = evidence.standing(row) if row.asks else evidence.reached[row.id]
        if (
            row.kind == "finish"
        ):  # in a crisis the last words are said again: the line never hangs up first (rule 14)
            stuck &= ~evidence.having(FLOOR, Disposition.DM.value)
        for edge in evidence.graph.out[row.id]:
            if _leads_on(row, edge):
                stuck &= ~edge.enabled
        if stuck:
            yield Wrong(
                row=row.id,
                message=f"a call can stand still at {place_of(row)}: nothing leads on from there by itself",
                hint="give every outcome of the state somewhere to lead to",
                places={row.id: stuck},
                blames=False,
            )


def _leads_on(row: Row, edge: Edge) -> bool:
    """Tell whether a move is made though nobody does anything: who is asked is silent, nobody takes the call."""
    owed = [do.what for do in edge.move.do] == ["wait"]  # said under must-hear words: it leads away when they end
    if row.asks and edge.move.by == "call" and not owed:
        return False  # it is passed over on arriving, or after many visits; somebody who is being asked is not
    if edge.move.outcome in {"acknowledged", "answered"}:
        return False
    return goes_on_alone(edge.move) and (edge.target != row.id or bool(edge.steps))


def _sent_on(evidence: Evidence) -> Iterator[Wrong]:
    """A question that, unanswered, sends away a caller who was not cleared, with nothing asked in between."""
    for end in evidence.rows:
        if _sends_away(end):
            yield from _sent_to(evidence, end)


def _sent_to(evidence: Evidence, end: Row) -> Iterator[Wrong]:
    graph = evidence.graph
    ahead = _ahead(evidence, end)
    told: set[str] = set()
    for row in evidence.rows:
        for edge in _unanswered(evidence, row):
            if edge.target not in ahead or row.id in told:
                continue
            sent = evidence.reached[row.id] & graph.before(edge, ahead[edge.target])
            if sent and last_choice(graph.rows, [(row.id, edge.move)], end.id) is not None:
                told.add(row.id)
                yield Wrong(
                    row=row.id,
                    message=f"a caller who is not understood at {place_of(row)} is sent to {place_of(end)}",
                    hint="let unclear, noinput and nomatch lead to a screen or a person",
                    places={row.id: sent},
                    last=edge,
                )


def _unanswered(evidence: Evidence, row: Row) -> list[Edge]:
    """Return the moves by which a question is left unanswered, those first that can be played."""
    edges = evidence.graph.out[row.id] if row.asks else ()
    left = [edge for edge in edges if edge.move.by in {"silence", "garbage", "failure"}]
    return sorted(left, key=lambda edge: not can_be_played(row, edge.move))


def _ahead(evidence: Evidence, end: Row) -> dict[str, int]:
    """Return the states from which a caller who was not cleared comes to an end with nothing asked in between."""
    graph = evidence.graph
    ahead = {end.id: evidence.reached[end.id] & evidence.having(CLEARED, "")}
    waiting = [end.id] if ahead[end.id] else []
    while waiting:
        name = waiting.pop()
        for edge in graph.into[name]:
            before = graph.rows[edge.source]
            if before.kind not in {"say", "decide", "world"} or edge.move.by not in {"call", "world"}:
                continue
            more = graph.before(edge, ahead[name]) & evidence.reached[before.id] & ~ahead.get(before.id, 0)
            if more:
                ahead[before.id] = ahead.get(before.id, 0) | more
                waiting.append(before.id)
    return ahead


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
