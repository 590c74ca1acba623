"""A model that a person brings is laid beside the one in use: linked, listed, fit for 8 kHz, itself untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.errors import ModelMissing
from nightbell.setup.adopting import adopt_vosk
from nightbell.setup.vosk_model import require_vosk, vosk_sum


def model(folder: Path, *, words: str = "yes no") -> Path:
    for name, text in {
        "am/final.mdl": "numbers",
        "conf/mfcc.conf": "--sample-frequency=16000\n",
        "graph/words.txt": words,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="ascii")
    return folder


def test_it_can_be_opened_as_any_model_and_is_itself_untouched(tmp_path: Path) -> None:
    brought = model(tmp_path / "brought")
    adopt_vosk(brought, tmp_path / "models")
    laid = require_vosk(tmp_path / "models")
    assert (laid / "graph" / "words.txt").read_text(encoding="ascii") == "yes no"
    assert "--allow-downsample=true" in (laid / "conf" / "mfcc.conf").read_text(encoding="ascii")
    assert (brought / "conf" / "mfcc.conf").read_text(encoding="ascii") == "--sample-frequency=16000\n"
    assert sorted(path.name for path in brought.rglob("*.*")) == ["final.mdl", "mfcc.conf", "words.txt"]


def test_the_next_one_takes_its_place_and_has_another_sum(tmp_path: Path) -> None:
    sums = []
    for words in ("yes no", "yes no maybe", "yes no"):
        adopt_vosk(model(tmp_path / words.replace(" ", "-"), words=words), tmp_path / "models")
        sums.append(vosk_sum(tmp_path / "models"))
    assert sums[0] == sums[2] != sums[1]


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no Vosk model in") as caught:
        adopt_vosk(tmp_path, tmp_path / "models")
    assert "am, conf and graph" in caught.value.hint
