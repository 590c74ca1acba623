"""False stops on a bench: noise, or the line's own echo, under a prompt; each report of speech is a false stop.

A playback is six seconds of a real prompt of the flow. In a first playback the ears are new; in a later one they
have heard the room for three seconds. The noises: a kitchen recorded by people where it is beside the project, the
caller audio's beds, and noise made by seed; each 0, 10 and 20 dB below a caller's level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, RATE, Frame, Samples
from nightbell.audio.g711 import round_trip
from nightbell.audio.level import gain, rms_dbfs
from nightbell.audio.noise import pink, white
from nightbell.audio.resample import to_telephone
from nightbell.audio.telephone import CALLER_DBFS
from nightbell.audio.wav import read_wav
from nightbell.call.effects import Listen
from nightbell.conversation.ear_events import SpeechBegan
from nightbell.conversation.ears import Ears, EarSettings
from nightbell.line.scripted import ECHO_DB, ECHO_DELAY_MS
from nightbell.speech.silero import ActivityBatch, SileroActivity

__all__ = ["Stops", "echo_stops", "false_stops", "noises"]

PLAYBACK_MS: Final = 6000
HOP_MS: Final = 3000
LEAD_MS: Final = 3000
BELOW_DB: Final = (0, 10, 20)
SEEDS: Final = 6
BABBLE: Final = "babble"
"""A bed of this kind is people talking: what stops a prompt there is speech, if not the caller's."""


@dataclass
class Stops:
    """Playbacks of one noise, and how many were stopped."""

    noise: str
    recorded: bool
    """A recording of a place, by people."""
    speech: bool
    """People talking in the background."""
    below_db: float = 0.0
    """How far below a caller's level it lies."""
    playbacks: int = 0
    stopped: int = 0


def noises(caller_audio: Path, beds: Sequence[tuple[str, str]], people: Path) -> Iterator[tuple[Stops, Samples]]:
    """Yield each noise at 8 kHz, long enough for several playbacks.

    Args:
        caller_audio: folder of the caller audio.
        beds: file and kind of its beds.
        people: folder of the recordings of people; it may be missing.
    """
    kitchen = people / "noise" / "kitchen.wav"
    if kitchen.is_file():
        sound, rate = soundfile.read(kitchen, dtype="float32", always_2d=True)
        yield Stops("kitchen (recorded)", recorded=True, speech=False), to_telephone(sound.mean(axis=1), rate)
    for file, kind in beds:
        made = Stops(f"{Path(file).stem} (bed)", recorded=False, speech=kind == BABBLE)
        yield made, np.tile(read_wav(caller_audio / file), 2)
    for name, make in (("white", white), ("pink", pink)):
        count = (PLAYBACK_MS + LEAD_MS) * RATE // 1000
        pieces = [make(count, seed) for seed in range(SEEDS)]
        yield Stops(name, recorded=False, speech=False), np.concatenate(pieces)


async def false_stops(
    about: Stops, noise: Samples, prompts: Sequence[Samples], listen: Listen, activity: ActivityBatch
) -> list[Stops]:
    """Play a noise under prompts, piece by piece; return the counts at each level."""
    lead, length, hop = (ms * RATE // 1000 for ms in (LEAD_MS, PLAYBACK_MS, HOP_MS))
    number = 0
    levels = []
    for below in BELOW_DB:
        found = replace(about, below_db=below)
        levels.append(found)
        room = round_trip(gain(noise, CALLER_DBFS - below - rms_dbfs(noise)))
        for start in range(0, len(room) - lead - length + 1, hop):
            for cold in (True, False):
                prompt = np.resize(prompts[number % len(prompts)], length)
                number += 1
                before = 0 if cold else lead
                heard = room[start : start + before + length]
                silent = np.zeros(before, dtype=np.int16)
                found.playbacks += 1
                found.stopped += await _stopped(heard, np.concatenate((silent, prompt)), before, listen, activity)
    return levels


async def echo_stops(prompts: Sequence[Samples], listen: Listen, activity: ActivityBatch) -> Stops:
    """Let each prompt come back as the line's own echo, in an otherwise silent room; return the counts."""
    found = Stops(f"own echo at {ECHO_DB:g} dB", recorded=False, speech=False, below_db=-ECHO_DB)
    lead, late = LEAD_MS * RATE // 1000, ECHO_DELAY_MS * RATE // 1000
    for prompt in prompts:
        for before in (0, lead):
            played = np.concatenate((np.zeros(before, dtype=np.int16), prompt))
            heard = np.concatenate((np.zeros(before + late, dtype=np.int16), gain(prompt, ECHO_DB)))[: len(played)]
            found.playbacks += 1
            found.stopped += await _stopped(round_trip(heard), played, before, listen, activity)
    return found


async def _stopped(heard: Samples, played: Samples, since: int, listen: Listen, activity: ActivityBatch) -> bool:
    """Tell whether the ears report speech once the prompt plays."""
    ears = Ears(None, None, SileroActivity(activity), EarSettings(), patient=True)
    ears.listen(listen, 0)
    try:
        for start in range(0, len(heard) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            frame: Frame = heard[start : start + FRAME_SAMPLES]
            at_ms = start // FRAME_SAMPLES * FRAME_MS
            under = played[start : start + FRAME_SAMPLES] if start >= since else None
            for event in await ears.hear(frame, under, at_ms):
                if isinstance(event, SpeechBegan) and start >= since:
                    return True
    finally:
        await ears.close()
    return False
