from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE
from nightbell.audio.g711 import round_trip
from nightbell.conversation.front import ECHO_DOUBT
from nightbell.speech.echo import EchoGuard
from nightbell.speech.endpoint import Endpoint, EndpointSettings, advance
from nightbell.speech.window import Window, levels

if TYPE_CHECKING:
    import numpy.typing as npt

    from nightbell.audio.frame import Samples

    Sound = npt.NDArray[np.float64]

ECHO_DB = -12.0
PROMPTS = (
    "Rosewood Clinic. For trouble breathing, chest pain, heavy bleeding, a weak face or arm, press nine.",
    "Has your sight changed at all, even for a minute, or does the eye hurt?",
)
CALLER = "Yes, I am worried about it."
RECORDINGS = Path(__file__).parents[4] / "shared" / "audio"


def buzz(seconds: float, pitch: float, seed: int) -> Sound:
    """Something with a voice's harmonics and rhythm, -20 dB."""
    time = np.arange(round(seconds * 8000)) / 8000
    wave = sum(
        (np.sin(2 * np.pi * pitch * k * (time + 0.02 * np.sin(2 * np.pi * time))) / k for k in range(1, 18)), 0
    )
    syllables = np.abs(np.sin(2 * np.pi * 2.1 * time)) ** 0.5
    sound = np.asarray(wave) * syllables + np.random.default_rng(seed).normal(0, 0.05, time.size)
    return np.asarray(sound * (0.1 / np.sqrt(np.square(sound).mean())))


def echoed(played: Sound, delay_ms: int, *, smear: bool = False) -> Sound:
    path = np.zeros(48)
    path[0] = 1.0
    if smear:
        path = np.random.default_rng(9).normal(0, 1, 48) * np.exp(-np.arange(48) / 8)
        path /= np.sqrt(np.square(path).sum())
    back = np.convolve(played, path)[: played.size] * 10 ** (ECHO_DB / 20)
    return np.concatenate((np.zeros(delay_ms * 8), back))[: played.size]


def samples(sound: Sound) -> Samples:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def frames(sound: Samples) -> list[Samples]:
    return list(sound[: sound.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES))


def power(pieces: list[Samples]) -> float:
    return float(np.square(np.concatenate(pieces).astype(np.float64)).mean())


@pytest.mark.parametrize("delay_ms", [0, 60, 180])
@pytest.mark.parametrize("smear", [False, True])
def test_it_learns_the_path_and_takes_the_echo_out(delay_ms: int, *, smear: bool) -> None:
    played = buzz(6, 130, 1)
    hiss = np.random.default_rng(2).normal(0, 10 ** (-65 / 20), played.size)
    line = round_trip(samples(echoed(played, delay_ms, smear=smear) + hiss))
    guard, left = EchoGuard(), []
    for heard, sent in zip(frames(line), frames(samples(played)), strict=True):
        left.append(guard.clean(heard, sent))
        guard.suspect()
    assert power(frames(line)[100:]) / power(left[100:]) > 10**1.2, "less than 12 dB taken out"


def test_a_suspected_echo_is_taken_out_at_once() -> None:
    played = buzz(2, 130, 1)
    line = frames(samples(echoed(played, 60, smear=True)))
    left: dict[bool, list[Samples]] = {True: [], False: []}
    for asked, cleaned in left.items():
        guard = EchoGuard()
        for number, (heard, sent) in enumerate(zip(line, frames(samples(played)), strict=True)):
            cleaned.append(guard.clean(heard, sent))
            assert not asked or number != 15 or guard.suspect()
    assert power(left[False][16:30]) / power(left[True][16:30]) > 10


def test_an_echo_is_suspected_before_anything_was_learnt_and_a_caller_is_not() -> None:
    played, caller = buzz(1, 130, 1), buzz(1, 205, 3) * 10 ** (-3 / 20)
    for mixed, expected in ((echoed(played, 60), True), (echoed(played, 60) + caller, False)):
        guard = EchoGuard()
        for heard, sent in zip(frames(samples(mixed)), frames(samples(played)), strict=True):
            guard.clean(heard, sent)
        assert guard.suspect() is expected


def test_the_silence_after_an_echo_is_not_speech_and_a_caller_in_it_is() -> None:
    played = np.concatenate((buzz(2, 130, 1), np.zeros(2400), buzz(1, 130, 4)))
    hiss = np.random.default_rng(2).normal(0, 10 ** (-65 / 20), played.size)
    soft = np.zeros(played.size)
    soft[16000:18400] = buzz(0.3, 205, 3) * 10 ** (-30 / 20)
    for caller, expected in ((np.zeros(played.size), True), (soft, False)):
        guard, asked = EchoGuard(), []
        line = frames(samples(echoed(played, 0, smear=True) + hiss + caller))
        for heard, sent in zip(line, frames(samples(played)), strict=True):
            guard.clean(heard, sent)
            asked.append(guard.suspect())
        assert asked[90:100] == [True] * 10
        assert asked[106:110] == [expected] * 4


