"""The open recogniser: workers that die or hang, and what the model invents."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from nightbell.audio.frame import Samples
from nightbell.errors import ModelCorrupt, RecognitionFailed
from nightbell.speech.hibari import HibariVoice
from nightbell.speech.moonshine import MoonshineLimits, MoonshineRecogniser, find_model, plain_words
from nightbell.speech.moonshine_worker import spoken_part
from nightbell.speech.silero import SileroActivity

STAND_IN = Path(__file__).with_name("moonshine_stand_in.py")
LIMITS = MoonshineLimits(answer_s=0.5, wait_s=5.0, waiting=2)


def order(letter: str) -> Samples:
    return np.frombuffer(letter.encode() + b"\0" * 3, dtype=np.int16)


def stand_in(tmp_path: Path, *more: str, workers: int = 1) -> MoonshineRecogniser:
    command = (sys.executable, str(STAND_IN), str(tmp_path / "mark"), *more)
    return MoonshineRecogniser(workers=workers, limits=LIMITS, command=command)


@pytest_asyncio.fixture
async def recogniser(tmp_path: Path) -> AsyncIterator[MoonshineRecogniser]:
    recogniser = stand_in(tmp_path)
    yield recogniser
    await recogniser.close()
    assert not recogniser.pids


@pytest.mark.asyncio
async def test_words_come_back_plain(recogniser: MoonshineRecogniser) -> None:
    assert await recogniser.transcribe(order("e")) == "heard 4 by worker"


@pytest.mark.parametrize("letter", ["h", "d", "r"], ids=["hangs", "dies", "raises"])
@pytest.mark.asyncio
async def test_two_lost_workers_are_a_failure_and_the_next_utterance_is_heard(
    recogniser: MoonshineRecogniser, letter: str
) -> None:
    with pytest.raises(RecognitionFailed):
        await recogniser.transcribe(order(letter))
    assert await recogniser.transcribe(order("e")) == "heard 4 by worker"


@pytest.mark.asyncio
async def test_an_utterance_whose_worker_dies_is_heard_by_a_new_one(recogniser: MoonshineRecogniser) -> None:
    assert await recogniser.transcribe(order("1")) == "heard 4 by worker"


@pytest.mark.asyncio
async def test_others_are_heard_while_one_hangs(tmp_path: Path) -> None:
    recogniser = stand_in(tmp_path, workers=2)
    async with asyncio.TaskGroup() as group:
        hung = group.create_task(asyncio.wait([asyncio.ensure_future(recogniser.transcribe(order("h")))]))
        heard = group.create_task(recogniser.transcribe(order("e")))
        assert await heard == "heard 4 by worker"
        assert not hung.done()
    [failed], _ = hung.result()
    assert isinstance(failed.exception(), RecognitionFailed)
    await recogniser.close()


@pytest.mark.asyncio
async def test_a_cancelled_request_leaves_no_answer_behind(recogniser: MoonshineRecogniser) -> None:
    cancelled = asyncio.create_task(recogniser.transcribe(order("h")))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await recogniser.transcribe(order("e")) == "heard 4 by worker"


@pytest.mark.asyncio
async def test_the_line_is_bounded(recogniser: MoonshineRecogniser) -> None:
    await recogniser.transcribe(order("e"))
    results = await asyncio.gather(*(recogniser.transcribe(order("e")) for _ in range(4)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, RecognitionFailed)]
    assert [failure.message for failure in refused] == ["too many utterances stand in line"]
    assert results.count("heard 4 by worker") == 3


@pytest.mark.asyncio
async def test_a_model_that_cannot_be_read_and_a_closed_recogniser_say_so(tmp_path: Path) -> None:
    recogniser = stand_in(tmp_path, "broken")
    with pytest.raises(ModelCorrupt):
        await recogniser.transcribe(order("e"))
    await recogniser.close()
    await recogniser.close()
    with pytest.raises(RecognitionFailed, match="closed"):
        await recogniser.transcribe(order("e"))


@pytest.mark.parametrize(
    ("text", "seconds", "plain"),
    [
        ("My lip has gone white.", 2.0, "my lip has gone white"),
        ("It's 9:30, isn\N{RIGHT SINGLE QUOTATION MARK}t it?", 2.0, "it's 9 30 isn't it"),
        ("No, no, no.", 1.0, "no no no"),
        ("You", 1.0, ""),
        ("Thanks for watching!", 2.0, ""),
        ("\N{EIGHTH NOTE}\N{EIGHTH NOTE}", 2.0, ""),
        ("I'm going to go. I'm going to go. I'm going to go. I'm", 6.0, ""),
        ("I cannot see and I cannot see anything at all", 0.5, ""),
    ],
)
def test_what_the_model_invents_for_noise_is_nothing_heard(text: str, seconds: float, plain: str) -> None:
    assert plain_words(text, seconds) == plain


@pytest.mark.asyncio
async def test_only_the_part_in_which_somebody_speaks_is_looked_at() -> None:
    voice = HibariVoice()
    quiet = np.zeros(16000, dtype=np.int16)
    speech = await voice.render("my lip has gone white")
    part = spoken_part(np.concatenate((quiet, speech, quiet)), SileroActivity())
    assert 0.6 * len(speech) < len(part) < len(speech) + 8000
    noise = np.random.default_rng(1).normal(0, 300, 24000).astype(np.int16)
    for nothing in (quiet, noise, quiet[:100], quiet[:0]):
        assert not len(spoken_part(nothing, SileroActivity()))
    await voice.close()


@pytest.mark.asyncio
async def test_the_real_model_hears_a_sentence_the_same_after_another_and_after_its_worker_died() -> None:
    voice = HibariVoice()
    lip, other = [await voice.render(words) for words in ("my lip has gone white", "how long are you open today")]
    await voice.close()
    recogniser = MoonshineRecogniser(limits=MoonshineLimits(answer_s=20.0))
    first = await recogniser.transcribe(lip)
    assert "lip" in first
    assert "white" in first
    assert "open" in await recogniser.transcribe(other)
    assert await recogniser.transcribe(lip) == first
    [pid] = recogniser.pids
    os.kill(pid, signal.SIGKILL)
    assert await recogniser.transcribe(lip) == first
    assert await recogniser.transcribe(np.zeros(8000, dtype=np.int16)) == ""
    await recogniser.close()


def test_the_weights_are_in_the_package_and_the_package_is_not_in_this_process() -> None:
    assert (find_model() / "encoder_model.ort").is_file()
    assert not [name for name in sys.modules if name.startswith("moonshine_voice")]


@pytest.mark.parametrize("workers", [0, 3])
def test_one_or_two_workers(workers: int) -> None:
    with pytest.raises(ValueError, match="one or two"):
        MoonshineRecogniser(workers=workers)
