"""What the recogniser knows of the words of a flow, from the installed model, kept beside it for the next time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Final

from nightbell.errors import ProviderError
from nightbell.flow.lint.listened import words_in
from nightbell.flow.lint.rule import Sounds
from nightbell.flow.lint.spoken import is_english
from nightbell.flow.model import Flow
from nightbell.settings import Settings
from nightbell.setup.vosk_model import require_vosk
from nightbell.speech.pronouncing import Pronouncing

__all__ = ["LEXICON_NAME", "sounds_of"]

LEXICON_NAME: Final = "lexicon.json"
"""File in the data folder: the words that flows have asked for, so that the model's graph is read once."""
_NEAR: Final = 3
"""Known words suggested for one that is not known."""


def sounds_of(flow: Flow, settings: Settings) -> tuple[Sounds, str]:
    """Return the sounds of a flow's words, and a line to show where nothing is known of them.

    Without a model, or with a damaged one, there are no sounds: the rules that need them find nothing. The same
    for a flow whose first language has no recogniser.
    """
    if not is_english(flow.languages[0]):
        return Sounds(), ""
    try:
        folder = require_vosk(settings.models_dir)
        kept = _kept(settings.data_dir / LEXICON_NAME, _print_of(folder))
        asked = words_in(flow)
        fresh = asked - set(kept)
        if fresh:
            kept |= _looked_up(fresh, folder)
            _keep(settings.data_dir / LEXICON_NAME, _print_of(folder), kept)
    except ProviderError as error:
        note = "phrases were not held against the recogniser's words, and no sound-alikes were looked for"
        return Sounds(), f"{error.message.rstrip('.')}: {note}. {error.hint}"
    says = {word: tuple(kept[word]["says"]) for word in asked if "says" in kept[word]}
    near = {word: tuple(kept[word]["near"]) for word in asked if kept[word].get("near")}
    return Sounds(says=says, near=near), ""


def _looked_up(words: Iterable[str], folder: Path) -> dict[str, Any]:
    model = Pronouncing(folder)
    says = model.of(words)
    return {
        word: {"says": says[word]} if word in says else {"near": _near(word, model.words)}
        for word in sorted(words)
    }


def _near(word: str, vocabulary: Mapping[str, int]) -> list[str]:
    """Return known words that are one letter away, or the two known words it is put together from."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    edits = [a + b[1:] for a, b in cuts if b]
    edits += [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    edits += [a + c + b[1:] for a, b in cuts if b for c in ascii_lowercase]
    edits += [a + c + b for a, b in cuts for c in ascii_lowercase]
    found = [edit for edit in dict.fromkeys(edits) if edit in vocabulary and edit != word]
    found.sort(key=lambda edit: (edit[:1] != word[:1], not _doubled(edit, word), abs(len(edit) - len(word))))
    parts = [f"{a} {b}" for a, b in cuts if len(a) > 3 and len(b) > 3 and a in vocabulary and b in vocabulary]
    return [*parts[:1], *found][:_NEAR]


def _doubled(one: str, other: str) -> bool:
    """Tell whether the two differ in a doubled letter, or in nothing but the order of letters."""
    return _single(one) == _single(other) or sorted(one) == sorted(other)


def _single(word: str) -> str:
    return word[:1] + "".join(b for a, b in pairwise(word) if a != b)


def _print_of(folder: Path) -> str:
    """Return what tells this model from another, without reading it."""
    files = (folder / "graph" / "words.txt", folder / "graph" / "HCLr.fst", folder / "am" / "final.mdl")
    try:
        return " ".join(f"{state.st_size}-{state.st_mtime_ns}" for state in (file.stat() for file in files))
    except OSError:
        return ""


def _kept(path: Path, model: str) -> dict[str, Any]:
    """Return what was looked up before in the same model; nothing, where that cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        words = found["words"] if found["model"] == model else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return (
        {word: entry for word, entry in words.items() if isinstance(entry, dict)}
        if isinstance(words, dict)
        else {}
    )


def _keep(path: Path, model: str, words: Mapping[str, Any]) -> None:
    """Keep what was looked up; a folder that cannot be written costs the next look a second, no more."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"model": model, "words": words}, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    except OSError:
        return
