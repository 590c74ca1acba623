"""People and sentences on a bench: who is understood, what is wrongly accepted, which red flags are found.

The recordings of people come from beside the project and go over the telephone line; they answer a menu of digits
with yes and no through ears set as those of a live call, and count as accepted only at the flow's own confidence.
Sentences of the caller audio go to the open recogniser the same way, clean and in noise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from scripts.benches._speech_ears import LEAD_MS, TAIL_MS, CountedClosed, CountedOpen, Ear, cpu_seconds, ear
from scripts.people import ANSWERS, MENUS, load_clips

from nightbell.audio.frame import RATE, Samples
from nightbell.audio.telephone import over_the_line
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Listen
from nightbell.call.flags import find_flag
from nightbell.flow.model import Flow
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.script import Impair
from nightbell.speech.decoder_process import DecoderHost
from nightbell.speech.moonshine import MoonshineRecogniser
from nightbell.speech.silero import ActivityBatch, SileroActivity
from nightbell.speech.vosk import VoskRecogniser
from nightbell.terms.phrase import Phrase

__all__ = ["Menu", "Sentences", "hear_sentences", "score_people"]

MENU: Final = "digits and yes/no"


@dataclass
class Menu:
    """What became of recordings of people as answers to a menu."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """Kind of recording -> right, wrong, rejected. For foreign speech wrong is accepted."""
    seconds: float = 0.0
    """Sound decoded."""
    cpu: float = 0.0
    """CPU seconds of the decoding process."""

    def share(self, what: str, *kinds: str) -> tuple[float | None, int]:
        """Return percent and number of recordings of these kinds; None where there are none."""
        counted = [self.counts[kind] for kind in kinds if kind in self.counts]
        total = sum(count.total() for count in counted)
        return (100 * sum(count[what] for count in counted) / total if total else None), total


async def score_people(host: DecoderHost, audio: Path, confidence: float, say: Callable[[str], None]) -> Menu:
    """Play every recording of people to a menu."""
    texts, kinds = MENUS[MENU]
    listen = Listen(call="bench", n=0, mode="closed", phrases=tuple(Phrase(text) for text in texts))
    menu = Menu(counts={kind: Counter() for kind in kinds})
    vosk = VoskRecogniser(host)
    counted = CountedClosed(vosk)
    clips = load_clips(audio, kinds)
    say(f"{len(clips)} recordings of people")
    async with ear(counted, None, SileroActivity(ActivityBatch())) as ears:
        for clip in clips:
            said = await ears.say(clip.samples, listen, clip.samples)
            accepted = [
                event.phrase
                for _, event in said.utterances
                if event.phrase is not None and (event.confidence or 0.0) >= confidence
            ]
            right = clip.kind in ANSWERS and accepted[:1] == [clip.text]
            menu.counts[clip.kind]["rejected" if not accepted else "right" if right else "wrong"] += 1
        menu.cpu = cpu_seconds(vosk.pid) if vosk.pid else 0.0
    menu.seconds = counted.seconds
    return menu


@dataclass
class Sentences:
    """What came of whole sentences at one level of noise."""

    level: str
    flags: int = 0
    found: int = 0
    calm: int = 0
    false: int = 0
    late_ms: list[int] = field(default_factory=list)
    """Last sound of the sentence to the frame in which the utterance was told, audio time."""
    decode_ms: list[float] = field(default_factory=list)
    unheard: int = 0
    missed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0


async def hear_sentences(
    recogniser: MoonshineRecogniser,
    flow: Flow,
    recordings: Recordings,
    clips: Sequence[tuple[str, bool]],
    listen: Listen,
    *,
    level: str,
    impairs: Sequence[Impair],
) -> Sentences:
    """Say sentences to an open question.

    Args:
        recogniser: the open recogniser.
        flow: whose red flags are looked for.
        recordings: the caller audio.
        clips: names, and whether a red flag is in them.
        listen: the open question, as a call asks it.
        level: name of the noise level.
        impairs: noise, one after another; none for clean.
    """
    universals = [each for each in compile_flow(flow).universals if each.floor is not None]
    result = Sentences(level)
    counted = CountedOpen(recogniser)
    before = sum(map(cpu_seconds, recogniser.pids))
    async with ear(None, counted, SileroActivity(ActivityBatch())) as ears:
        for number, (name, flag) in enumerate(clips):
            clean = recordings.words(name)
            heard = in_noise(recordings, name, clean, impairs[number % len(impairs)] if impairs else None)
            texts = await _texts(ears, clean, heard, listen, result)
            found = find_flag(universals, flow.sounds_like, " ".join(texts)) is not None
            if flag:
                result.flags += 1
                result.found += found
            else:
                result.calm += 1
                result.false += found
            if found != flag:
                result.missed.append(f"{name}: {' / '.join(texts)}")
    result.seconds = counted.seconds
    result.cpu = sum(map(cpu_seconds, recogniser.pids)) - before
    return result


async def _texts(ears: Ear, clean: Samples, heard: Samples, listen: Listen, result: Sentences) -> list[str]:
    said = await ears.say(clean, listen, heard)
    after = [(at, event) for at, event in said.utterances if at >= said.last_ms]
    if after:
        result.late_ms.append(after[0][0] - said.last_ms)
        result.decode_ms.append(after[0][1].decode_ms)
    else:
        result.unheard += 1
    return [event.open_text or "" for _, event in said.utterances]


def in_noise(recordings: Recordings, name: str, clean: Samples, impair: Impair | None) -> Samples:
    """Return words as the line brings them, between silences, with noise under the whole of it."""
    lead, tail = (np.zeros(ms * RATE // 1000, dtype=np.int16) for ms in (LEAD_MS, TAIL_MS))
    whole = np.concatenate((lead, clean, tail))
    if impair is not None:
        bed = recordings.bed(impair, (clean,), but=(name,))
        mixed = whole.astype(np.int32) + np.resize(bed, len(whole))
        whole = np.clip(mixed, -32768, 32767).astype(np.int16)
    return over_the_line(whole, level_dbfs=None)
