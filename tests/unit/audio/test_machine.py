from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from nightbell.audio.frame import RATE, Samples
from nightbell.audio.machine import is_machine
from nightbell.audio.noise import pink
from nightbell.audio.wav import read_wav

AUDIO = Path(__file__).parents[3] / "audio"
PEOPLE = Path(__file__).parents[4] / "shared" / "audio"


def tone(hertz: float | npt.NDArray[np.float64], seconds: float) -> Samples:
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hertz, round(seconds * RATE))) / RATE
    return (8000 * np.sin(phase)).astype(np.int16)


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


@pytest.mark.parametrize("hertz", [1100, 2100, 2225])
@pytest.mark.parametrize("noise", [0, 300])
def test_a_fax_or_modem_tone_with_pauses_is_a_machine(hertz: float, noise: int) -> None:
    sound = np.concatenate([quiet(0.5), tone(hertz, 0.5), quiet(1)])
    assert is_machine(sound + (pink(len(sound), 3) * noise / 3000).astype(np.int16))


def test_two_tones_that_take_turns_are_a_machine() -> None:
    bits = np.repeat(np.random.default_rng(3).integers(0, 2, 300), RATE // 300)
    assert is_machine(tone(np.where(bits, 1650.0, 1850.0), len(bits) / RATE))


@pytest.mark.parametrize(
    "sound",
    [
        quiet(2),
        tone(1100, 0.2),
        tone(440, 2),
        tone(np.linspace(900, 2400, 2 * RATE), 2),
        pink(2 * RATE, 1).astype(np.int16),
        (tone(1100, 2) // 2 + tone(420, 2) // 2).astype(np.int16),
    ],
    ids=["nothing", "too short", "a low hum", "a cry that rises", "noise", "a hum and a beep"],
)
def test_what_is_not_for_certain_is_no_machine(sound: Samples) -> None:
    assert not is_machine(sound)


def test_no_recorded_voice_is_a_machine_whole_or_in_parts() -> None:
    voices = [path for path in AUDIO.rglob("*.wav") if "-neg-" not in path.name]
    voices += sorted(PEOPLE.rglob("*.wav")) if PEOPLE.is_dir() else []
    taken = []
    for path in voices:
        sound = read_wav(path)
        parts = [sound[at : at + RATE] for at in range(0, len(sound), RATE)]
        taken += [path.name for one in (sound, *parts) if is_machine(one)]
    assert len(voices) > 400
    assert taken == []
