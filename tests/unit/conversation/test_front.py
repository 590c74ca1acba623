"""A quiet line costs almost nothing, and what is heard on it is what would be heard with everything looked at."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scripts.people import ANSWERS, load_clips

from nightbell.audio.dtmf import tone
from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, RATE, SILENCE, Samples
from nightbell.audio.noise import pink, white
from nightbell.conversation.ear_settings import QUIET_PEAK
from nightbell.conversation.front import Front
from nightbell.speech.activity_pool import ActivityPool, PooledActivity
from nightbell.speech.silero import ActivityBatch, SileroActivity

PEOPLE = Path(__file__).parents[4] / "shared" / "audio"

pytestmark = pytest.mark.asyncio


class Counting:
    """Voice activity by loudness; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def probability(self, window: Samples) -> float:
        assert window.shape == (256,), "the model takes no other"
        self.asked += 1
        return 0.9 if int(np.abs(window).max()) > 1000 else 0.01

    def reset(self) -> None:
        self.asked = 0


def faint(count: int, seed: int) -> Samples:
    """Return noise whose peaks stay below what is quiet."""
    noise = white(count, seed).astype(np.float64)
    return np.asarray(noise / np.abs(noise).max() * (QUIET_PEAK - 2), dtype=np.int16)


def call() -> tuple[Samples, Samples]:
    """Return forty seconds of a caller - faint room, words, a key - and what was played meanwhile."""
    heard = faint(40 * RATE, 1)
    heard[13 * RATE : 14 * RATE] = pink(RATE, 2) * 3
    pressed = tone("7", 100)
    heard[26 * RATE : 26 * RATE + len(pressed)] = pressed
    said = np.zeros(40 * RATE, dtype=np.int16)
    said[11 * RATE : 15 * RATE] = pink(4 * RATE, 3)
    return heard, said


async def run(front: Front, heard: Samples, said: Samples) -> tuple[list[str], list[tuple[int, bool, bool]]]:
    keys: list[str] = []
    windows = []
    for at in range(0, len(heard), FRAME_SAMPLES):
        frame, played = heard[at : at + FRAME_SAMPLES], said[at : at + FRAME_SAMPLES]
        found = await front.take(frame, played, at // FRAME_SAMPLES * FRAME_MS)
        keys += found.keys
        if found.window is not None:
            windows.append((found.window.end_ms, found.window.probability > 0.5, found.window.playing))
    return keys, windows


async def test_the_same_is_heard_with_the_gate_and_without_for_half_the_work() -> None:
    gated, open_ = Counting(), Counting()
    heard, said = call()
    with_gate = await run(Front(gated, quiet_peak=QUIET_PEAK), heard, said)
    without = await run(Front(open_), heard, said)
    assert with_gate == without
    assert with_gate[0] == ["7"]
    assert open_.asked == len(without[1])
    assert gated.asked < open_.asked / 2


async def test_silence_rests_and_what_comes_after_it_is_heard_where_it_is() -> None:
    heard, said = call()
    heard[np.abs(heard) < QUIET_PEAK] = 0
    silent = heard.reshape(-1, FRAME_SAMPLES)
    resting, looking = Counting(), Counting()
    front, windows, rested, keys = Front(resting, quiet_peak=QUIET_PEAK), [], 0, ""
    for number, piece in enumerate(silent):
        frame = piece if piece.any() else SILENCE
        played = said[number * FRAME_SAMPLES :][:FRAME_SAMPLES]
        if front.rests(frame, played):
            rested += 1
            continue
        found = await front.take(frame, played, number * FRAME_MS)
        keys += "".join(found.keys)
        if found.window is not None:
            windows.append((found.window.end_ms, found.window.probability > 0.5, found.window.playing))
    _, without = await run(Front(looking), heard, said)
    assert keys == "7"
    assert set(windows) <= set(without)
    assert [window for window in without if window[1]] == [window for window in windows if window[1]]
    assert rested > 1000
    assert resting.asked < looking.asked / 2


@pytest.mark.parametrize("silent", range(209, 209 + 72))
async def test_whenever_a_sound_ends_a_rest_the_windows_are_whole_and_in_their_place(silent: int) -> None:
    activity = Counting()
    front = Front(activity, quiet_peak=QUIET_PEAK)
    sound = pink(20 * FRAME_SAMPLES, 7).reshape(-1, FRAME_SAMPLES)
    ends = []
    for number, frame in enumerate([*[SILENCE] * silent, *sound]):
        if not front.rests(frame, None):
            window = (await front.take(frame, None, number * FRAME_MS)).window
            ends += [window.end_ms] if window is not None else []
    assert all(end % 32 == 0 for end in ends)
    assert ends[-1] == (silent + 20) * FRAME_MS // 32 * 32


@pytest.mark.skipif(not PEOPLE.is_dir(), reason="the recordings of people are not beside the project")
async def test_a_word_after_long_silence_is_noticed_as_if_the_silence_had_been_looked_at() -> None:
    """Shown one quiet window of five, the model noticed five words fewer of these."""
    clips = load_clips(PEOPLE, ANSWERS, 3)
    batch = ActivityBatch()
    gated, open_ = (Front(SileroActivity(batch), quiet_peak=peak) for peak in (QUIET_PEAK, 0))
    noticed: Counter[Front] = Counter()
    at_ms = 0
    for clip in clips:
        sound = np.concatenate((np.zeros(7 * RATE, dtype=np.int16), clip.samples))
        likely: dict[Front, list[bool]] = {gated: [], open_: []}
        for frame in sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES):
            for front in likely:
                window = (await front.take(frame if frame.any() else SILENCE, None, at_ms)).window
                likely[front] += [window.probability >= 0.5] if window is not None else []
            at_ms += FRAME_MS
        for front, windows in likely.items():
            noticed[front] += any(map(all, pairwise(windows)))
    assert len(clips) > 50
    assert noticed[open_] > 0.9 * len(clips)
    assert noticed[gated] >= noticed[open_] - 3


