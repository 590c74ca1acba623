from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.speech.dtmf import LAYOUT, TONES, DtmfDetector

if TYPE_CHECKING:
    import numpy.typing as npt

    Sound = npt.NDArray[np.float64]

KEYS = "1234567890*#"
RECORDINGS = Path(__file__).parents[4] / "shared" / "audio"


def press(key: str, *, ms: float = 50, low_db: float = -12, high_db: float = -12, off: float = 0) -> Sound:
    row = next(index for index, keys in enumerate(LAYOUT) if key in keys)
    low, high = TONES[row], TONES[4 + LAYOUT[row].index(key)]
    time = np.arange(round(ms * 8)) / 8000
    tones = ((low, low_db), (high, high_db))
    return sum(
        (10 ** (db / 20) * np.sin(2 * np.pi * f * (1 + off) * time) for f, db in tones), np.zeros(time.size)
    )


def dial(keys: str, *, gap: float = 50, lead: int = 1000, **tone: float) -> Sound:
    pause = np.zeros(round(gap * 8))
    return np.concatenate([np.zeros(lead), *(part for key in keys for part in (press(key, **tone), pause)), pause])


def noisy(sound: Sound, snr_db: float, seed: int = 5) -> Sound:
    power = np.square(sound[sound != 0]).mean()
    return sound + np.random.default_rng(seed).normal(0, np.sqrt(power / 10 ** (snr_db / 10)), sound.size)


def heard(sound: Sound) -> str:
    detector = DtmfDetector()
    samples = np.clip(sound * 32767, -32768, 32767).astype(np.int16)
    whole = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return "".join(key for frame in whole for key in detector.hear(frame))


@pytest.mark.parametrize(("low_db", "high_db"), [(-12, -12), (-16, -8), (-8, -16), (-12, -8), (-8, -12)])
def test_every_key_is_found_at_ten_decibels_over_noise_with_twist(low_db: float, high_db: float) -> None:
    found = heard(noisy(dial(KEYS, low_db=low_db, high_db=high_db), 10))
    assert found == KEYS


@pytest.mark.parametrize("lead", range(0, 160, 20))
def test_a_press_of_forty_milliseconds_is_found_wherever_it_falls(lead: int) -> None:
    assert heard(noisy(dial(KEYS, ms=40, gap=40, lead=800 + lead), 30)) == KEYS


def test_the_same_key_twice_is_two_presses_and_a_long_one_is_one() -> None:
    assert heard(dial("99")) == "99"
    assert heard(dial("9", ms=2000)) == "9"


def test_a_short_break_in_a_press_is_a_fault_of_the_line() -> None:
    sound = dial("5", ms=120)
    sound[1000 + 480 : 1000 + 560] = 0
    assert heard(sound) == "5"


@pytest.mark.parametrize("off", [-0.015, 0.015])
def test_tones_slightly_off_pitch_pass(off: float) -> None:
    assert heard(noisy(dial(KEYS, off=off), 20)) == KEYS


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(dial(KEYS, off=0.035, ms=80), id="off pitch"),
        pytest.param(dial(KEYS, ms=20), id="too short"),
        pytest.param(dial(KEYS, low_db=-24, high_db=-8, ms=80), id="too much twist"),
        pytest.param(dial(KEYS, low_db=-55, high_db=-55, ms=80), id="too weak"),
        pytest.param(np.random.default_rng(1).normal(0, 0.1, 160000), id="hiss"),
        pytest.param(np.sin(2 * np.pi * 697 * np.arange(16000) / 8000) * 0.3, id="one tone"),
        pytest.param(dial("A", ms=80), id="no key of a telephone"),
    ],
)
def test_what_is_no_key_is_not_reported(sound: Sound) -> None:
    assert heard(sound) == ""


def test_a_voice_with_strong_harmonics_is_no_key() -> None:
    time = np.arange(16000) / 8000
    voice = sum((np.sin(2 * np.pi * f * time) * 0.1 for f in (697, 1209, 1394, 2418)), np.zeros(time.size))
    assert heard(voice) == ""


def test_tones_whose_balance_wanders_are_a_voice() -> None:
    time = np.arange(640) / 8000
    low_db, high_db = -12 - 120 * time, -17 + 90 * time
    tones = ((852, low_db), (1336, high_db))
    voice = sum((10 ** (db / 20) * np.sin(2 * np.pi * f * time) for f, db in tones), np.zeros(time.size))
    assert heard(np.concatenate((np.zeros(800), voice, np.zeros(800)))) == ""


@pytest.mark.people
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of people are not beside the project")
def test_no_recording_of_people_or_of_a_kitchen_holds_a_key() -> None:
    soundfile = pytest.importorskip("soundfile")
    soxr = pytest.importorskip("soxr")
    false = []
    seconds = 0.0
    for path in sorted(RECORDINGS.rglob("*.wav")):
        sound, rate = soundfile.read(path)
        sound = soxr.resample(sound, rate, 8000)
        seconds += sound.size / 8000
        false += [(path.name, key) for key in heard(sound / max(1e-9, np.abs(sound).max()) * 0.7)]
    assert seconds > 600
    assert false == []


@pytest.mark.people
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of people are not beside the project")
def test_keys_are_found_over_the_echo_of_a_prompt() -> None:
    soundfile = pytest.importorskip("soundfile")
    soxr = pytest.importorskip("soxr")
    path = max((RECORDINGS / "barista").glob("*.wav"), key=lambda path: path.stat().st_size)
    sound, rate = soundfile.read(path)
    prompt = soxr.resample(sound, rate, 8000)
    keys = dial(KEYS, ms=80, gap=80, low_db=-15, high_db=-15)
    prompt = np.resize(prompt / np.abs(prompt).max() * 0.5, keys.size)
    assert heard(keys + prompt * 10 ** (-12 / 20)) == KEYS
