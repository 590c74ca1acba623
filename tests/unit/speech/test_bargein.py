"""False stops and barge-in, measured with the real Silero: the figures are shown with ``pytest -rP``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nightbell.speech.endpoint import Endpoint, EndpointSettings, advance
from nightbell.speech.silero import WINDOW_SAMPLES, ActivityBatch, ActivityState
from nightbell.speech.window import Window, levels

if TYPE_CHECKING:
    import numpy.typing as npt

    from nightbell.audio.frame import Samples

    Sound = npt.NDArray[np.float64]

pytestmark = pytest.mark.audio

RECORDINGS = Path(__file__).parents[4] / "shared" / "audio"
CALLERS = Path(__file__).parents[3] / "audio"
PLAYBACK = 6 * 8000
SPEECH_DB = -22
"""Level of a caller; noise lies 0, 10 and 20 dB below."""
RATIOS_DB = (0, 10, 20)
people = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of people are not beside the project")


def read(path: Path) -> Sound:
    import soundfile
    import soxr

    sound, rate = soundfile.read(path)
    return np.asarray(soxr.resample(sound, rate, 8000), dtype=np.float64)


def at(sound: Sound, db: float) -> Samples:
    loud = sound * 10 ** (db / 20) / np.sqrt(np.square(sound).mean())
    return np.asarray(np.clip(loud * 32768, -32768, 32767), dtype=np.int16)


def first_onsets(pieces: list[Samples], *, cold: bool) -> list[int | None]:
    """When each piece of sound, heard under a prompt, is said to begin speech; all in one batch."""
    batch, states = ActivityBatch(), [ActivityState() for _ in pieces]
    endpoints = [Endpoint(now_ms=0 if cold else 10_000) for _ in pieces]
    began = endpoints[0].now_ms
    onsets: list[int | None] = [None] * len(pieces)
    for start in range(0, pieces[0].size - WINDOW_SAMPLES + 1, WINDOW_SAMPLES):
        windows = [piece[start : start + WINDOW_SAMPLES] for piece in pieces]
        for index, probability in enumerate(batch.probabilities(states, windows)):
            step = Window(endpoints[index].now_ms + 32, probability, levels(windows[index]), playing=True)
            endpoints[index] = advance(endpoints[index], step, EndpointSettings())
            if endpoints[index].speaking and endpoints[index].noticed and onsets[index] is None:
                onsets[index] = endpoints[index].now_ms - began
    return onsets


def calculated(seed: int) -> dict[str, Sound]:
    chance = np.random.default_rng(seed)
    time = np.arange(PLAYBACK) / 8000 + chance.uniform(0, 6)
    spectrum = np.fft.rfft(chance.normal(0, 1, PLAYBACK))
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    spectrum[0] = 0

    def tone(*hertz: float) -> Sound:
        return np.asarray(sum(np.sin(2 * np.pi * f * time) for f in hertz))

    return {
        "white": chance.normal(0, 1, PLAYBACK),
        "pink": np.fft.irfft(spectrum, PLAYBACK),
        "british ringing": tone(400, 450) * (time % 0.6 < 0.4) * (time % 3 < 1),
        "american ringing": tone(440, 480) * (time % 6 < 2) + chance.normal(0, 1e-3, PLAYBACK),
        "busy": tone(400) * (time % 0.75 < 0.375),
    }


def test_calculated_noise_and_tones_stop_no_prompt() -> None:
    pieces = [
        at(sound + 1e-6, SPEECH_DB - ratio)
        for seed in range(8)
        for sound in calculated(seed).values()
        for ratio in RATIOS_DB
    ]
    stops = [onset for onset in first_onsets(pieces, cold=True) if onset is not None]
    print(f"calculated noise: {len(stops)} of {len(pieces)} playbacks stopped")  # noqa: T201
    assert len(stops) <= len(pieces) * 0.01


@pytest.mark.people
@people
@pytest.mark.parametrize("cold", [True, False])
def test_a_kitchen_stops_at_most_one_prompt_in_a_hundred(*, cold: bool) -> None:
    """Pieces begin every three seconds; each is a call of its own, which is harder than one long call."""
    kitchen = read(RECORDINGS / "noise" / "kitchen.wav")
    starts = range(0, kitchen.size - PLAYBACK, 8000 * 3)
    lead = 0 if cold else 3 * 8000
    whole = {ratio: at(kitchen, SPEECH_DB - ratio) for ratio in RATIOS_DB}
    pieces = [whole[ratio][max(0, start - lead) : start + PLAYBACK] for ratio in RATIOS_DB for start in starts]
    pieces = [piece for piece in pieces if piece.size == PLAYBACK + lead]
    onsets = first_onsets(pieces, cold=cold)
    stops = [onset for onset in onsets if onset is not None and onset > lead / 8]
    print(f"kitchen, {'first' if cold else 'later'} prompt: {len(stops)} of {len(pieces)} stopped")  # noqa: T201
    assert len(stops) <= len(pieces) * 0.01


def test_synthetic_callers_are_noticed_within_200_ms() -> None:
    clips = [
        read(path)
        for word in ("yes", "no", "booking", "worried")
        for path in sorted(CALLERS.glob(f"{word}-*.wav"))
    ]
    late = latencies(clips)
    print(f"synthetic: p50 {np.percentile(late, 50):.0f} p95 {np.percentile(late, 95):.0f} ms of {len(late)}")  # noqa: T201
    assert len(late) >= 0.95 * len(clips) > 20
    assert np.percentile(late, 50) <= 200


@pytest.mark.people
@people
def test_people_are_noticed_within_200_ms() -> None:
    """First sound is the first 10 ms within 15 dB of the peak: room noise is within 26 dB in many of these."""
    clips = [
        read(path)
        for folder in ("fsdd", "speechcmd")
        for path in sorted((RECORDINGS / folder).rglob("*.wav"))[::3]
    ]
    late = latencies(clips)
    print(f"people: p50 {np.percentile(late, 50):.0f} p90 {np.percentile(late, 90):.0f} ms of {len(late)}")  # noqa: T201
    assert len(late) >= 0.97 * len(clips)
    assert np.percentile(late, 90) <= 200


def latencies(clips: list[Sound]) -> list[float]:
    chance = np.random.default_rng(4)
    pieces, firsts = [], []
    for clip in clips:
        blocks = np.square(clip[: clip.size // 80 * 80].reshape(-1, 80)).mean(axis=1)
        scaled = clip * 10 ** (SPEECH_DB / 20) / np.sqrt(blocks[blocks > blocks.max() * 10**-2.6].mean())
        sound = chance.normal(0, 10 ** (-65 / 20), 4 * 8000)
        begins = 16000 + int(chance.integers(0, 256))
        sound[begins : begins + scaled.size] += scaled[: sound.size - begins]
        pieces.append(np.clip(sound * 32768, -32768, 32767).astype(np.int16))
        firsts.append(begins / 8 + int(np.flatnonzero(blocks > blocks.max() * 10**-1.5)[0]) * 10)
    onsets = first_onsets(pieces, cold=False)
    return [onset - first for onset, first in zip(onsets, firsts, strict=True) if onset is not None]
