"""Take: one recording of a prompt, judged before it is kept - its sound, and whether its words were said.

A fault says in words what is wrong and what to do, for somebody who has never recorded anything. Sound is judged
at the rate it was recorded at, where clipping still shows. It records nothing, hears nothing and keeps nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import jiwer
import numpy as np

from nightbell.audio.edges import trim
from nightbell.audio.level import active_dbfs, frame_dbfs, to_level
from nightbell.audio.resample import to_telephone
from nightbell.speech.decoys import HOMOPHONES
from nightbell.speech.prompts import LEAD_MS, PROMPT_DBFS, PROMPT_PEAK_DBFS, TAIL_MS
from nightbell.speech.spelling import DIGIT_WORDS, digits, spell

if TYPE_CHECKING:
    import numpy.typing as npt

    from nightbell.audio.frame import Samples
    from nightbell.audio.resample import Sound

__all__ = ["Fault", "TakeFault", "finished", "sound_faults", "words_faults"]

_SILENT_DBFS: Final = -60.0
"""Below this nothing was recorded: a microphone that is off or another one than was spoken into."""
_QUIET_DBFS: Final = -42.0
"""Active level that is brought up by more than 20 dB, and the room with it."""
_LOUD_DBFS: Final = -9.0
"""Active level at which a louder word has no room left."""
_CLIPPED_RUN: Final = 3
"""Neighbouring samples at the very top: a voice passes it in one or two, a clipped one stays."""
_CLIPPED_RUNS: Final = 3
"""Such places in a take; one may be a knock."""
_TOP: Final = 2 / 32768
"""How close to the highest sample counts as the top: two steps of 16 bits."""
_CUT_DB: Final = 18.0
"""A first or last 10 ms within this of the active level: a voice was already, or still, there."""
_ABOVE_ROOM_DB: Final = 12.0
"""A first or last 10 ms less than this above the pauses is the room, not a voice."""
_FRAME_SAMPLES: Final = 80
_NOISE_DB: Final = 20.0
"""Least distance between the voice and what is heard in its pauses; a caller has noise of their own to add."""
_PAUSES: Final = 5
"""Percentile of the frames that are taken for pauses."""
_PAUSE_MS: Final = 700
"""Shorter takes have no pauses to measure."""
_WRONG: Final = 0.25
"""Word error rate that is the recogniser's own: whole prompts in a synthetic voice measured up to 0.15, the pieces
between slots up to 0.25."""
_TOLD: Final = 4
"""Differences told one by one; whoever reads more of them has read other words."""
_PHRASE: Final = 2
"""Words running that may not be missing, whatever the rate: "then press hash" at the end of a long prompt."""
_TOO_MUCH: Final = 3
"""Words running that were not asked for: somebody else's voice, or another prompt."""
_SHORT: Final = 2
"""Takes of so few words must be heard without a fault."""
_MUST: Final = frozenset(DIGIT_WORDS[1:]) | {"no", "not", "never", "dial"}
"""Words that change what a caller does; none of them may be missing. Zeros get lost in telephone numbers."""
_ALIKE: Final = {"grey": "gray", "centre": "center", "ok": "okay"}
_WORD: Final = re.compile(r"[a-z0-9]+")


class Fault(StrEnum):
    """What is wrong with a take."""

    SILENT = "silent"
    QUIET = "too quiet"
    LOUD = "too loud"
    CLIPPED = "clipped"
    CUT_START = "start cut off"
    CUT_END = "end cut off"
    NOISY = "noisy"
    WORDS = "other words"


@dataclass(frozen=True, slots=True)
class TakeFault:
    """One fault."""

    kind: Fault
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.message}; {self.hint}"


