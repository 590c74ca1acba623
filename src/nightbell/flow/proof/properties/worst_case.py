"""Property g: after a red flag help is soon enough, within the turns and seconds that the flow itself states.

From what makes a call an emergency (a D0 flag, a yes of D0, key 9) to the end of the words; every other red flag
pages the moment it is known. Where the flow promises it (``words_within``), also from every red flag to the
beginning of words that name key 9 or the emergency number, and to the emergency words by five minutes when nobody
answers and the caller only waits. The times are the longest of ``worst``: real prompt lengths, timers and retries.
What it takes from the answer to a person is told, not judged: that depends on what there is to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, place_of
from nightbell.flow.proof.graph import Edge

__all__ = ["PROPERTY", "UNANSWERED_S"]

UNANSWERED_S: Final = 300
"""Seconds until a caller whom nobody answers is told to dial: clinical.md row 3, "if not bridged in 5 min"."""


def _find(evidence: Evidence) -> Iterator[Wrong]:
    table, worst = evidence.graph.table, evidence.worst
    span = worst.to_words
    if worst.slowest is not None and (span.turns > table.turns or span.seconds > table.seconds):
        yield _wrong(
            evidence,
            worst.slowest,
            f"from an emergency at {{}} to the end of the emergency words it can take {span.turns} turns and "
            f"{span.seconds:.0f} s; the flow allows {table.turns} and {table.seconds} s",
            "lead straight to the emergency words and shorten what is said before them (safety: escalate_within)",
        )
    if table.words_turns is None or table.words_seconds is None:
        return
    span = worst.to_begin
    if worst.latest is not None and (span.turns > table.words_turns or span.seconds > table.words_seconds):
        yield _wrong(
            evidence,
            worst.latest,
            f"after a red flag at {{}} it can take {span.turns} turns and {span.seconds:.0f} s until key 9 or the "
            f"emergency number is named; the flow allows {table.words_turns} and {table.words_seconds} s",
            "lead a red flag to words that name key 9 before anything else is asked (safety: words_within)",
        )
    if worst.loneliest is not None and worst.unanswered.seconds > UNANSWERED_S:
        yield _wrong(
            evidence,
            worst.loneliest,
            f"after a red flag at {{}} that nobody answers it can take {worst.unanswered.seconds:.0f} s until the "
            f"caller is told to dial; {UNANSWERED_S} s are the most",
            "shorten limit: where a person is waited for, and say the emergency words right after it",
        )


def _wrong(evidence: Evidence, edge: Edge, message: str, hint: str) -> Wrong:
    row = evidence.graph.rows[edge.source]
    return Wrong(
        row=row.id,
        message=message.format(place_of(row)),
        hint=hint,
        places={row.id: evidence.reached[row.id] & edge.enabled},
        last=edge,
    )


PROPERTY = Property(
    letter="g",
    code="NB406",
    about=Code(
        "Help comes too late",
        "From an emergency to the end of the emergency words a flow may take no more turns and seconds than it "
        "states itself under safety: escalate_within. Where it states words_within, every red flag is followed "
        "within those by the beginning of words that name key 9 or the emergency number, and a caller whom nobody "
        "answers is told to dial within five minutes. What is said on the way, the silences waited for and the "
        "tries that fail are all counted. The call below takes longest.",
    ),
    find=_find,
)
