"""Opus, narrow band: the sound comes through, a lost packet is made up, and a missing codec is told as one."""

from __future__ import annotations

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.audio.level import rms_dbfs
from nightbell.errors import CodecMissing
from nightbell.line import opus
from nightbell.line.opus import OpusTrip, require_opus

TONE = np.rint(6000 * np.sin(np.arange(40 * FRAME_SAMPLES) * 2 * np.pi * 440 / 8000)).astype(np.int16)


def through(*lost: int) -> Samples:
    trip = OpusTrip()
    frames = TONE.reshape(-1, FRAME_SAMPLES)
    return np.concatenate([trip.pass_on(frame, lost=number in lost) for number, frame in enumerate(frames)])


@pytest.mark.opus
def test_a_sound_comes_through_much_as_it_was_and_each_time_the_same() -> None:
    out = through()
    assert len(out) == len(TONE)
    assert not np.array_equal(out, TONE)
    assert rms_dbfs(out[1600:]) == pytest.approx(rms_dbfs(TONE), abs=1.5)
    assert np.argmax(np.abs(np.fft.rfft(out[-3200:]))) * 8000 / 3200 == pytest.approx(440, abs=5)
    assert np.array_equal(out, through())


@pytest.mark.opus
def test_what_a_lost_packet_held_is_made_up_from_what_came_before() -> None:
    gap = slice(20 * FRAME_SAMPLES, 21 * FRAME_SAMPLES)
    made_up = through(20)
    assert not np.array_equal(made_up[gap], through()[gap])
    assert rms_dbfs(made_up[gap]) > rms_dbfs(TONE) - 10
    assert np.array_equal(made_up[: gap.start], through()[: gap.start])


def test_a_missing_codec_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opus, "_LIBRARY", "libopus-of-nobody.so")
    require_opus.cache_clear()
    with pytest.raises(CodecMissing, match="Opus is missing") as caught:
        OpusTrip()
    assert (caught.value.exit_code, caught.value.hint) == (3, "apt-get install libopus0")
