"""Decoys: short everyday English words that stand beside a grammar's phrases so that strangers' words lose.

A closed decoder must choose among the words it was given. Offered only ``yes`` and ``no`` it hears one of them in
``down``. Offered common words of every vowel and many consonants as well, it picks those, and the hypothesis is
then no phrase. The list in ``data/decoys.txt`` is drawn up by sound, not from recordings. Homophones keep a decoy
away that sounds just like a phrase's word. Weights are not decided here: that is ``speech/grammar.py``.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

__all__ = ["DECOYS", "HOMOPHONES"]


def _rows(name: str) -> list[str]:
    """Return the lines of a packaged list, without comments and empty ones."""
    lines = files("nightbell.speech").joinpath("data", name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


DECOYS: Final[tuple[str, ...]] = tuple(dict.fromkeys(word for row in _rows("decoys.txt") for word in row.split()))
"""Lower-case words, each once."""

HOMOPHONES: Final[tuple[frozenset[str], ...]] = tuple(frozenset(row.split()) for row in _rows("homophones.txt"))
"""Words that a decoder cannot tell apart: none may be a decoy against another."""
