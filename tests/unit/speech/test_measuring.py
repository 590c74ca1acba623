"""Lengths of what is recorded or rendered already."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nightbell.audio.wav import write_wav
from nightbell.speech.cache import PromptCache
from nightbell.speech.measuring import Measure
from nightbell.speech.prompts import TAIL_MS, prompt_key
from nightbell.speech.recorded import Recordings


def tone(ms: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (8000 * np.sin(np.arange(ms * 8) / 3)).astype(np.int16)


def measure(folder: Path) -> Measure:
    cache = PromptCache(folder / "cache")
    cache.put(prompt_key("voice", "Press 9 now.", "GB"), tone(1_500))
    return Measure("voice", country="GB", recordings=Recordings(folder / "prompts"), cache=cache)


def test_what_is_rendered_has_its_length_however_it_is_spelt(tmp_path: Path) -> None:
    lengths = measure(tmp_path)
    assert lengths.rendered_ms("Press  nine now.") == 1_500
    assert lengths.rendered_ms(" .") == 0
    assert lengths.rendered_ms("Press eight now.") is None
    assert lengths.pieces_ms("x", ("Press nine now.", "."), fixed=False) == 1_500
    assert lengths.pieces_ms("x", ("Press nine now.", "Go."), fixed=False) is None
    assert lengths.pieces_ms("x", ("Press nine now.",), fixed=True, spoken=False) is None


def test_a_recording_wins(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    write_wav(tmp_path / "prompts" / "x.wav", tone(3_000))
    write_wav(tmp_path / "prompts" / "y.part-1.wav", tone(2_000))
    (tmp_path / "prompts" / "z.wav").write_bytes(b"no sound")
    lengths = measure(tmp_path)
    assert lengths.pieces_ms("x", ("Press nine now.",), fixed=True, spoken=False) == 3_000 + TAIL_MS
    assert lengths.pieces_ms("y", ("Press nine now.",), fixed=False) == 2_000 + TAIL_MS
    assert lengths.pieces_ms("z", ("Press nine now.",), fixed=True) == 1_500
