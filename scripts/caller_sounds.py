"""Sounds that no voice makes: noise beds to lay under calls, and calls that hold no words (fax, modem, a pocket).

Everything is calculated by seed; nothing is a recording. ``render_callers.py`` stores what comes from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RATE: Final = 8000
"""Hz: narrow-band telephony."""
BAND_HZ: Final = (300.0, 3400.0)
"""What a telephone lets through (ITU-T G.712)."""
PEAK: Final = 0.97
BED_DBFS: Final = -30.0

Wave = npt.NDArray[np.float64]


def band(wave: Wave, low: float, high: float) -> Wave:
    """Keep a band, with raised-cosine edges, by zeroing the rest of the spectrum: no phase shift."""
    padded = np.concatenate([wave, np.zeros(RATE // 4)])
    spectrum = np.fft.rfft(padded)
    hertz = np.fft.rfftfreq(len(padded), 1 / RATE)
    edge = 60.0
    gain = np.clip((hertz - low + edge) / edge, 0, 1) * np.clip((high + edge - hertz) / edge, 0, 1)
    return np.fft.irfft(spectrum * np.sin(gain * np.pi / 2) ** 2, len(padded))[: len(wave)]


def bed(kind: str, seconds: int, seed: int, talk: Callable[[], Sequence[Wave]]) -> Wave:
    """Make a noise bed whose end runs into its beginning, so that it can be repeated.

    Args:
        kind: ``babble``, ``street``, anything else is a kitchen.
        seconds: its length.
        seed: the same seed makes the same bed.
        talk: gives the calm sentences that babble is made of, so that no red flag hides in the noise.
    """
    random = np.random.default_rng(seed)
    size = seconds * RATE
    if kind == "babble":
        wave = _babble(random, size, talk())
    elif kind == "street":
        wave = _street(random, size)
    else:
        wave = _kitchen(random, size)
    wave = band(np.tile(wave, 3), *BAND_HZ)[size : 2 * size]
    wave *= 10 ** (BED_DBFS / 20) / np.sqrt(np.mean(wave**2))
    return np.clip(wave, -PEAK, PEAK)


def sound(name: str, talk: Callable[[], Sequence[Wave]]) -> Wave:
    """Make a call without words: ``fax``, ``modem``, ``pocket_walk`` and so on; KeyError for another."""
    random = np.random.default_rng(sum(name.encode()))
    makers: dict[str, Callable[[], Wave]] = {
        "fax": _fax_calling,
        "fax_answer": lambda: _fax_answering(random),
        "modem": lambda: _modem(random),
        "pocket": lambda: _rustle(random, 9),
        "pocket_walk": lambda: _rustle(random, 9) + _steps(random, 9),
        "pocket_car": lambda: _level(_street(random, 9 * RATE), -34) + _muffled(random, 9, talk(), -33),
        "pocket_talk": lambda: 0.5 * _rustle(random, 9) + _muffled(random, 9, talk(), -28),
        "hiss": lambda: _level(random.standard_normal(8 * RATE), -42),
        "hum": lambda: _hum(8),
    }
    return np.clip(band(makers[name](), *BAND_HZ), -PEAK, PEAK)


def _tone(hertz: float, seconds: float, dbfs: float = -16.0) -> Wave:
    time = np.arange(int(seconds * RATE)) / RATE
    return np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time)


def _quiet(seconds: float) -> Wave:
    return np.zeros(int(seconds * RATE))


def _fax_calling() -> Wave:
    """Make the calling tone of a fax: 1100 Hz, half a second on and three off (ITU-T T.30, 4.3.3.3)."""
    return np.concatenate([np.concatenate([_tone(1100, 0.5), _quiet(3)]) for _ in range(3)])


def _fax_answering(random: np.random.Generator) -> Wave:
    """Make an answering fax: 2100 Hz, then 300 bit/s between 1650 and 1850 Hz (ITU-T T.30 and V.21)."""
    called = np.concatenate([_quiet(0.4), _tone(2100, 2.8), _quiet(0.075)])
    flags = _fsk(np.tile([0, 1, 1, 1, 1, 1, 1, 0], 37), 1850, 1650)
    digital = _fsk(random.integers(0, 2, 150), 1850, 1650)
    return np.concatenate([called, flags, digital, _quiet(2.5), flags, digital])


def _modem(random: np.random.Generator) -> Wave:
    """Make an old modem: 2225 Hz, then 1200 bit/s between 1200 and 2200 Hz (Bell 103 and 202)."""
    return np.concatenate([_tone(2225, 2.0), _quiet(0.1), _fsk(random.integers(0, 2, 7200), 1200, 2200, 1200)])


def _fsk(bits: npt.NDArray[np.int64], zero: float, one: float, baud: int = 300) -> Wave:
    hertz = np.where(np.repeat(bits, RATE // baud + (RATE % baud > 0)) > 0, one, zero)
    return np.sqrt(2) * 10 ** (-16 / 20) * np.sin(2 * np.pi * np.cumsum(hertz) / RATE)


def _level(wave: Wave, dbfs: float) -> Wave:
    return wave * 10 ** (dbfs / 20) / np.sqrt(np.mean(wave**2))


def _rustle(random: np.random.Generator, seconds: int) -> Wave:
    """Make cloth that rubs a microphone: bursts of low noise, some of them loud."""
    size = seconds * RATE
    wave = 0.02 * pink(random, size)
    time = np.arange(size) / RATE
    for _ in range(seconds * 3):
        middle, width = random.uniform(0, seconds), random.uniform(0.03, 0.25)
        burst = np.exp(-(((time - middle) / width) ** 2)) * random.uniform(0.2, 1.0)
        wave = wave + band(pink(random, size), 300, random.uniform(900, 2800)) * burst
    return _level(wave, -30)


def _steps(random: np.random.Generator, seconds: int) -> Wave:
    wave = np.zeros(seconds * RATE)
    fall = np.arange(int(0.15 * RATE)) / RATE
    for start in np.arange(0.3, seconds - 0.3, 0.55):
        thud = np.sin(2 * np.pi * random.uniform(280, 380) * fall) * np.exp(-40 * fall)
        at = int((start + random.uniform(-0.03, 0.03)) * RATE)
        wave[at : at + len(fall)] += thud * random.uniform(0.05, 0.12)
    return wave


def _muffled(random: np.random.Generator, seconds: int, talk: Sequence[Wave], dbfs: float) -> Wave:
    """Lay talk behind cloth: nothing above 700 Hz, so words go and the melody stays."""
    wave = np.zeros(seconds * RATE)
    at = 0
    while at < len(wave):
        one = talk[int(random.integers(len(talk)))][: len(wave) - at]
        wave[at : at + len(one)] += one
        at += len(one) + int(random.uniform(0.3, 1.2) * RATE)
    return _level(band(wave, 300, 700), dbfs)


def _hum(seconds: int) -> Wave:
    return sum((_tone(50 * order, seconds, -36 - order) for order in (6, 7, 8, 10, 12)), np.zeros(seconds * RATE))


def pink(random: np.random.Generator, size: int) -> Wave:
    """Make noise with the same power in every octave, of level 1."""
    spectrum = np.fft.rfft(random.standard_normal(size))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    wave = np.fft.irfft(spectrum, size)
    return wave / np.sqrt(np.mean(wave**2))


def _kitchen(random: np.random.Generator, size: int) -> Wave:
    """Running water that comes and goes, a hum, and dishes: short inharmonic rings."""
    time = np.arange(size) / RATE
    water = pink(random, size) * (0.6 + 0.4 * np.sin(2 * np.pi * time * 2 / time[-1]))
    hum = 0.3 * np.sin(2 * np.pi * 100 * time) + 0.2 * np.sin(2 * np.pi * 400 * time)
    wave = 0.7 * water + hum
    ring = np.arange(int(0.25 * RATE)) / RATE
    for start in random.integers(0, size, 26):
        pitch = random.uniform(900, 2600)
        decay = random.uniform(25, 70)
        tones = enumerate((1.0, 1.53, 2.31), 1)
        clink = sum(np.sin(2 * np.pi * pitch * ratio * ring) / order for order, ratio in tones)
        clink = clink * np.exp(-decay * ring) * random.uniform(0.8, 3.0)
        np.add.at(wave, (start + np.arange(len(ring))) % size, clink)
    return wave


def _street(random: np.random.Generator, size: int) -> Wave:
    """A low rumble and cars that pass."""
    time = np.arange(size) / RATE
    wave = band(pink(random, size), 60, 800)
    for _ in range(4):
        middle, width = random.uniform(0, time[-1]), random.uniform(0.6, 1.5)
        away = np.minimum(np.abs(time - middle), time[-1] - np.abs(time - middle))
        wave = wave + pink(random, size) * 1.6 * np.exp(-((away / width) ** 2))
    return wave


def _babble(random: np.random.Generator, size: int, talk: Sequence[Wave]) -> Wave:
    """Eight voices at once, each talking on."""
    wave = np.zeros(size)
    for _ in range(8):
        at = int(random.integers(0, size))
        filled = 0
        while filled < size:
            samples = talk[int(random.integers(len(talk)))]
            np.add.at(wave, (at + filled + np.arange(len(samples))) % size, samples)
            filled += len(samples)
    return wave
