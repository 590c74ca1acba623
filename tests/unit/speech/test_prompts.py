"""Prompts: ready before the call, even in level, the owner's recording first, and nothing safe made live."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.edges import first_sound_ms, last_sound_ms, length_ms
from nightbell.audio.frame import RATE, Samples
from nightbell.audio.level import active_dbfs, frame_dbfs, gain, peak_dbfs
from nightbell.audio.wav import write_wav
from nightbell.errors import SynthesisFailed
from nightbell.speech.cache import PromptCache
from nightbell.speech.hibari import HibariVoice
from nightbell.speech.prompts import PROMPT_DBFS, PromptStore, Wording
from nightbell.speech.recorded import Recordings
from nightbell.terms.segment import Segment
from nightbell.testing.voice import FakeVoice

OPENING = Wording("opening", ("For trouble breathing, press nine, or hang up and dial 999.",))
PROMISE = Wording("end.safe", ("We will ring you on", "by", "."), fixed=False)
PROMISED = (
    Segment("words", "We will ring you on"),
    Segment("number", "+442079460958"),
    Segment("words", "by"),
    Segment("time", "ten forty five tonight"),
    Segment("words", "."),
)


def words(text: str) -> tuple[Segment, ...]:
    return (Segment("words", text),)


def tone(hertz: float, seconds: float = 1.0) -> Samples:
    at = np.arange(int(RATE * seconds))
    return np.asarray(np.rint(3000 * np.sin(at * 2 * np.pi * hertz / RATE)), dtype=np.int16)


async def prepared(voice: FakeVoice | None = None, **more: object) -> tuple[PromptStore, FakeVoice]:
    voice = voice or FakeVoice()
    store = PromptStore(voice, country="GB", **more)  # type: ignore[arg-type]
    await store.prepare([OPENING, PROMISE])
    return store, voice


@pytest.mark.asyncio
async def test_a_prepared_call_asks_the_voice_for_nothing() -> None:
    store, voice = await prepared()
    asked = len(voice.said)
    assert len(await store.samples("opening", words(OPENING.words[0]))) > RATE
    assert len(await store.samples("end.safe", PROMISED)) > RATE
    assert len(voice.said) == asked


@pytest.mark.asyncio
async def test_words_reach_the_voice_spelled_without_a_digit() -> None:
    _, voice = await prepared()
    assert "For trouble breathing, press nine, or hang up and dial nine nine nine." in voice.said
    assert not any(sign.isdigit() for text in voice.said for sign in text)


@pytest.mark.asyncio
async def test_a_fixed_prompt_that_is_missing_is_never_made_live() -> None:
    store, voice = await prepared()
    asked = len(voice.said)
    for prompt in ("opening", "another"):
        with pytest.raises(SynthesisFailed, match="not prepared"):
            await store.samples(prompt, words("other words than were prepared"))
    with pytest.raises(SynthesisFailed, match="not prepared"):
        await PromptStore(voice, country="GB").samples("end.safe", PROMISED)
    assert len(voice.said) == asked


@pytest.mark.asyncio
async def test_only_a_slot_is_filled_live_and_a_voice_that_fails_then_says_so() -> None:
    store, voice = await prepared()
    who = (Segment("words", "the duty nurse"), *PROMISED)
    assert len(await store.samples("end.safe", who)) > len(await store.samples("end.safe", PROMISED))
    assert voice.said[-1] == "the duty nurse"
    voice.failing = True
    with pytest.raises(SynthesisFailed):
        await store.samples("end.safe", who)
    await store.samples("end.safe", PROMISED)


@pytest.mark.asyncio
async def test_numbers_and_times_are_joined_from_clips_in_order() -> None:
    store, voice = await prepared()
    seven, six = store._clips["seven"], store._clips["six"]
    number = await store.samples("end.safe", (Segment("number", "76"),))
    assert np.array_equal(number[: len(seven)], seven)
    assert np.array_equal(number[-len(six) :], six)
    assert length_ms(number) == length_ms(seven) + length_ms(six) + 30
    time = await store.samples("end.safe", (Segment("time", "22:47"),))
    ten, minute = store._clips["ten"], store._clips["forty seven"]
    assert np.array_equal(time[: len(ten)], ten)
    at = len(ten) + 30 * 8
    assert np.array_equal(time[at : at + len(minute)], minute)
    assert "ten forty seven" not in voice.said


@pytest.mark.parametrize("segment", [Segment("number", ""), Segment("number", "none"), Segment("time", "")])
@pytest.mark.asyncio
async def test_a_promise_without_its_number_or_time_is_a_failure_not_a_silence(segment: Segment) -> None:
    store, _ = await prepared()
    with pytest.raises(SynthesisFailed):
        await store.samples("end.safe", (PROMISED[0], segment))


class HangingVoice(FakeVoice):
    """Speaks until it is told to hang."""

    hanging = False

    async def render(self, words: str) -> Samples:
        if self.hanging:
            await asyncio.Event().wait()
        return await super().render(words)


@pytest.mark.asyncio
async def test_a_voice_that_hangs_in_a_call_costs_half_a_second_at_most() -> None:
    voice = HangingVoice()
    store, _ = await prepared(voice, live_limit_ms=50)
    voice.hanging = True
    with pytest.raises(SynthesisFailed, match="no speech within 50 ms"):
        await store.samples("end.safe", words("the duty nurse"))


@pytest.mark.parametrize(
    ("segments", "gap_ms"),
    [
        ((Segment("words", "by"), Segment("number", "7")), 300),
        ((Segment("number", "7"), Segment("words", "by")), 300),
        ((Segment("words", "by"), Segment("time", "midnight")), 60),
        ((Segment("time", "midnight"), Segment("words", ". by")), 250),
    ],
)
@pytest.mark.asyncio
async def test_a_breath_stands_around_numbers_and_between_sentences(
    segments: tuple[Segment, ...], gap_ms: int
) -> None:
    store, _ = await prepared()
    pieces = [await store.samples("end.safe", (segment,)) for segment in segments]
    joined = await store.samples("end.safe", segments)
    assert length_ms(joined) == sum(length_ms(piece) for piece in pieces) + gap_ms


@pytest.mark.asyncio
async def test_groups_of_a_telephone_number_stand_apart() -> None:
    store, _ = await prepared()
    eleven = length_ms(await store.samples("end.safe", (Segment("number", "02079460958"),)))
    spoken = ("zero", "two", "zero", "seven", "nine", "four", "six", "zero", "nine", "five", "eight")
    clips = sum(length_ms(store._clips[name]) for name in spoken)
    assert eleven == clips + 2 * 220 + 8 * 30


@pytest.mark.asyncio
async def test_preparing_again_takes_all_from_the_cache_and_renders_nothing(tmp_path: Path) -> None:
    first, _ = await prepared(cache=PromptCache(tmp_path))
    voice, seen = FakeVoice(), list[tuple[int, int]]()
    again = PromptStore(voice, country="GB", cache=PromptCache(tmp_path))
    report = await again.prepare([OPENING, PROMISE], progress=lambda done, total: seen.append((done, total)))
    assert voice.said == []
    assert report.rendered == 0
    assert report.cached > 300
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for _, total in seen} == {len(seen)}
    for name, segments in (("opening", words(OPENING.words[0])), ("end.safe", PROMISED)):
        assert np.array_equal(await first.samples(name, segments), await again.samples(name, segments))


@pytest.mark.asyncio
async def test_another_voice_does_not_get_the_first_ones_sound(tmp_path: Path) -> None:
    await prepared(cache=PromptCache(tmp_path))
    _, other = await prepared(FakeVoice("fake-2"), cache=PromptCache(tmp_path))
    assert len(other.said) > 300


def damage_three(folder: Path) -> None:
    for path in sorted(folder.rglob("*.pcm"))[:3]:
        path.write_bytes(path.read_bytes()[:-2] + b"xx")


@pytest.mark.asyncio
async def test_a_damaged_cached_prompt_is_rendered_again(tmp_path: Path) -> None:
    await prepared(cache=PromptCache(tmp_path))
    damage_three(tmp_path)
    _, voice = await prepared(cache=PromptCache(tmp_path))
    assert len(voice.said) == 3


@pytest.mark.asyncio
async def test_a_cache_that_cannot_be_written_costs_no_prompt(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    store, _ = await prepared(cache=PromptCache(blocked))
    assert len(await store.samples("opening", words(OPENING.words[0]))) > RATE


@pytest.mark.asyncio
async def test_the_owners_recording_wins_and_is_brought_to_the_common_level(tmp_path: Path) -> None:
    write_wav(tmp_path / "opening.wav", np.concatenate([np.zeros(8000, np.int16), gain(tone(500), -20)]))
    write_wav(tmp_path / "end.safe.part-1.wav", tone(600))
    (tmp_path / "clips").mkdir()
    write_wav(tmp_path / "clips" / "seven.wav", tone(700, 0.3))
    voice = FakeVoice()
    store = PromptStore(voice, country="GB", recordings=Recordings(tmp_path))
    report = await store.prepare([OPENING, PROMISE])
    assert report.recorded == 3
    assert report.faults == ()
    opening = await store.samples("opening", words(OPENING.words[0]))
    assert active_dbfs(opening) == pytest.approx(-20, abs=0.5)
    assert first_sound_ms(opening) == 10
    assert not any(text.startswith(("For trouble", "We will ring")) for text in voice.said)
    assert "seven" not in voice.said
    part = await store.samples("end.safe", PROMISED[:1])
    assert abs(length_ms(part) - 1070) <= 10
    assert np.argmax(np.abs(np.fft.rfft(part.astype(float)))) * RATE / len(part) == pytest.approx(600, abs=2)


@pytest.mark.parametrize("spoil", ["empty", "silent", "not a wav"])
@pytest.mark.asyncio
async def test_a_recording_that_cannot_be_used_is_reported_and_the_voice_speaks(
    tmp_path: Path, spoil: str
) -> None:
    path = tmp_path / "opening.wav"
    path.write_bytes(b"" if spoil == "empty" else b"MP3 in disguise")
    if spoil == "silent":
        write_wav(path, np.zeros(8000, dtype=np.int16))
    store = PromptStore(FakeVoice(), country="GB", recordings=Recordings(tmp_path))
    report = await store.prepare([OPENING], clips=False)
    assert len(report.faults) == 1
    assert "opening.wav" in report.faults[0].message
    assert len(await store.samples("opening", words(OPENING.words[0]))) > RATE


def test_a_prompts_name_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    write_wav(tmp_path / "secret.wav", tone(500))
    assert Recordings(tmp_path / "prompts").prompt("../secret") is None
    assert Recordings(tmp_path).prompt("secret") is not None


@pytest.mark.asyncio
async def test_a_voice_that_cannot_speak_a_prompt_stops_the_preparing() -> None:
    voice = FakeVoice()
    voice.failing = True
    with pytest.raises(SynthesisFailed):
        await PromptStore(voice, country="GB").prepare([OPENING])


@pytest.mark.asyncio
async def test_what_calls_share_cannot_be_written_to() -> None:
    store, _ = await prepared()
    samples = await store.samples("opening", words(OPENING.words[0]))
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 1


@pytest.mark.asyncio
async def test_the_default_voice_is_even_in_level_and_trimmed(tmp_path: Path) -> None:
    voice = HibariVoice()
    store = PromptStore(voice, country="GB", cache=PromptCache(tmp_path))
    texts = ("Press nine.", "Has your sight changed at all, even for a minute?", OPENING.words[0])
    await store.prepare([Wording(str(i), (text,)) for i, text in enumerate(texts)], clips=False)
    for index, text in enumerate(texts):
        samples = await store.samples(str(index), words(text))
        assert active_dbfs(samples) == pytest.approx(-20, abs=0.5)
        assert peak_dbfs(samples) < -3
        assert (first_sound_ms(samples) or 0) <= 80  # a soft "h" begins before it is within 26 dB
        assert frame_dbfs(samples)[:3].max() > PROMPT_DBFS - 45  # and something sounds within 30 ms
        assert length_ms(samples) - (last_sound_ms(samples) or 0) <= 250
        assert await store.length_ms(text) == length_ms(samples)
    assert await store.length_ms(" . ") == 0
    await voice.close()
