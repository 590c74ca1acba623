"""Starting: a call script that goes over an edge nobody has shown, as the flow's own table has it.

It is a script to start from: in writing, with what the table says of its end. Where the caller audio has the
words, the recording stands beside them, and the script is played with sound too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nightbell.call.words import normal
from nightbell.flow.proof.counterexample import script_of
from nightbell.flow.proof.evidence import can_be_played, is_plain
from nightbell.flow.proof.search import Budget, Limits, walks
from nightbell.flow.proof.table import Do
from nightbell.flow.proof.verdict import Violation

if TYPE_CHECKING:
    from nightbell.flow.proof.graph import Edge as Way
    from nightbell.flow.proof.search import Walk
    from nightbell.rehearsal.coverage.edges import Edge, Edges, Key

__all__ = ["name_of", "script_over", "scripts_for", "spoken", "ways_to"]

_WORDS: Final = re.compile(r"\{words: (\"[^\"]*\"|'[^']*'|[^,}]*)")
_LONGEST: Final = 60


def name_of(edge: Edge, phrase: str = "") -> str:
    """Return a name for the script of an edge."""
    told = re.sub(r"[^a-z0-9]+", "-", f"{edge.name} {phrase}".replace("'", "").lower()).strip("-")
    return f"way-{told.removeprefix('anywhere-universal-')[:_LONGEST].strip('-')}"


def scripts_for(edges: Edges, wanted: Sequence[Edge]) -> dict[Key, str]:
    """Return the YAML of a script for each edge; one that nobody can bring about at will has none."""
    found = ways_to(edges, wanted)
    made = {edge.key: script_over(edges, *found[edge.key], edge) for edge in wanted if edge.key in found}
    return {key: script for key, script in made.items() if script is not None}


def ways_to(edges: Edges, wanted: Sequence[Edge]) -> dict[Key, tuple[Walk, Way]]:
    """Return a shortest call to each edge, and the move that goes over it."""
    found: dict[Key, tuple[Walk, int]] = {}
    for allowed in (is_plain, can_be_played):
        places: dict[tuple[Key, int], Mapping[str, int]] = {}
        for edge in wanted:
            if edge.key not in found and not edge.key[1].startswith("correct:"):
                for number, way in enumerate(edges.moves[edge.key]):
                    if allowed(edges.graph.rows[way.source], way.move):
                        places[edge.key, number] = {way.source: way.enabled & edges.reached[way.source]}
        more = walks(
            edges.graph,
            places,
            Budget(Limits().most_work),
            lambda way, allowed=allowed: allowed(edges.graph.rows[way.source], way.move),  # type: ignore[misc]
        )
        for (key, number), walk in more.items():
            had = found.get(key)
            if had is None or len(walk.moves) < len(had[0].moves):
                found[key] = walk, number
    return {key: (walk, edges.moves[key][number]) for key, (walk, number) in found.items()}


def script_over(edges: Edges, walk: Walk, way: Way, edge: Edge, *, phrase: str = "") -> str | None:
    """Return the YAML of a script that goes a way; None where no script can.

    Args:
        edges: the flow's.
        walk: the call to where the edge begins.
        way: the move over it.
        edge: the edge.
        phrase: what is said there in the place of the usual words.
    """
    move = replace(way.move, do=(Do("words", phrase),)) if phrase else way.move
    shown = Violation(
        property="a",
        code="way",
        row=way.target,
        message=f"Goes over {edge.name}{' by these words' if phrase else ''}.",
        hint="",
        walk=(*walk.moves, (way.source, move)),
        begins=dict(walk.begins),
        ends=dict(walk.values),
    )
    return script_of(edges.graph.table, shown, name_of(edge, phrase))


def spoken(script: str, texts: Mapping[str, str]) -> str:
    """Return a script with a recording beside the words that one has; with sound where all of them have one.

    Args:
        script: in writing.
        texts: recording to its words.
    """
    names = {normal(text): name for name, text in reversed(list(texts.items()))}
    silent = 0

    def put(found: re.Match[str]) -> str:
        nonlocal silent
        name = names.get(normal(found[1].strip("\"'")))
        silent += name is None
        return found[0] if name is None else f"{{say: {name}, words: {found[1]}"

    made = _WORDS.sub(put, script)
    return made if silent or "confidence" in made else made.replace("tier: text\n", "")
