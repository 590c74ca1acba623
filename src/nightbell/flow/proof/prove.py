"""Prove: search a table, hold every property against what was found, and look for the shortest call of each fault.

It knows no property by name, and no file: what a state's place is in a file is the caller's to know.
"""

from __future__ import annotations

from nightbell.flow.proof.blame import closing_move, last_choice
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, can_be_played, is_plain, place_of
from nightbell.flow.proof.graph import Graph, build
from nightbell.flow.proof.living import measure
from nightbell.flow.proof.properties import PROPERTIES
from nightbell.flow.proof.search import Budget, Exhausted, Limits, Walk, reach, walks
from nightbell.flow.proof.span import Worst
from nightbell.flow.proof.table import Move, Table, Variable
from nightbell.flow.proof.verdict import TooLarge, Verdict, Violation
from nightbell.flow.proof.worst import QUIET, find_worst

__all__ = ["prove", "search"]


def prove(table: Table, limits: Limits | None = None) -> Verdict:
    """Prove a table safe, or say which calls are not.

    Args:
        table: a compiled flow.
        limits: how far to go; what is beyond them gives a verdict that is too large, never an endless search.
    """
    limits = limits or Limits()
    states, variables, live = measure(table)
    if states > limits.most_states or _product(variables) > limits.most_valuations:
        return Verdict(too_large=_too_large(states, variables))
    graph = build(table, (variables, live))
    try:
        evidence = search(graph, limits)
    except Exhausted:
        return Verdict(too_large=_too_large(states, variables))
    reached = evidence.reached
    wrong = [(found, one) for found in PROPERTIES for one in found.find(evidence)]
    return Verdict(
        violations=_shown(graph, wrong, limits),
        worst=evidence.worst,
        states_searched=sum(bits.bit_count() for bits in reached.values()),
    )


def search(graph: Graph, limits: Limits, worst: Worst | None = None) -> Evidence:
    """Find everything that calls can come to.

    Args:
        graph: the flow.
        limits: how far to go.
        worst: the longest calls, where they are known already.

    Raises:
        Exhausted: the limits were met.
    """
    budget = Budget(limits.most_work)
    reached = reach(graph, budget)
    quiet = reach(graph, budget, lambda edge: edge.move.by in QUIET)
    return Evidence(graph, reached, quiet, worst or find_worst(graph, reached, quiet))


def _shown(graph: Graph, wrong: list[tuple[Property, Wrong]], limits: Limits) -> tuple[Violation, ...]:
    """Look for the shortest call of each fault: first of moves that a script plays surely, at last of any."""
    found: dict[int, Walk] = {}
    played: set[int] = set()
    for quiet in (False, True):
        for allowed in (is_plain, can_be_played, None):
            missing = {
                number: one.places
                for number, (_, one) in enumerate(wrong)
                if one.quiet is quiet and number not in found
            }
            if not missing:
                continue
            more = walks(
                graph,
                missing,
                Budget(limits.most_work),
                lambda edge, quiet=quiet, allowed=allowed: (  # type: ignore[misc]
                    (not quiet or edge.move.by in QUIET)
                    and (allowed is None or allowed(graph.rows[edge.source], edge.move))
                ),
            )
            found |= more
            played |= set(more) if allowed else set()
    return tuple(
        _violation(graph, *one, found.get(number), played=number in played) for number, one in enumerate(wrong)
    )


def _violation(graph: Graph, held: Property, one: Wrong, walk: Walk | None, *, played: bool) -> Violation:
    moves: tuple[tuple[str, Move], ...] = walk.moves if walk is not None else ()
    if walk is not None and one.last is not None:
        moves = (*moves, (one.last.source, one.last.move))
    if walk is not None and one.round is not None:
        moves = (*moves, *one.round(walk.row, graph.space.number_of(walk.values)))
    return Violation(
        property=held.letter,
        code=held.code,
        row=walk.row if walk is not None and one.last is None else one.row,
        message=one.message.replace("{place}", place_of(graph.rows[walk.row if walk is not None else one.row])),
        hint=one.hint,
        blamed=_blamed(graph, one, walk, moves),
        walk=moves,
        begins=dict(walk.begins) if walk is not None else {},
        ends=dict(walk.values) if walk is not None else {},
        shown=played and all(can_be_played(graph.rows[name], move) for name, move in moves),
    )


def _blamed(graph: Graph, one: Wrong, walk: Walk | None, moves: tuple[tuple[str, Move], ...]) -> tuple[str, str]:
    if one.at:
        return next(row.id for row in graph.rows.values() if row.state == one.at), ""
    if one.last is not None:
        return one.last.source, one.last.move.outcome
    if walk is not None and one.round is not None:
        return closing_move(graph.rows, moves[len(walk.moves) :]) or (one.row, "")
    if walk is not None and one.blames:
        return last_choice(graph.rows, walk.moves, walk.row) or (one.row, "")
    return one.row, ""


def _product(variables: tuple[Variable, ...]) -> int:
    size = 1
    for variable in variables:
        size *= len(variable.values)
    return size


def _too_large(states: int, variables: tuple[Variable, ...]) -> TooLarge:
    sizes = sorted(
        ((one.name, len(one.values)) for one in variables if len(one.values) > 1 and not one.name.startswith("~")),
        key=lambda pair: -pair[1],
    )
    told = ", ".join(f"{name} {size}" for name, size in sizes)
    return TooLarge(
        states=states,
        variables=tuple(sizes),
        message=f"the flow is too large to prove: about {states:,} states. What it remembers multiplies: {told}",
        hint=(
            "let fewer branches read counters and results, read each soon after it is set, or set it again "
            "before it is read: what no later branch reads costs nothing"
        ),
    )
