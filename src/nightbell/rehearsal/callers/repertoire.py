"""Repertoire: what a caller's voice can say - every short answer in writing, or those that voice has recorded.

It knows wordings, not questions: which of them answers what is ``callers.choosing``'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.flow.wording import normal

if TYPE_CHECKING:
    from nightbell.rehearsal.callers.person import Person
    from nightbell.rehearsal.recordings import Recorded

__all__ = ["Line", "Repertoire", "spoken", "written"]

_SHORT: Final = ("callers_answers", "words", "turns")
"""Groups of the caller audio that hold short answers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say."""

    text: str
    recording: str = ""
    """Name in the caller audio; "" in writing."""


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What one caller can say."""

    named: Mapping[str, tuple[Line, ...]]
    """Short answers by the name they have in answers.yaml."""
    by_words: Mapping[str, Line]
    """Normal words to how they are said; in writing every phrase can be."""
    anything: bool
    """In writing: words that are in no list can be said too."""
    voice: str = ""
    """Whose voice it is; "" in writing, and for a sound."""

    def answer(self, name: str) -> tuple[Line, ...]:
        """Return the wordings of a short answer; none where this voice has none."""
        return self.named.get(name, ())

    def saying(self, phrases: Iterable[str]) -> tuple[Line, ...]:
        """Return how these phrases are said, as far as they can be."""
        found = {}
        for phrase in phrases:
            line = self.by_words.get(normal(phrase)) or (Line(phrase) if self.anything else None)
            if line is not None:
                found[line.text] = line
        return tuple(found.values())

    @property
    def recordings(self) -> tuple[str, ...]:
        """Names of all recordings in it."""
        lines = [*self.by_words.values(), *(line for lines in self.named.values() for line in lines)]
        return tuple(sorted({line.recording for line in lines if line.recording}))


def written(answers: Mapping[str, Sequence[str]]) -> Repertoire:
    """Return what a caller in writing can say: everything."""
    named = {name: tuple(Line(text) for text in texts) for name, texts in answers.items()}
    return Repertoire(named, {}, anything=True)


def spoken(answers: Mapping[str, Sequence[str]], entries: Sequence[Recorded], person: Person) -> Repertoire | None:
    """Return what a caller with a voice can say; None where nobody recorded what they ring about.

    Args:
        answers: short answers by name.
        entries: the recordings that there are.
        person: who rings.
    """
    voices = {entry.name: entry.caller for entry in entries}
    if person.speaks and (person.recording not in voices or (person.then and person.recording_then not in voices)):
        return None
    voice = voices.get(person.recording, "")
    mine = {
        normal(entry.text): Line(entry.text, entry.name)
        for entry in entries
        if voice and entry.caller == voice and entry.group in _SHORT and entry.text
    }
    named = {
        name: tuple(line for text in wordings if (line := mine.get(normal(text))) is not None)
        for name, wordings in answers.items()
    }
    return Repertoire(named, mine, anything=False, voice=voice)
