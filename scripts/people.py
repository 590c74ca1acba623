"""People: how a closed recogniser does on recordings of people: what it gets right, what it must not accept.

The recordings are beside the project (``../shared/audio``) and never copied into it. Each goes over the telephone
line (band, level, mu-law) between 0.4 s and 1.5 s of silence. Three menus at one setting: digits with yes and no,
digits alone, yes and no alone. ``digit`` and ``yesno`` are answers to the menu; ``oog`` are coffee orders and
``word`` single words foreign to it, of which none should be taken for an answer.

Decoys are common words, so some foreign words of the recordings are among them by chance. ``--strict`` takes those
out, which shows what becomes of a word that no decoy is.

Usage: python scripts/people.py [--strict] [--weight N] [--every N] [--kinds digit,word]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from nightbell.audio.frame import FRAME_SAMPLES, RATE, Samples
from nightbell.audio.resample import to_telephone
from nightbell.audio.telephone import over_the_line
from nightbell.speech.decoder_process import DecoderHost
from nightbell.speech.decoys import DECOYS
from nightbell.speech.grammar import PHRASE_WEIGHT
from nightbell.speech.port import ClosedRecogniser
from nightbell.speech.vosk import VoskRecogniser
from nightbell.terms.phrase import Phrase

ROOT: Final = Path(__file__).parents[1]
ANSWERS: Final = ("digit", "yesno")
_LEAD: Final = np.zeros(RATE * 4 // 10, dtype=np.int16)
_TAIL: Final = np.zeros(RATE * 3 // 2, dtype=np.int16)
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_YESNO: Final = ("yes", "no")
MENUS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "digits and yes/no": ((*_DIGITS, *_YESNO), ("digit", "yesno", "word", "oog")),
    "digits": (_DIGITS, ("digit", "word", "oog")),
    "yes/no": (_YESNO, ("yesno", "word", "oog")),
}
"""Menu -> its phrases, and the kinds of recordings played to it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording as the line brings it."""

    kind: str
    text: str | None
    samples: Samples


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the recordings of one kind under one menu."""

    menu: str
    kind: str
    clips: int
    right: int
    """Answers taken for what they are; 0 for foreign speech."""
    wrong: int
    """Answers taken for another phrase, or foreign speech taken for any."""
    rejected: int


def load_clips(
    audio: Path, kinds: Sequence[str] = ("digit", "yesno", "word", "oog"), every: int = 1
) -> list[Clip]:
    """Return every n-th recording of these kinds."""
    rows = [json.loads(line) for line in (audio / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    clips = []
    for row in [row for row in rows if row["kind"] in kinds][::every]:
        sound, rate = soundfile.read(audio / row["path"], dtype="float32", always_2d=True)
        heard = over_the_line(to_telephone(sound.mean(axis=1), rate))
        clips.append(Clip(row["kind"], row["text"], np.concatenate((_LEAD, heard, _TAIL))))
    return clips


async def answer(recogniser: ClosedRecogniser, phrases: Sequence[Phrase], samples: Samples) -> str | None:
    """Return the phrase that one recording is taken for, fed in frames of 20 ms."""
    stream = await recogniser.open(phrases)
    for start in range(0, len(samples), FRAME_SAMPLES):
        await stream.feed(samples[start : start + FRAME_SAMPLES])
    return (await stream.finish()).phrase


async def score_people(recogniser: ClosedRecogniser, clips: Sequence[Clip]) -> list[Score]:
    """Play the clips to every menu that they belong to."""
    scores = []
    for menu, (texts, kinds) in MENUS.items():
        phrases = [Phrase(text) for text in texts]
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for clip in clips:
            if clip.kind in kinds:
                heard = await answer(recogniser, phrases, clip.samples)
                right = clip.kind in ANSWERS and heard == clip.text
                counts[clip.kind]["rejected" if heard is None else "right" if right else "wrong"] += 1
        for kind in kinds:
            if total := counts[kind].total():
                found = counts[kind]
                scores.append(Score(menu, kind, total, found["right"], found["wrong"], found["rejected"]))
    return scores


def table(scores: Sequence[Score]) -> str:
    """Return the scores as a table, in counts and percent."""
    rows = [f"{'menu':18} {'kind':6} {'clips':>5} {'right':>10} {'wrong/accepted':>15} {'rejected':>11}"]
    for score in scores:
        shares = [f"{n} {100 * n / score.clips:4.0f}%" for n in (score.right, score.wrong, score.rejected)]
        cells = f"{shares[0]:>10} {shares[1]:>15} {shares[2]:>11}"
        rows.append(f"{score.menu:18} {score.kind:6} {score.clips:5} {cells}")
    return "\n".join(rows)


async def _measure(arguments: argparse.Namespace) -> None:
    clips = load_clips(arguments.audio, arguments.kinds.split(","), arguments.every)
    decoys: Sequence[str] = DECOYS
    if arguments.strict:
        strangers = {clip.text for clip in load_clips(arguments.audio, ("word",))}
        decoys = [word for word in decoys if word not in strangers]
    async with DecoderHost(arguments.models / "vosk-en") as host:
        recogniser = VoskRecogniser(host, weight=arguments.weight, decoys=decoys)
        start = time.perf_counter()
        scores = await score_people(recogniser, clips)
        wall = time.perf_counter() - start
        await recogniser.close()
    strict = ", strict" if arguments.strict else ""
    print(f"weight {arguments.weight}, {len(decoys)} decoys{strict}, {wall:.0f} s")
    print(table(scores))


def main() -> None:
    """Measure and print."""
    models = Path(os.environ.get("NIGHTBELL_MODELS_DIR", ROOT / "var" / "models"))
    parser = argparse.ArgumentParser(description="Score the closed recogniser on recordings of people.")
    parser.add_argument("--strict", action="store_true", help="no foreign word of the recordings may be a decoy")
    parser.add_argument("--weight", type=int, default=PHRASE_WEIGHT)
    parser.add_argument("--every", type=int, default=1, help="take every n-th recording")
    parser.add_argument("--kinds", default="digit,yesno,word,oog")
    parser.add_argument("--audio", type=Path, default=ROOT.parent / "shared" / "audio")
    parser.add_argument("--models", type=Path, default=models)
    asyncio.run(_measure(parser.parse_args()))


if __name__ == "__main__":
    main()
