"""Level and edges: figures that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightbell.audio import edges
from nightbell.audio.frame import RATE, Samples
from nightbell.audio.level import FLOOR_DBFS, active_dbfs, gain, peak_dbfs, rms_dbfs, to_level


def tone(ms: int, amplitude: float = 8192, hertz: float = 440) -> Samples:
    return np.rint(amplitude * np.sin(np.arange(ms * 8) * 2 * np.pi * hertz / RATE)).astype(np.int16)


def speech_like(seed: int = 3) -> Samples:
    rng = np.random.default_rng(seed)
    bursts = [rng.normal(0, rng.uniform(500, 6000), int(rng.integers(400, 2400))) for _ in range(12)]
    return (
        np.concatenate([np.concatenate([b, np.zeros(800)]) for b in bursts]).clip(-32768, 32767).astype(np.int16)
    )


def test_a_sine_measures_what_its_amplitude_says() -> None:
    assert rms_dbfs(tone(1000)) == pytest.approx(20 * np.log10(0.25) - 3.01, abs=0.01)
    assert peak_dbfs(tone(1000)) == pytest.approx(20 * np.log10(0.25), abs=0.05)


def test_silence_and_nothing_measure_the_floor() -> None:
    for samples in (edges.silence(100), edges.silence(0)):
        assert rms_dbfs(samples) == peak_dbfs(samples) == active_dbfs(samples) == FLOOR_DBFS


def test_pauses_lower_the_rms_and_not_the_active_level() -> None:
    talk = edges.join(tone(1000), tone(1000), gap_ms=2000)
    assert active_dbfs(talk) == pytest.approx(active_dbfs(tone(1000)), abs=0.01)
    assert rms_dbfs(talk) < rms_dbfs(tone(1000)) - 2.9


@pytest.mark.parametrize("before_db", [-30, -6, 0, 8])
def test_every_input_level_comes_out_even_and_below_the_ceiling(before_db: float) -> None:
    out = to_level(gain(speech_like(), before_db), -20.0, -3.0)
    assert active_dbfs(out) == pytest.approx(-20.0, abs=0.5)
    assert peak_dbfs(out) < -3.0


def test_the_limiter_holds_a_click_without_clipping_it_flat() -> None:
    samples = tone(1000, 1000)
    samples[4000] = 32767
    out = to_level(samples, -12.0, -6.0)
    assert peak_dbfs(out) < -6.0
    assert int(np.sum(np.abs(out) == np.abs(out).max())) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-40, -5), st.floats(-12, -1))
def test_no_sound_passes_the_ceiling(seed: int, target: float, ceiling: float) -> None:
    rng = np.random.default_rng(seed)
    samples = (rng.standard_t(1.2, 3000) * 300).clip(-32768, 32767).astype(np.int16)
    assert peak_dbfs(to_level(samples, target, ceiling)) <= ceiling


def test_silence_is_not_amplified() -> None:
    assert not to_level(edges.silence(100)).any()


def test_first_and_last_sound_are_the_edges_of_ten_millisecond_frames() -> None:
    talk = np.concatenate([edges.silence(400), tone(305), edges.silence(700)])
    assert edges.first_sound_ms(talk) == 400
    assert edges.last_sound_ms(talk) == 710


@pytest.mark.parametrize(("below_db", "counts"), [(25.0, True), (27.0, False)])
def test_what_is_within_26_db_of_the_loudest_frame_is_sound(below_db: float, counts: bool) -> None:  # noqa: FBT001
    faint = tone(100, 8192 * 10 ** (-below_db / 20), 400)
    talk = np.concatenate([tone(300, hertz=400), faint, edges.silence(200)])
    assert edges.last_sound_ms(talk) == (400 if counts else 300)


def test_silence_has_no_edges() -> None:
    assert edges.first_sound_ms(edges.silence(50)) is None
    assert edges.last_sound_ms(edges.silence(0)) is None
    assert len(edges.trim(edges.silence(50))) == 0


def test_trimming_leaves_ten_before_and_the_tail_after() -> None:
    out = edges.trim(np.concatenate([edges.silence(500), tone(300), edges.silence(900)]), lead_ms=10, tail_ms=60)
    assert edges.length_ms(out) == 370
    assert edges.first_sound_ms(out) == 10


def test_trimming_adds_a_tail_that_is_missing_and_does_not_click() -> None:
    out = edges.trim(tone(300, hertz=433), tail_ms=60)
    assert edges.length_ms(out) == 360
    assert abs(int(out[0])) < 50
    assert not out[300 * 8 :].any()


def test_joining_puts_the_gap_between_and_nowhere_else() -> None:
    assert edges.length_ms(edges.join(tone(100), tone(50), tone(25), gap_ms=30)) == 235
    assert len(edges.join()) == 0
