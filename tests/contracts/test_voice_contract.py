"""What every voice promises (``speech.port.Voice``); the fake and the default voice included."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from nightbell.audio.level import active_dbfs
from nightbell.errors import ModelMissing, SynthesisFailed
from nightbell.speech.espeak import EspeakVoice
from nightbell.speech.hibari import HibariVoice
from nightbell.speech.port import Voice
from nightbell.testing.voice import FakeVoice

STAND_IN = (sys.executable, str(Path(__file__).parents[1] / "unit" / "speech" / "espeak_stand_in.py"))


def make(kind: str) -> Voice:
    if kind == "hibari":
        return HibariVoice()
    if kind == "espeak":
        return EspeakVoice()
    if kind == "espeak with a stand-in child":
        return EspeakVoice(command=STAND_IN)
    return FakeVoice()


@pytest_asyncio.fixture(
    params=["fake", "hibari", "espeak with a stand-in child", pytest.param("espeak", marks=pytest.mark.espeak)]
)
async def voice(request: pytest.FixtureRequest) -> AsyncIterator[Voice]:
    voice = make(request.param)
    if request.param == "espeak":
        try:
            await voice.render("ready")
        except ModelMissing as missing:
            pytest.skip(str(missing))
    yield voice
    await voice.close()


@pytest.mark.asyncio
async def test_it_renders_8_khz_mono_that_can_be_heard(voice: Voice) -> None:
    samples = await voice.render("press nine now")
    assert samples.dtype == np.int16
    assert samples.ndim == 1
    assert 500 * 8 < len(samples) < 5000 * 8
    assert active_dbfs(samples) > -40


@pytest.mark.asyncio
async def test_the_same_words_are_the_same_bytes_and_other_words_are_not(voice: Voice) -> None:
    first = await voice.render("press nine now")
    other = await voice.render("press one now")
    assert np.array_equal(first, await voice.render("press nine now"))
    assert not np.array_equal(first, other)


@pytest.mark.asyncio
async def test_jobs_at_once_come_out_as_jobs_in_turn(voice: Voice) -> None:
    words = ["one", "two", "three", "four"]
    in_turn = [await voice.render(word) for word in words]
    async with asyncio.TaskGroup() as group:
        at_once = [group.create_task(voice.render(word)) for word in words]
    for alone, together in zip(in_turn, at_once, strict=True):
        assert np.array_equal(alone, together.result())


@pytest.mark.parametrize("words", ["", " ... ", "\n"])
@pytest.mark.asyncio
async def test_nothing_to_say_is_a_failure_and_the_voice_goes_on(voice: Voice, words: str) -> None:
    with pytest.raises(SynthesisFailed):
        await voice.render(words)
    assert len(await voice.render("one"))


@pytest.mark.asyncio
async def test_a_cancelled_job_is_cancelled_and_the_voice_goes_on(voice: Voice) -> None:
    before = await voice.render("one")
    job = asyncio.create_task(voice.render("two " * 200))
    await asyncio.sleep(0)  # one turn of the loop, so that the job has begun
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert np.array_equal(await voice.render("one"), before)


@pytest.mark.asyncio
async def test_its_name_is_fit_for_a_cache_key_and_does_not_change(voice: Voice) -> None:
    before = voice.name
    await voice.render("one")
    assert voice.name == before
    assert before
    assert not set(before) & set(" /\\\n\0")


@pytest.mark.asyncio
async def test_closing_twice_is_no_fault(voice: Voice) -> None:
    await voice.render("one")
    await voice.close()
    await voice.close()
