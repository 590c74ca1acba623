"""What every closed recogniser promises (``speech.port.ClosedRecogniser``): Vosk, also with a memory; a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from tests.spoken import spoken

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.errors import RecognitionFailed
from nightbell.speech.decoder_process import DecoderHost
from nightbell.speech.port import ClosedRecogniser, ClosedStream, Hypothesis
from nightbell.speech.remembered import RememberedRecogniser
from nightbell.speech.transcripts import Transcripts
from nightbell.speech.vosk import VoskRecogniser
from nightbell.terms.phrase import Phrase
from nightbell.testing.recognisers import Heard, ScriptedRecogniser

MENU = (Phrase("appointments"), Phrase("yes"), Phrase("no"))
SPOKEN = ("yes", "appointments", "no", "yes")
"""What is said in these tests, in the order of the utterances."""

Speak = Callable[[str], Awaitable[Samples]]


@pytest_asyncio.fixture(
    params=["scripted", *(pytest.param(name, marks=pytest.mark.audio) for name in ("vosk", "remembered"))]
)
async def recogniser(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ClosedRecogniser]:
    if request.param == "scripted":
        yield ScriptedRecogniser([Heard(words, after_ms=400) for words in SPOKEN], unknown={"xyzzyx"})
        return
    folder: Path = request.getfixturevalue("vosk_folder")
    async with DecoderHost(folder) as host:
        recogniser = VoskRecogniser(host)
        if request.param == "vosk":
            yield recogniser
        else:
            with Transcripts(tmp_path) as memory:
                yield RememberedRecogniser(recogniser, memory, "vosk")
        await recogniser.close()


@pytest.fixture
def speak() -> Speak:
    return spoken


async def play(stream: ClosedStream, samples: Samples, piece: int = FRAME_SAMPLES) -> Sequence[Hypothesis]:
    return [await stream.feed(samples[start : start + piece]) for start in range(0, len(samples), piece)]


@pytest.mark.asyncio
async def test_it_hears_one_phrase_after_another(recogniser: ClosedRecogniser, speak: Speak) -> None:
    for words in SPOKEN:
        stream = await recogniser.open(MENU)
        partials = await play(stream, await speak(words))
        last = await stream.finish()
        assert partials[0] == Hypothesis("")
        assert partials[-1].phrase == words
        assert (last.text, last.phrase) == (words, words)
        assert last.confidence is not None
        assert 0 <= last.confidence <= 1


@pytest.mark.asyncio
async def test_sound_may_come_in_any_pieces(recogniser: ClosedRecogniser, speak: Speak) -> None:
    stream = await recogniser.open(MENU)
    assert await stream.feed(np.zeros(0, dtype=np.int16)) == Hypothesis("")
    await play(stream, await speak(SPOKEN[0]), piece=777)
    assert (await stream.finish()).phrase == SPOKEN[0]


@pytest.mark.asyncio
async def test_nothing_said_is_no_phrase_and_has_no_confidence(recogniser: ClosedRecogniser) -> None:
    stream = await recogniser.open(MENU)
    await stream.feed(np.zeros(800, dtype=np.int16))
    assert await stream.finish() == Hypothesis("")


@pytest.mark.asyncio
async def test_a_phrase_of_unknown_words_does_not_spoil_the_rest(
    recogniser: ClosedRecogniser, speak: Speak
) -> None:
    stream = await recogniser.open((Phrase("xyzzyx"), *MENU))
    await play(stream, await speak(SPOKEN[0]))
    assert (await stream.finish()).phrase == SPOKEN[0]


@pytest.mark.asyncio
async def test_a_spelling_by_sound_is_heard_as_the_phrase_of_the_flow(
    recogniser: ClosedRecogniser, speak: Speak
) -> None:
    stream = await recogniser.open((Phrase("xyzzyx", says=("xyzzyx please", "yes")), Phrase("no")))
    await play(stream, await speak(SPOKEN[0]))
    last = await stream.finish()
    assert (last.text, last.phrase) == ("yes", "xyzzyx")


@pytest.mark.parametrize(
    "phrases",
    [
        (),
        (Phrase(""),),
        (Phrase("xyzzyx"),),
        (Phrase('"], ["'),),
        (Phrase("[unk]"),),
        (Phrase("<eps>", says=("#0",)),),
    ],
    ids=["none", "empty", "unknown", "broken json", "garbage word", "the decoder's own symbols"],
)
@pytest.mark.asyncio
async def test_a_grammar_with_nothing_left_fails_and_the_next_one_works(
    recogniser: ClosedRecogniser, speak: Speak, phrases: tuple[Phrase, ...]
) -> None:
    with pytest.raises(RecognitionFailed):
        await recogniser.open(phrases)
    stream = await recogniser.open(MENU)
    await play(stream, await speak(SPOKEN[0]))
    assert (await stream.finish()).phrase == SPOKEN[0]


@pytest.mark.asyncio
async def test_a_finished_or_discarded_utterance_takes_no_more_sound(recogniser: ClosedRecogniser) -> None:
    finished = await recogniser.open(MENU)
    await finished.finish()
    discarded = await recogniser.open(MENU)
    await discarded.discard()
    await discarded.discard()
    for stream in (finished, discarded):
        with pytest.raises(RecognitionFailed):
            await stream.feed(np.zeros(160, dtype=np.int16))
        with pytest.raises(RecognitionFailed):
            await stream.finish()


@pytest.mark.asyncio
async def test_opening_an_utterance_ends_the_one_before(recogniser: ClosedRecogniser, speak: Speak) -> None:
    before = await recogniser.open(MENU)
    after = await recogniser.open(MENU)
    with pytest.raises(RecognitionFailed):
        await before.feed(np.zeros(160, dtype=np.int16))
    await play(after, await speak(SPOKEN[1]))
    assert (await after.finish()).phrase == SPOKEN[1]


@pytest.mark.asyncio
async def test_closed_it_opens_nothing_and_may_be_closed_again(recogniser: ClosedRecogniser) -> None:
    stream = await recogniser.open(MENU)
    await recogniser.close()
    await recogniser.close()
    with pytest.raises(RecognitionFailed):
        await stream.feed(np.zeros(160, dtype=np.int16))
    with pytest.raises(RecognitionFailed):
        await recogniser.open(MENU)
