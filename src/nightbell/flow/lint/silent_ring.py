"""NB303: states that a caller who says nothing goes round for ever.

What bounds the visits is the engine's and the proof's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import edges
from nightbell.flow.lint.ring import closed_rings, without_end
from nightbell.flow.lint.rule import Finding, Rule, Subject

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    everything = edges(subject)
    told = {name for ring in closed_rings(without_end(subject, everything), everything) for name in ring}
    silent = [edge for edge in everything if edge.by != "caller"]
    for ring in closed_rings(without_end(subject, silent), silent):
        if told & set(ring):
            continue
        first = next((edge for edge in silent if edge.start in ring and edge.by == "silence"), None)
        place = subject.places.of(*first.path, value=True) if first else subject.places.of("states", ring[0])
        names = " > ".join((*ring, ring[0]))
        hint = "lead 'unclear' to a person, a screen or the silent call; someone who cannot speak must get out"
        yield Finding(place, RULE.code, f"a silent caller goes round for ever: {names}", hint)


RULE = Rule(
    code="NB303",
    about=Code(
        "A ring of silence",
        "Whoever says nothing and presses nothing is asked the same again and again. Silence must lead to "
        "somebody.",
    ),
    source="clinical R9, R10",
    find=_find,
)
