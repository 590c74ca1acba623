"""Starting: a call script that goes over an edge nobody has shown, as the flow's own table has it.

It is a script to start from: in writing, with what the table says of its end. Where the caller audio has the
words, the recording stands beside them, and the script is played with sound too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from nightbell.call.words import normal
from nightbell.flow.proof.counterexample import script_of
from nightbell.flow.proof.evidence import can_be_played, is_plain
from nightbell.flow.proof.search import Budget, Limits, walks
from nightbell.flow.proof.verdict import Violation

if TYPE_CHECKING:
    from nightbell.flow.proof.search import Walk
    from nightbell.rehearsal.coverage.edges import Edge, Edges, Key

__all__ = ["name_of", "scripts_for", "spoken"]

_WORDS: Final = re.compile(r"\{words: (\"[^\"]*\"|'[^']*'|[^,}]*)")
_LONGEST: Final = 60


def name_of(edge: Edge) -> str:
    """Return a name for the script of an edge."""
    return "way-" + re.sub(r"[^a-z0-9]+", "-", edge.name.lower()).strip("-")[:_LONGEST].strip("-")


def scripts_for(edges: Edges, wanted: Sequence[Edge]) -> dict[Key, str]:
    """Return the YAML of a script for each edge; one that nobody can bring about at will has none."""
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
    return dict(_scripts(edges, wanted, found))


def _scripts(
    edges: Edges, wanted: Sequence[Edge], found: Mapping[Key, tuple[Walk, int]]
) -> Iterable[tuple[Key, str]]:
    for edge in wanted:
        if edge.key not in found:
            continue
        walk, number = found[edge.key]
        way = edges.moves[edge.key][number]
        shown = Violation(
            property="a",
            code="way",
            row=way.target,
            message=f"Goes over {edge.name}.",
            hint="",
            walk=(*walk.moves, (way.source, way.move)),
            begins=dict(walk.begins),
            ends=dict(walk.values),
        )
        script = script_of(edges.graph.table, shown, name_of(edge))
        if script is not None:
            yield edge.key, script


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
