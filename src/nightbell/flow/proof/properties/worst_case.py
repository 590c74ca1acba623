"""Property g: the emergency words are soon enough, within the turns and seconds that the flow itself states.

From what makes a call an emergency (a D0 flag, a yes of D0, key 9) to the end of the words; every other red flag
pages the moment it is known. The times are the longest of ``worst``: real prompt lengths, timers and retries.
What it takes from the answer to a person is told, not judged: that depends on what there is to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, place_of

__all__ = ["PROPERTY"]


def _find(evidence: Evidence) -> Iterator[Wrong]:
    table, span, edge = evidence.graph.table, evidence.worst.to_words, evidence.worst.slowest
    if edge is None or (span.turns <= table.turns and span.seconds <= table.seconds):
        return
    row = evidence.graph.rows[edge.source]
    yield Wrong(
        row=row.id,
        message=(
            f"from an emergency at {place_of(row)} to the end of the emergency words it can take {span.turns} "
            f"turns and {span.seconds:.0f} s; the flow allows {table.turns} and {table.seconds} s"
        ),
        hint="lead straight to the emergency words and shorten what is said before them (safety: escalate_within)",
        places={row.id: evidence.reached[row.id] & edge.enabled},
        last=edge,
    )


PROPERTY = Property(
    letter="g",
    code="NB406",
    about=Code(
        "Help comes too late",
        "From a red flag to the emergency words, or to the page, a flow may take no more turns and seconds "
        "than it states itself under safety: escalate_within. What is said on the way, the silences waited for"
        " and the tries that fail are all counted. The call below takes longest.",
    ),
    find=_find,
)
