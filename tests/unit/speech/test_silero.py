from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nightbell.audio.frame import RATE
from nightbell.audio.level import active_dbfs, gain
from nightbell.audio.noise import pink
from nightbell.audio.wav import read_wav
from nightbell.errors import ModelCorrupt, ModelMissing
from nightbell.speech.silero import WINDOW_SAMPLES, ActivityBatch, ActivityState, SileroActivity, find_model

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples

pytestmark = pytest.mark.audio


def windows(seed: int, count: int = 20) -> list[Samples]:
    """Buzzes with formants, near enough to a vowel to move the model."""
    chance = np.random.default_rng(seed)
    time = np.arange(count * WINDOW_SAMPLES) / 8000
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 20))
    sound = (buzz * 4000 + chance.normal(0, 300, time.size)).astype(np.int16)
    return list(sound.reshape(count, WINDOW_SAMPLES))


def test_silence_and_hiss_are_no_speech() -> None:
    activity = SileroActivity()
    hiss = np.random.default_rng(3).normal(0, 600, (60, WINDOW_SAMPLES)).astype(np.int16)
    heard = [activity.probability(window) for window in hiss]
    assert max(heard[5:]) < 0.2
    activity.reset()
    assert activity.probability(np.zeros(WINDOW_SAMPLES, dtype=np.int16)) < 0.1


def test_a_batch_hears_what_each_call_hears_alone() -> None:
    batch = ActivityBatch()
    alone = [[activity.probability(w) for w in windows(seed)] for seed, activity in _calls(batch)]
    states = [ActivityState() for _ in alone]
    together = [batch.probabilities(states, list(step)) for step in zip(*map(windows, range(3)), strict=True)]
    assert np.allclose(np.array(alone).T, np.array(together), atol=1e-4)
    assert np.ptp(alone[0]) > 0.01, "the signal moved nothing, so the comparison says nothing"


def _calls(batch: ActivityBatch) -> list[tuple[int, SileroActivity]]:
    return [(seed, SileroActivity(batch)) for seed in range(3)]


def test_it_carries_state_and_reset_forgets_it() -> None:
    activity = SileroActivity()
    first = [activity.probability(window) for window in windows(1)]
    second = [activity.probability(window) for window in windows(1)]
    activity.reset()
    third = [activity.probability(window) for window in windows(1)]
    assert first == third
    assert first != second


def test_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="256 samples"):
        SileroActivity().probability(np.zeros(160, dtype=np.int16))
    assert ActivityBatch().probabilities([], []) == []


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "silero_vad.onnx"
    content = bytearray(find_model().read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    with pytest.raises(ModelCorrupt):
        ActivityBatch(copy)


def test_a_missing_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        ActivityBatch(tmp_path / "silero_vad.onnx")


def test_steady_noise_does_not_make_it_deaf() -> None:
    """One state alone hears three in five of these after 30 s of noise."""
    callers = Path(__file__).parents[3] / "audio"
    noise = pink(32 * 8000, seed=3)
    heard = []
    for name in ("no-isabella", "no-sarah", "no-michael", "no-alice", "no-bella"):
        word = read_wav(callers / f"{name}.wav")
        sound = noise.copy()
        sound[30 * 8000 :][: word.size] += gain(word, active_dbfs(noise) + 10 - active_dbfs(word))
        activity = SileroActivity()
        windows = sound[: sound.size // WINDOW_SAMPLES * WINDOW_SAMPLES].reshape(-1, WINDOW_SAMPLES)
        probabilities = [activity.probability(window) for window in windows]
        assert max(probabilities[: 29 * RATE // WINDOW_SAMPLES]) < 0.5
        heard.append(max(probabilities[29 * RATE // WINDOW_SAMPLES :]))
    assert min(heard) > 0.5
