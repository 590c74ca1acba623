"""Pronouncing: which words a Vosk model knows and how it takes them to be said, read from the model's own files.

The model brings no dictionary as text. Its graph ``HCLr.fst`` is one: an arc bears a word, the arcs before and
after it up to the word's edges bear the phones, and ``am/final.mdl`` tells which phone each label is. Phones bear
no names there; ``_NAMES`` names those of the pinned model, and a model with other ones gives words without phones.
It decodes nothing and does not load the engine.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nightbell.errors import ModelCorrupt

__all__ = ["Pronouncing", "known_words"]

_MAGIC: Final = struct.pack("<i", 2125659606)
"""OpenFst's, at the start of every header."""
_STATE: Final = np.dtype([("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("in_e", "<u4"), ("out_e", "<u4")])
_ARC: Final = np.dtype([("label", "<i4"), ("word", "<i4"), ("weight", "<f4"), ("next", "<i4")])
_TUPLES: Final = b"<Tuples> "
_BEGIN, _END, _INSIDE, _ALONE, _NONE = range(5)
"""Where in a word a phone stands; the model has each phone four times. ``_NONE``: silence, or no phone."""
_SILENCES: Final = 15
"""Phones 1 to 15 are silence and noise."""
_LONGEST: Final = 40
"""Phones in a word; a search that goes on for longer has left the word."""

# fmt: off
_NAMES: Final = (
    "", "", "OY", "OY", "CH", "", "AY", "AY", "T S", "ER", "ER", "AW", "AW", "JH", "", "AA", "AA", "", "", "",
    "EH", "EH", "DH", "M F", "IH", "IH", "AO", "AO", "NG", "SH", "UH", "UH", "TH", "AH", "AX", "ZH", "", "B", "E",
    "E", "D", "G", "F", "IY", "IY", "HH", "K", "Y", "M", "L", "O", "O", "N", "P", "S", "R", "UW", "UW", "T", "W",
    "V", "AE", "AE", "Z",
)
# fmt: on
"""Phones of the pinned model in its order, stress left out. E and O are the first halves of EY and OW."""
_JOINED: Final = (("E IH", "EY"), ("O UH", "OW"))


def known_words(folder: Path) -> dict[str, int]:
    """Return the model's words and their numbers.

    Raises:
        ModelCorrupt: the list cannot be read.
    """
    try:
        lines = (folder / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines)
        return {word: int(number) for word, number in pairs if word[:1] not in "<#!["}
    except (OSError, ValueError) as error:
        raise _corrupt("graph/words.txt") from error


class Pronouncing:
    """How one model says its words. Opening takes a quarter of a second, a word one millisecond."""

    def __init__(self, folder: Path) -> None:
        """Read the model's graph.

        Raises:
            ModelCorrupt: a file is not what it should be.
        """
        self._words = known_words(folder)
        try:
            self._phone = _phones_of_labels((folder / "am" / "final.mdl").read_bytes())
            states, arcs = _graph((folder / "graph" / "HCLr.fst").read_bytes())
        except (OSError, ValueError, IndexError, struct.error) as error:
            raise _corrupt("graph/HCLr.fst") from error
        self._first = states["first"].astype(np.int64)
        self._count = states["arcs"].astype(np.int64)
        self._from = np.repeat(np.arange(len(states)), self._count)
        self._label, self._word, self._next = (
            np.ascontiguousarray(arcs[name]) for name in ("label", "word", "next")
        )
        self._into = np.argsort(self._next, kind="stable")
        ends = np.cumsum(np.bincount(self._next, minlength=len(states)))
        self._into_end = ends
        self._into_first = ends - np.bincount(self._next, minlength=len(states))

    @property
    def words(self) -> Mapping[str, int]:
        """Every word that the model knows."""
        return self._words

    def of(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return those of the words that the model knows, with their pronunciations: {"lip": ("L IH P",)}."""
        numbers = {self._words[word]: word for word in words if word in self._words}
        said: dict[str, set[str]] = {word: set() for word in numbers.values()}
        for arc in np.flatnonzero(np.isin(self._word, list(numbers))).tolist():
            said[numbers[int(self._word[arc])]] |= {_spelled(phones) for phones in self._through(arc)}
        return {word: tuple(sorted(ways - {""})) for word, ways in said.items()}

    def _through(self, arc: int) -> Iterator[tuple[int, ...]]:
        phone, place = self._at(arc)
        own: tuple[int, ...] = (phone,) if place != _NONE else ()
        heads: set[tuple[tuple[int, ...], bool]]
        if place in {_BEGIN, _ALONE}:
            heads = {(own, place == _ALONE)}
        else:
            heads = {(head + own, done or place == _END) for head, done in self._before(arc, edge=not own)}
        for head, done in heads:
            if done:
                yield head
            else:
                for tail in self._after(int(self._next[arc]), 0):
                    yield head + tail

    def _before(self, arc: int, *, edge: bool) -> set[tuple[tuple[int, ...], bool]]:
        """Return what may stand before an arc in its word, and whether the word is over with it."""
        return self._back(int(self._from[arc]), 0, edge=edge)

    def _back(self, state: int, depth: int, *, edge: bool) -> set[tuple[tuple[int, ...], bool]]:
        found: set[tuple[tuple[int, ...], bool]] = set()
        if depth > _LONGEST:
            return found
        for arc in self._into[self._into_first[state] : self._into_end[state]].tolist():
            came = int(self._from[arc])
            if came == state:
                continue  # the phone goes on
            phone, place = self._at(arc)
            if place == _NONE and not phone and not self._word[arc]:
                found |= self._back(came, depth + 1, edge=edge)
            elif place == _BEGIN or (place == _ALONE and edge):
                found.add(((phone,), place == _ALONE))
            elif place == _INSIDE or (place == _END and edge):
                before = self._back(came, depth + 1, edge=False)
                found |= {((*head, phone), place == _END) for head, _ in before}
        return found

    def _after(self, state: int, depth: int) -> set[tuple[int, ...]]:
        """Return the ways on from a state to the end of the word."""
        found: set[tuple[int, ...]] = set()
        if depth > _LONGEST:
            return found
        first = int(self._first[state])
        for arc in range(first, first + int(self._count[state])):
            goes = int(self._next[arc])
            if goes == state or self._word[arc]:
                continue
            phone, place = self._at(arc)
            if place == _END:
                found.add((phone,))
            elif place == _INSIDE or (place == _NONE and not phone):
                own = (phone,) if place == _INSIDE else ()
                found |= {own + tail for tail in self._after(goes, depth + 1)}
        return found

    def _at(self, arc: int) -> tuple[int, int]:
        """Return an arc's phone (0 for none) and its place in the word."""
        label = int(self._label[arc])
        phone = int(self._phone[label]) if label < len(self._phone) else 0
        if phone <= _SILENCES:
            return phone, _NONE
        number, place = divmod(phone - _SILENCES - 1, 4)
        return number, place


def _phones_of_labels(model: bytes) -> npt.NDArray[np.int32]:
    """Return the phone of each transition: two to a state, one state to a tuple (Kaldi's chain topology)."""
    at = model.index(_TUPLES) + len(_TUPLES)
    count = struct.unpack_from("<i", model, at + 1)[0]
    numbers = np.frombuffer(model, np.uint8, count * 20, at + 5).reshape(count, 4, 5)
    if not (numbers[:, :, 0] == 4).all():
        raise ValueError("not Kaldi's binary form")
    phones = np.ascontiguousarray(numbers[:, 0, 1:]).view("<i4").reshape(count)
    if int(phones.max()) != _SILENCES + 4 * len(_NAMES):
        return np.zeros(1, np.int32)  # other phones than those that have names here
    return np.concatenate((np.zeros(1, np.int32), np.repeat(phones, 2)))


def _graph(data: bytes) -> tuple[Any, Any]:
    """Return states and arcs of the constant graph inside of the look-ahead one."""
    at = data.index(_MAGIC, data.index(_MAGIC) + 4) + 4
    for _ in range(2):  # the names of the graph's and of the arcs' type
        at += 4 + struct.unpack_from("<i", data, at)[0]
    _, _, _, _, states, arcs = struct.unpack_from("<iiQqqq", data, at)
    at += 40
    return np.frombuffer(data, _STATE, states, at), np.frombuffer(data, _ARC, arcs, at + states * _STATE.itemsize)


def _spelled(phones: tuple[int, ...]) -> str:
    spelled = " ".join(filter(None, (_NAMES[phone] for phone in phones)))
    for pair, name in _JOINED:
        spelled = spelled.replace(pair, name)
    return spelled


def _corrupt(file: str) -> ModelCorrupt:
    return ModelCorrupt(f"{file} of the Vosk model cannot be read", provider="vosk", hint="Run: nightbell setup")
