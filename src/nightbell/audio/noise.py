"""Noise: seeded noises, and mixing a noise under speech at an asked signal-to-noise ratio.

The ratio is the speech's level over the noise's, both in the frames in which the speech sounds: what lies in its
pauses masks no word. People and kitchens are not steady, so under a short word a noise may be 6 dB from its mean.
The same seed gives the same samples. It reads no files and simulates no room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nightbell.audio.frame import RATE, Samples
from nightbell.audio.level import FLOOR_DBFS, active_dbfs, active_frames, gain, level_in
from nightbell.audio.resample import Sound, to_float, to_samples
from nightbell.errors import AudioError

__all__ = ["at_ratio", "babble", "fit", "mix", "pink", "ratio_db", "snr_db", "white"]

_NOISE_DBFS = -30.0
"""Level of a noise made here; mixing scales it anyway."""


def _at_level(sound: Sound) -> Samples:
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    return to_samples((sound * (10 ** (_NOISE_DBFS / 20) / rms)).astype(np.float32))


def white(count: int, seed: int) -> Samples:
    """Return ``count`` samples of white noise at -30 dBFS."""
    return _at_level(np.random.default_rng(seed).standard_normal(max(count, 1)).astype(np.float32))[:count]


def pink(count: int, seed: int) -> Samples:
    """Return ``count`` samples of pink noise (power falls 3 dB an octave, from 20 Hz up) at -30 dBFS."""
    size = max(count, 2)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    shaped = np.fft.irfft(np.where(hertz < 20, 0, spectrum / np.sqrt(np.maximum(hertz, 20))), size)
    return _at_level(shaped.astype(np.float32))[:count]


def babble(clips: Sequence[Samples], count: int, seed: int, voices: int = 6) -> Samples:
    """Return ``count`` samples of ``voices`` people talking at once, made of the clips at equal levels.

    Raises:
        AudioError: there is no clip with sound in it.
    """
    heard = [clip for clip in clips if active_dbfs(clip) > FLOOR_DBFS]
    if not heard:
        raise AudioError("babble needs at least one clip with sound in it", hint="give it recordings of speech")
    rng = np.random.default_rng(seed)
    total = np.zeros(count, dtype=np.float32)
    for _ in range(voices):
        clip = heard[int(rng.integers(len(heard)))]
        level = np.float32(10 ** ((_NOISE_DBFS - active_dbfs(clip)) / 20))
        total += to_float(np.resize(np.roll(clip, int(rng.integers(len(clip)))), count)) * level
    return _at_level(total) if count else to_samples(total)


def fit(noise: Samples, count: int, seed: int) -> Samples:
    """Return ``count`` samples of a noise from a seeded place, repeated when it is too short."""
    start = int(np.random.default_rng(seed).integers(max(len(noise) - count, 0) + 1))
    return np.resize(noise[start:], count)


def mix(speech: Samples, noise: Samples, ratio_db: float, seed: int = 0) -> Samples:
    """Lay noise under speech so that active speech level minus noise level is ``ratio_db``.

    Should the sum pass full scale, speech and noise are turned down together and the ratio stays.

    Raises:
        AudioError: the speech or the noise is silent, so no ratio exists.
    """
    if not len(speech) or not len(noise):
        raise AudioError("there is nothing to mix", hint="give speech and noise that are not empty")
    under = fit(noise, len(speech), seed)
    speech_dbfs, noise_dbfs = active_dbfs(speech), level_in(under, active_frames(speech))
    if FLOOR_DBFS in (speech_dbfs, noise_dbfs):
        raise AudioError("silence has no signal-to-noise ratio", hint="give speech and noise that can be heard")
    factor = np.float32(10 ** ((speech_dbfs - ratio_db - noise_dbfs) / 20))
    total = to_float(speech) + to_float(under) * factor
    loudest = max(1.0, float(np.max(np.abs(total))) * 32768 / 32767)
    return to_samples((total / loudest).astype(np.float32))


def snr_db(speech: Samples, mixed: Samples) -> float:
    """Measure the ratio of a mixture whose clean speech is known, at whatever gain the mixture has."""
    clean, total = to_float(speech).astype(np.float64), to_float(mixed).astype(np.float64)
    scale = float(np.dot(clean, total) / np.dot(clean, clean))
    residue = (total - scale * clean).astype(np.float32)
    return active_dbfs(speech) + 20 * float(np.log10(scale)) - level_in(to_samples(residue), active_frames(speech))


def ratio_db(speech: Samples, noise: Samples) -> float:
    """Return how far the speech lies over a noise of the same length, in the frames in which it sounds."""
    return active_dbfs(speech) - level_in(noise, active_frames(speech))


def at_ratio(speech: Samples, noise: Samples, asked_db: float) -> tuple[Samples, float]:
    """Make speech louder or softer, so that it lies so far over the noise that it falls on.

    Args:
        speech: the words.
        noise: what lies under them, of the same length.
        asked_db: the ratio.

    Returns:
        The words and by how many dB they are louder; as they were where there is nothing under them.
    """
    if FLOOR_DBFS in (active_dbfs(speech), level_in(noise, active_frames(speech))):
        return speech, 0.0
    louder = asked_db - ratio_db(speech, noise)
    return gain(speech, louder), louder
