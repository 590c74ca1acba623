"""The model that set-up brought, and what Vosk says when a file of it is damaged."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from nightbell.errors import ModelCorrupt
from nightbell.setup.selftest import try_vosk
from nightbell.setup.vosk_model import examine_vosk

pytestmark = pytest.mark.audio


def linked_copy(folder: Path, target: Path) -> Path:
    """Copy a model by hard links where the disk can, so that 80 MB are not written."""

    def link(source: str, copy: str) -> str:
        try:
            os.link(source, copy)
        except OSError:
            shutil.copy2(source, copy)
        return copy

    shutil.copytree(folder, target, copy_function=link)
    return target


def test_every_byte_of_the_model_is_as_it_should_be_and_it_decodes(vosk_folder: Path) -> None:
    assert examine_vosk(vosk_folder.parent, thorough=True) == []
    try_vosk(vosk_folder)


def cut_short(folder: Path, name: str) -> None:
    path = folder / name
    beginning = path.read_bytes()[: path.stat().st_size // 2]
    path.unlink()  # the original keeps its bytes: only this link goes
    path.write_bytes(beginning)


def test_an_acoustic_model_cut_short_is_refused_by_its_test(vosk_folder: Path, tmp_path: Path) -> None:
    copy = linked_copy(vosk_folder, tmp_path / "vosk-en")
    cut_short(copy, "am/final.mdl")
    with pytest.raises(ModelCorrupt, match="does not work"):
        try_vosk(copy)


def test_a_graph_cut_short_is_seen_by_its_size_alone(vosk_folder: Path, tmp_path: Path) -> None:
    """Vosk loads such a graph, and decodes, without a word: this is why sizes and sums are looked at."""
    copy = linked_copy(vosk_folder, tmp_path / "vosk-en")
    cut_short(copy, "graph/Gr.fst")
    try_vosk(copy)
    assert [str(fault) for fault in examine_vosk(tmp_path, thorough=False)] == ["graph/Gr.fst: wrong size"]