async def test_a_caller_as_soft_as_a_telephone_gets_is_looked_at() -> None:
    activity = Counting()
    front = Front(activity, quiet_peak=QUIET_PEAK)
    soft = (pink(RATE * 2, 5) // 8).astype(np.int16)
    assert 64 < int(np.abs(soft).max()) < 1000
    await run(front, soft, np.zeros(len(soft), dtype=np.int16))
    assert activity.asked == len(soft) // 256


async def test_calls_that_share_a_run_hear_what_each_hears_alone() -> None:
    batch = ActivityBatch()
    pool = ActivityPool(batch)
    sounds = [pink(256 * 200, seed) for seed in range(5)]
    alone = [SileroActivity(batch) for _ in sounds]
    together = [PooledActivity(pool, SileroActivity(batch)) for _ in sounds]
    for at in range(0, 256 * 200, 256):
        windows = [sound[at : at + 256] for sound in sounds]
        wanted = [one.probability(window) for one, window in zip(alone, windows, strict=True)]
        found = await asyncio.gather(
            *(one.probability(window) for one, window in zip(together, windows, strict=True))
        )
        assert found == pytest.approx(wanted, abs=1e-4)
    assert pool.runs == 200


async def test_a_call_that_goes_away_while_it_waits_takes_nobody_with_it() -> None:
    batch = ActivityBatch()
    pool = ActivityPool(batch)
    stays, goes = (PooledActivity(pool, SileroActivity(batch)) for _ in range(2))
    window = pink(256, 1)
    going = asyncio.ensure_future(goes.probability(window))
    staying = asyncio.ensure_future(stays.probability(window))
    await asyncio.sleep(0)
    going.cancel()
    assert 0 <= await staying <= 1
    assert going.cancelled()


async def test_a_fault_of_the_model_reaches_everybody_who_asked() -> None:
    pool = ActivityPool(ActivityBatch())
    one = PooledActivity(pool, SileroActivity(pool._batch))
    with pytest.raises(ValueError, match="256 samples"):
        await one.probability(np.zeros(5, dtype=np.int16))
    assert 0 <= await one.probability(pink(256, 1)) <= 1
