"""A front with a memory makes of the same sound what it made before, without working; of other sound, as any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.dtmf import tone
from nightbell.audio.frame import FRAME_SAMPLES, Frame, Samples
from nightbell.audio.noise import pink
from nightbell.conversation.front import Front, Heard
from nightbell.conversation.remembered_front import RememberedFront
from nightbell.errors import SettingsError
from nightbell.speech.transcripts import Transcripts

PROMPT = pink(60 * FRAME_SAMPLES, 3).reshape(-1, FRAME_SAMPLES) * 4
CALLER = (pink(60 * FRAME_SAMPLES, 4) // 2).reshape(-1, FRAME_SAMPLES)
CALLER[6:] += PROMPT[:-6] // 4  # the prompt comes back
CALLER[30:36] = np.resize(tone("5", 120), 6 * FRAME_SAMPLES).reshape(-1, FRAME_SAMPLES)


@dataclass
class Loudness:
    """Voice activity by the mean: every window has another value."""

    asked: int = 0
    drift: float = 0.0

    def probability(self, window: Samples) -> float:
        self.asked += 1
        return min(float(np.abs(window).mean()) / 3000 + self.drift, 1.0)

    def reset(self) -> None:
        """Nothing to forget."""


async def taken(front: Front, caller: np.ndarray = CALLER) -> list[tuple[bytes, object, object]]:
    heard: list[Heard] = []
    for number, frame in enumerate(caller):
        played: Frame | None = PROMPT[number] if number % 20 else None
        heard.append(await front.take(frame.astype(np.int16), played, 20 * number))
    return [(one.sound.tobytes(), one.keys, one.window) for one in heard]


@pytest.mark.asyncio
async def test_the_same_sound_is_looked_up_and_nothing_works(tmp_path: Path) -> None:
    plain = await taken(Front(Loudness()))
    assert any(keys for _, keys, _ in plain)
    assert any(
        sound != frame.astype(np.int16).tobytes() for (sound, _, _), frame in zip(plain, CALLER, strict=True)
    )
    with Transcripts(tmp_path) as memory:
        assert await taken(RememberedFront(Loudness(), memory, "one")) == plain
        assert (memory.frames_taken, memory.frames_heard) == (0, 60)
    activity = Loudness()
    with Transcripts(tmp_path) as memory:
        assert await taken(RememberedFront(activity, memory, "one")) == plain
        assert (memory.frames_taken, memory.frames_heard) == (60, 0)
    assert activity.asked == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("at", [0, 1, 33, 59])
async def test_from_the_first_new_frame_on_it_is_as_if_there_were_no_memory(tmp_path: Path, at: int) -> None:
    other = CALLER.copy()
    other[at, 7] += 900
    with Transcripts(tmp_path) as memory:
        await taken(RememberedFront(Loudness(), memory, "one"))
        memory.frames_heard = 0
        assert await taken(RememberedFront(Loudness(), memory, "one"), other) == await taken(
            Front(Loudness()), other
        )
        assert (memory.frames_taken, memory.frames_heard) == (at, 60 - at)


@pytest.mark.asyncio
async def test_another_front_has_another_memory(tmp_path: Path) -> None:
    with Transcripts(tmp_path) as memory:
        await taken(RememberedFront(Loudness(), memory, "one"))
        await taken(RememberedFront(Loudness(), memory, "two"))
        await taken(RememberedFront(Loudness(), memory, "one", quiet_peak=64))
        assert (memory.frames_taken, memory.frames_heard) == (0, 180)


@pytest.mark.asyncio
async def test_a_front_that_makes_something_else_of_it_is_told(tmp_path: Path) -> None:
    other = CALLER.copy()
    other[59, 7] += 900
    with Transcripts(tmp_path) as memory:
        await taken(RememberedFront(Loudness(), memory, "one"))
        with pytest.raises(SettingsError, match="something else of a sound"):
            await taken(RememberedFront(Loudness(drift=0.01), memory, "one"), other)
