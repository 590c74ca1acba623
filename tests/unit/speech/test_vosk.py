"""Vosk's traps: what goes wrong inside one call's decoder stays there."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from tests.spoken import spoken

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.errors import ModelCorrupt, ModelMissing, RecognitionFailed
from nightbell.speech.decoder_process import DecoderHost, DecoderLimits
from nightbell.speech.hibari import HibariVoice
from nightbell.speech.port import ClosedStream
from nightbell.speech.vosk import VoskRecogniser
from nightbell.terms.phrase import Phrase

MENU = (Phrase("appointments"), Phrase("yes"), Phrase("no"))
FRAME = np.zeros(FRAME_SAMPLES, dtype=np.int16)
HUNG_S = 0.5
"""Time limit of these tests for a stopped decoder; a busy machine decodes a frame in a hundredth of it."""

pytestmark = [pytest.mark.audio, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def host(vosk_folder: Path) -> AsyncIterator[DecoderHost]:
    async with DecoderHost(vosk_folder, limits=DecoderLimits(answer_s=HUNG_S)) as host:
        yield host


@pytest_asyncio.fixture
async def yes() -> Samples:
    return await spoken("yes")


async def play(stream: ClosedStream, samples: Samples) -> None:
    for start in range(0, len(samples), FRAME_SAMPLES):
        await stream.feed(samples[start : start + FRAME_SAMPLES])


async def ended(pid: int, limit_s: float = 5.0) -> bool:
    """Wait until that process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, over.set)
    try:
        async with asyncio.timeout(limit_s):
            await over.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
    return True


def buried(pid: int) -> bool:
    """Tell whether nothing is left of a process, not even a dead one that nobody waited for."""
    return not Path(f"/proc/{pid}").exists()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def maps() -> str:
    return Path("/proc/self/maps").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "blow", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP], ids=["killed", "crashed", "hung"]
)
async def test_a_lost_decoder_costs_its_own_call_one_utterance(
    host: DecoderHost, yes: Samples, blow: signal.Signals
) -> None:
    struck, other = VoskRecogniser(host), VoskRecogniser(host)
    lost, kept = await struck.open(MENU), await other.open(MENU)
    half = len(yes) // 2
    await play(lost, yes[:half])
    await play(kept, yes[:half])
    assert struck.pid is not None
    old = struck.pid
    os.kill(old, blow)
    with pytest.raises(RecognitionFailed, match="hung" if blow == signal.SIGSTOP else "died"):
        await play(lost, yes[half:])
    await play(kept, yes[half:])
    assert (await kept.finish()).phrase == "yes"
    with pytest.raises(RecognitionFailed):
        await lost.finish()

    again = await struck.open(MENU)
    await play(again, yes)
    assert (await again.finish()).phrase == "yes"
    assert struck.pid != old
    assert buried(old)
    assert host.starts == 1
    await struck.close()
    await other.close()


async def test_a_decoder_that_died_between_two_questions_is_not_noticed(host: DecoderHost, yes: Samples) -> None:
    recogniser = VoskRecogniser(host)
    await (await recogniser.open(MENU)).discard()
    assert recogniser.pid is not None
    pid = recogniser.pid
    os.kill(pid, signal.SIGKILL)
    assert await ended(pid)
    stream = await recogniser.open(MENU)
    await play(stream, yes)
    assert (await stream.finish()).phrase == "yes"
    await recogniser.close()


async def test_a_cancelled_feed_leaves_no_answer_behind_for_the_next(host: DecoderHost, yes: Samples) -> None:
    recogniser = VoskRecogniser(host)
    stream = await recogniser.open(MENU)
    for _ in range(5):
        feeding = asyncio.create_task(stream.feed(FRAME))
        await asyncio.sleep(0)
        feeding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await feeding
    await play(stream, yes)
    assert (await stream.finish()).phrase == "yes"
    await recogniser.close()


async def test_a_dead_host_is_started_again_at_the_next_question(host: DecoderHost, yes: Samples) -> None:
    recogniser = VoskRecogniser(host)
    stream = await recogniser.open(MENU)
    assert host.pid is not None
    assert recogniser.pid is not None
    decoder = recogniser.pid
    os.kill(host.pid, signal.SIGKILL)
    with pytest.raises(RecognitionFailed):
        await play(stream, yes)
    assert await ended(decoder)
    again = await recogniser.open(MENU)
    await play(again, yes)
    assert (await again.finish()).phrase == "yes"
    assert host.starts == 2
    await recogniser.close()


async def test_closing_a_call_ends_its_decoder_and_closing_the_host_ends_all(host: DecoderHost) -> None:
    first, second = VoskRecogniser(host), VoskRecogniser(host)
    await first.open(MENU)
    await second.open(MENU)
    assert first.pid is not None
    assert second.pid is not None
    dropped, left = first.pid, second.pid
    await first.close()
    assert await ended(dropped)
    assert not buried(left)
    await host.close()
    assert await ended(left)
    assert host.pid is None
    await second.close()


async def test_the_engine_is_not_in_this_process_and_the_host_has_one_thread(host: DecoderHost) -> None:
    assert "libvosk" not in maps()
    assert host.pid is not None
    assert threads(host.pid) == 1


async def test_strangers_words_are_no_answer(host: DecoderHost) -> None:
    voice = HibariVoice()
    recogniser = VoskRecogniser(host)
    for words in ("down", "tree", "give me a large coffee with milk", "the weather is fine today"):
        stream = await recogniser.open((Phrase("yes"), Phrase("no"), Phrase("not sure")))
        await play(stream, np.concatenate((FRAME, await voice.render(words), np.zeros(8000, dtype=np.int16))))
        heard = await stream.finish()
        assert heard.phrase is None, words
    await recogniser.close()
    await voice.close()


async def test_no_model_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        await DecoderHost(tmp_path).start()
    assert "nightbell setup" in caught.value.hint


async def test_a_truncated_model_is_an_error_and_no_crash(vosk_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(vosk_folder, copy, symlinks=True, copy_function=os.symlink)
    whole = (vosk_folder / "am" / "final.mdl").read_bytes()
    (copy / "am" / "final.mdl").unlink()
    (copy / "am" / "final.mdl").write_bytes(whole[: len(whole) // 3])
    host = DecoderHost(copy)
    with pytest.raises(ModelCorrupt) as caught:
        await host.start()
    assert "nightbell setup" in caught.value.hint
    assert host.pid is None
    await host.close()


async def test_a_host_that_never_comes_up_is_given_up(vosk_folder: Path) -> None:
    host = DecoderHost(vosk_folder, limits=DecoderLimits(start_s=0.01))
    with pytest.raises(RecognitionFailed, match="in time"):
        await host.start()
    assert host.pid is None