def test_a_caller_as_loud_as_the_echo_is_no_silence_after_it() -> None:
    played = np.concatenate((buzz(2, 130, 1), np.zeros(2400), buzz(1, 130, 4)))
    echo = echoed(played, 0, smear=True)
    caller = np.zeros(played.size)
    caller[12000:18400] = buzz(0.8, 205, 3) * 10 ** (-12 / 20)
    guard, asked = EchoGuard(), []
    for heard, sent in zip(frames(samples(echo + caller)), frames(samples(played)), strict=True):
        guard.clean(heard, sent)
        asked.append(guard.suspect())
    assert not any(asked[106:114])


def test_a_caller_over_the_prompt_is_not_harmed() -> None:
    played, caller = buzz(6, 130, 1), buzz(6, 205, 3)
    caller[: 8000 * 3] = 0
    line = samples(echoed(played, 60) + caller)
    guard, left = EchoGuard(), []
    for heard, sent in zip(frames(line), frames(samples(played)), strict=True):
        left.append(guard.clean(heard, sent))
        guard.suspect()
    talk = np.concatenate(left[160:]).astype(np.float64)
    wanted = np.concatenate(frames(samples(caller))[160:]).astype(np.float64)
    assert np.square(talk - wanted).mean() < 0.1 * np.square(wanted).mean()


def test_nothing_played_is_nothing_changed() -> None:
    guard = EchoGuard()
    for heard in frames(samples(buzz(1, 205, 3))):
        assert guard.clean(heard, None) is heard
        assert guard.clean(heard, SILENCE) is heard
        assert not guard.playing
        assert not guard.suspect()


@cache
def said(words: str, *, speaker_level: float) -> Samples:
    import asyncio

    from nightbell.speech.hibari import HibariVoice

    async def render() -> Samples:
        voice = HibariVoice()
        try:
            return await voice.render(words)
        finally:
            await voice.close()

    sound = asyncio.run(render()).astype(np.float64)
    loud = np.square(sound.reshape(-1)[: sound.size // 80 * 80].reshape(-1, 80)).mean(axis=1)
    active = loud[loud > loud.max() * 10**-2.6].mean()
    return np.asarray(
        np.clip(sound * 32768 * 10 ** (speaker_level / 20) / np.sqrt(active), -32768, 32767), np.int16
    )


def onset_ms(line: Samples, played: Samples) -> int | None:
    """Run guard, Silero and the endpointer as the ears do; return when speech was said to begin."""
    from nightbell.speech.silero import SileroActivity

    guard, activity, endpoint, rest = EchoGuard(), SileroActivity(), Endpoint(), np.zeros(0, dtype=np.int16)
    for heard, sent in zip(frames(line), frames(played), strict=True):
        rest = np.concatenate((rest, guard.clean(heard, sent)))
        if rest.size >= 256:
            window, rest = rest[:256], rest[256:]
            probability = activity.probability(window)
            if probability >= ECHO_DOUBT and guard.suspect():
                probability = 0.0
            step = Window(endpoint.now_ms + 32, probability, levels(window), guard.playing)
            endpoint = advance(endpoint, step, EndpointSettings(cold_ms=0))
            if endpoint.speaking:
                return endpoint.now_ms
    return None


@pytest.mark.audio
@pytest.mark.parametrize("delay_ms", [0, 60, 180])
@pytest.mark.parametrize("smear", [False, True])
@pytest.mark.parametrize("words", PROMPTS)
@pytest.mark.parametrize("level", [-18.0, -16.474])
def test_the_lines_own_echo_never_begins_speech(words: str, delay_ms: int, level: float, *, smear: bool) -> None:
    prompt = np.concatenate((said(words, speaker_level=level), np.zeros(4000, dtype=np.int16)))
    hiss = np.random.default_rng(2).normal(0, 10 ** (-65 / 20), prompt.size)
    back = echoed(prompt / 32768, delay_ms, smear=smear)
    assert onset_ms(round_trip(samples(back + hiss)), prompt) is None
    assert onset_ms(round_trip(samples(back + hiss)), np.zeros_like(prompt)) is not None, (
        "the echo was too soft to test"
    )


@pytest.mark.audio
@pytest.mark.people
@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of people are not beside the project")
@pytest.mark.parametrize("delay_ms", [0, 60, 180])
def test_a_caller_over_the_prompt_is_heard_within_200_ms(delay_ms: int) -> None:
    import soundfile

    prompt = said(PROMPTS[0], speaker_level=-18)
    late = []
    for path in sorted((RECORDINGS / "fsdd").glob("*.wav"))[::12]:
        clip, _ = soundfile.read(path)
        blocks = np.square(clip[: clip.size // 80 * 80].reshape(-1, 80)).mean(axis=1)
        clip = clip * 0.08 / np.sqrt(blocks[blocks > blocks.max() * 10**-2.6].mean())
        first = int(np.flatnonzero(blocks > blocks.max() * 10**-1.5)[0]) * 10
        begins = 20000
        caller = np.zeros(prompt.size)
        caller[begins : begins + clip.size] = clip
        onset = onset_ms(round_trip(samples(echoed(prompt / 32768, delay_ms) + caller)), prompt)
        assert onset is not None
        late.append(onset - begins / 8 - first)
    assert min(late) > 0, "an onset before the caller spoke is the echo's"
    assert np.percentile(late, 90) <= 200
