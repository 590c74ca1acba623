"""Words and their phones, out of the pinned model and out of broken ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nightbell.errors import ModelCorrupt
from nightbell.speech.pronouncing import Pronouncing, known_words

SAID = {
    "yes": "Y EH S", "no": "N OW", "nine": "N AY N", "a": "AX", "i": "AY", "the": "DH AX",
    "fading": "F EY D IH NG",
    "appointments": "AX P OY N T M AX N T S", "it's": "IH T S", "worried": "W ER IY D", "vision": "V IH ZH AX N",
    "judge": "JH AH JH", "church": "CH ER CH", "book": "B UH K", "look": "L UH K", "thing": "TH IH NG",
}  # fmt: skip


@pytest.mark.audio
def test_the_models_own_pronunciations(vosk_folder: Path) -> None:
    says = Pronouncing(vosk_folder)
    assert says.of([*SAID, "profhilo", "[unk]", "<s>", "#0", ""]) == {word: (way,) for word, way in SAID.items()}


@pytest.mark.audio
def test_every_word_in_a_thousand_has_a_pronunciation(vosk_folder: Path) -> None:
    words = list(known_words(vosk_folder))[::1000]
    assert len(words) > 100
    assert [word for word, ways in Pronouncing(vosk_folder).of(words).items() if not ways] == []


@pytest.mark.audio
@pytest.mark.parametrize(
    ("file", "keep"),
    [("am/final.mdl", 1000), ("graph/HCLr.fst", 4000), ("graph/HCLr.fst", 10), ("graph/words.txt", 0)],
)
def test_a_file_cut_short_is_a_damaged_model(vosk_folder: Path, tmp_path: Path, file: str, keep: int) -> None:
    for name in ("am/final.mdl", "graph/HCLr.fst", "graph/words.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(vosk_folder / name, tmp_path / name)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:keep] or b"word\n")
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        Pronouncing(tmp_path)