def sound_faults(sound: Sound, rate: int) -> tuple[TakeFault, ...]:
    """Judge how a take sounds.

    Args:
        sound: mono, shape (n,), as it was recorded.
        rate: its samples a second.
    """
    samples = to_telephone(sound, rate)
    level = active_dbfs(samples)
    if level < _SILENT_DBFS:
        hint = "check that the right microphone is plugged in and switched on"
        return (TakeFault(Fault.SILENT, "nothing is heard", hint),)
    found: list[TakeFault] = []
    runs = _clipped_runs(sound)
    if runs >= _CLIPPED_RUNS:
        hint = "turn the microphone down or sit further away"
        found.append(TakeFault(Fault.CLIPPED, f"the sound hits the top {runs} times and crackles", hint))
    if level < _QUIET_DBFS:
        hint = "sit closer to the microphone or turn it up"
        found.append(
            TakeFault(Fault.QUIET, f"the voice is at {level:.0f} dB, {_QUIET_DBFS:.0f} is the least", hint)
        )
    elif level > _LOUD_DBFS:
        hint = "sit further from the microphone or turn it down"
        message = f"the voice is at {level:.0f} dB, {_LOUD_DBFS:.0f} is the most"
        found.append(TakeFault(Fault.LOUD, message, hint))
    frames = frame_dbfs(samples)
    pauses = float(np.percentile(frames, _PAUSES))
    found += _edges(frames[: len(samples) // _FRAME_SAMPLES], max(level - _CUT_DB, pauses + _ABOVE_ROOM_DB))
    if len(frames) * 10 >= _PAUSE_MS and level - pauses < _NOISE_DB:
        hint = "close the window, switch off what hums, or sit closer to the microphone"
        message = f"the room is only {level - pauses:.0f} dB below the voice, {_NOISE_DB:.0f} is the least"
        found.append(TakeFault(Fault.NOISY, message, hint))
    return tuple(found)


def words_faults(wanted: str, heard: str, country: str) -> tuple[TakeFault, ...]:
    """Judge whether the words of a prompt were said.

    Args:
        wanted: the prompt's text, as the owner wrote it.
        heard: what the recogniser made of the take.
        country: the clinic's country (ISO 3166 alpha-2): decides how numbers are said.
    """
    reference = _words(spell(wanted, country))
    if not reference:
        return ()
    if not heard.strip():
        hint = "say it clearly, and nothing else"
        return (TakeFault(Fault.WORDS, "no words were understood", hint),)
    # A recogniser writes 999 and 30 in figures: one is said figure by figure, the other as a number.
    readings = (_words(spell(heard, country)), _words(_by_figure(heard)))
    compared = min((_Compared(reference, reading) for reading in readings), key=lambda each: each.rate)
    allowed = 0 if len(reference) <= _SHORT else max(1, int(_WRONG * len(reference)))
    if compared.errors <= allowed and not compared.lost:
        return ()
    return (TakeFault(Fault.WORDS, compared.told, "read it again as it stands, not too fast"),)


def finished(sound: Sound, rate: int) -> Samples:
    """Return a take as it is kept: 8 kHz, trimmed, at the level of every prompt."""
    samples = trim(to_telephone(sound, rate), lead_ms=LEAD_MS, tail_ms=TAIL_MS)
    return to_level(samples, PROMPT_DBFS, PROMPT_PEAK_DBFS)


def _clipped_runs(sound: Sound) -> int:
    """Count the places where several samples in a row stand at the highest, or the lowest, of the take."""
    runs = 0
    for side in (sound, -sound):
        top = float(side.max(initial=0.0))
        at_top = np.concatenate([[False], side >= top - _TOP, [False]]) if top > 0 else np.zeros(2, dtype=bool)
        edges = np.flatnonzero(np.diff(at_top.astype(np.int8)))
        runs += int(np.count_nonzero(edges[1::2] - edges[::2] >= _CLIPPED_RUN))
    return runs


def _edges(frames: npt.NDArray[np.float64], voice_dbfs: float) -> list[TakeFault]:
    """Look whether a voice is at either end; ``frames`` are the levels of its 10 ms, shape (n,)."""
    found: list[TakeFault] = []
    if frames[0] > voice_dbfs:
        hint = "wait a breath after it begins to record"
        found.append(TakeFault(Fault.CUT_START, "it begins in the middle of a sound", hint))
    if frames[-1] > voice_dbfs:
        hint = "wait a breath before you stop it"
        found.append(TakeFault(Fault.CUT_END, "it ends in the middle of a sound", hint))
    return found


def _by_figure(text: str) -> str:
    return re.sub(r"\d+", lambda hit: digits(hit[0]), text)


def _words(text: str) -> list[str]:
    """Return words in one spelling: lower case, no apostrophes, -our as -or."""
    plain = text.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    return [_ALIKE.get(word, re.sub(r"(?<=...)our(?=s?$)", "or", word)) for word in _WORD.findall(plain)]


def _sound_alike(first: str, second: str) -> bool:
    return first == second or any(first in group and second in group for group in HOMOPHONES)


class _Compared:
    """The words wanted beside the words heard."""

    def __init__(self, wanted: list[str], heard: list[str]) -> None:
        self._missing: list[str] = []
        self._other: list[tuple[str, str]] = []
        self._added: list[str] = []
        self.errors = 0
        output = jiwer.process_words(" ".join(wanted), " ".join(heard) or "-")
        for chunk in output.alignments[0]:
            asked = wanted[chunk.ref_start_idx : chunk.ref_end_idx]
            said = heard[chunk.hyp_start_idx : chunk.hyp_end_idx]
            if chunk.type == "delete":
                self._missing.append(" ".join(asked))
                self.errors += len(asked)
            elif chunk.type == "insert":
                self._added.append(" ".join(said))
                self.errors += len(said)
            elif chunk.type == "substitute":
                pairs = [pair for pair in zip(asked, said, strict=True) if not _sound_alike(*pair)]
                self._other += pairs
                self.errors += len(pairs)
        self.rate = self.errors / len(wanted)
        missed = " ".join([*self._missing, *(asked for asked, _ in self._other)]).split()
        phrase = any(len(words.split()) >= _PHRASE for words in self._missing)
        phrase = phrase or any(len(words.split()) >= _TOO_MUCH for words in self._added)
        self.lost = phrase or any(word in _MUST for word in missed)
        """A phrase is missing or was added, or a word is missing without which the prompt says something else."""

    @property
    def told(self) -> str:
        """Say what was missed."""
        parts = [f'"{words}" was not heard' for words in self._missing]
        parts += [f'"{said}" was heard for "{asked}"' for asked, said in self._other]
        parts += [f'"{words}" was heard too' for words in self._added]
        more = len(parts) - _TOLD
        return ", ".join(parts[:_TOLD]) + (f" and {more} more: is it another prompt's words?" if more > 0 else "")
