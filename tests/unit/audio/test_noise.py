"""Noise and the telephone's band: ratios measured after mixing, seeds, spectra."""

from __future__ import annotations

import numpy as np
import pytest

from nightbell.audio.edges import join, silence
from nightbell.audio.frame import RATE, Samples
from nightbell.audio.level import active_dbfs, active_frames, rms_dbfs
from nightbell.audio.noise import at_ratio, babble, fit, mix, pink, ratio_db, snr_db, white
from nightbell.audio.resample import from_telephone, to_telephone
from nightbell.audio.telephone import band, over_the_line
from nightbell.errors import AudioError


def tone(ms: int, hertz: float = 700, amplitude: float = 6000) -> Samples:
    return np.rint(amplitude * np.sin(np.arange(ms * 8) * 2 * np.pi * hertz / RATE)).astype(np.int16)


SPEECH = join(silence(400), tone(500), tone(800, 300), tone(300, 1500, 900), silence(900), gap_ms=250)


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
@pytest.mark.parametrize("asked", [20.0, 10.0, 5.0, 0.0, -5.0])
def test_the_measured_ratio_is_the_asked_one_within_half_a_decibel(kind: str, asked: float) -> None:
    count = len(SPEECH)
    noise = {
        "white": lambda: white(count, 1),
        "pink": lambda: pink(count, 1),
        "babble": lambda: babble([tone(400, 350), tone(300, 500)], count, 1),
    }[kind]()
    mixed = mix(SPEECH, noise, asked, seed=9)
    assert snr_db(SPEECH, mixed) == pytest.approx(asked, abs=0.5)
    noise_alone = (mixed.astype(np.int32) - SPEECH).clip(-32768, 32767).astype(np.int16)
    assert ratio_db(SPEECH, noise_alone) == pytest.approx(asked, abs=0.5)


def test_the_ratio_is_that_of_the_moments_in_which_words_sound() -> None:
    """Four times as loud in the pauses: that masks no word. Over the whole stretch it is another ratio."""
    words = np.repeat(active_frames(SPEECH), 80)[: len(SPEECH)]
    noise = np.where(words, 1, 4).astype(np.int16) * white(len(SPEECH), 1)
    spoken, louder = at_ratio(SPEECH, noise, 10.0)
    assert ratio_db(spoken, noise) == pytest.approx(10.0, abs=0.05)
    assert active_dbfs(spoken) - active_dbfs(SPEECH) == pytest.approx(louder, abs=0.05)
    assert active_dbfs(spoken) - rms_dbfs(noise) < 4
    assert at_ratio(SPEECH, np.zeros_like(SPEECH), 10.0)[1] == 0.0


def test_a_mixture_too_loud_for_16_bits_is_turned_down_and_keeps_its_ratio() -> None:
    loud = tone(1000, amplitude=32000)
    mixed = mix(loud, white(8000, 2), 0.0)
    assert int(np.abs(mixed.astype(np.int32)).max()) <= 32767
    assert snr_db(loud, mixed) == pytest.approx(0.0, abs=0.5)
    assert rms_dbfs(mixed) < rms_dbfs(loud)


def test_a_seed_gives_the_same_noise_and_another_seed_another() -> None:
    for make in (white, pink):
        assert np.array_equal(make(4000, 7), make(4000, 7))
        assert not np.array_equal(make(4000, 7), make(4000, 8))
    clips = [tone(300), tone(200, 900)]
    assert np.array_equal(babble(clips, 4000, 7), babble(clips, 4000, 7))
    long = white(80000, 1)
    assert np.array_equal(mix(SPEECH, long, 10, seed=4), mix(SPEECH, long, 10, seed=4))
    assert not np.array_equal(mix(SPEECH, long, 10, seed=4), mix(SPEECH, long, 10, seed=5))


@pytest.mark.parametrize(("make", "slope_db"), [(white, 0.0), (pink, -3.01)])
def test_the_spectrum_falls_as_the_colour_says(make: object, slope_db: float) -> None:
    assert callable(make)
    power = np.abs(np.fft.rfft(make(RATE * 8, 3).astype(float))) ** 2  # bins of 1/8 Hz
    octaves = [10 * np.log10(power[low * 8 : low * 16].mean()) for low in (125, 250, 500, 1000, 2000)]
    assert np.diff(octaves).mean() == pytest.approx(slope_db, abs=0.3)


def test_a_short_noise_is_repeated_and_a_long_one_cut() -> None:
    assert len(fit(tone(10), 8000, 1)) == 8000
    assert len(fit(tone(5000), 800, 1)) == 800


def test_silence_cannot_be_mixed() -> None:
    for speech, noise in ((silence(100), white(800, 1)), (tone(100), silence(100)), (silence(0), white(8, 1))):
        with pytest.raises(AudioError) as caught:
            mix(speech, noise, 10)
        assert caught.value.hint
    with pytest.raises(AudioError, match="at least one clip"):
        babble([silence(100)], 800, 1)


@pytest.mark.parametrize(("hertz", "low", "high"), [(100, -120, -40), (1000, -0.1, 0.1), (3800, -120, -40)])
def test_the_telephone_passes_its_band_and_nothing_else(hertz: float, low: float, high: float) -> None:
    sound = tone(1000, hertz)
    assert low <= rms_dbfs(band(sound)) - rms_dbfs(sound) <= high


def test_over_the_line_keeps_time_and_sets_the_level() -> None:
    out = over_the_line(SPEECH)
    assert len(out) == len(SPEECH)
    assert active_dbfs(out) == pytest.approx(-22.0, abs=0.5)
    assert not np.array_equal(out, over_the_line(SPEECH, "alaw"))


def test_resampling_up_and_down_again_keeps_the_sound() -> None:
    sound = tone(1000, 1000)
    back = to_telephone(from_telephone(sound, 16000), 16000)
    assert len(back) == len(sound)
    inner = slice(800, -800)
    assert int(np.abs(back[inner].astype(int) - sound[inner]).max()) <= 2
