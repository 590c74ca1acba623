"""The process that one Moonshine transcriber lives in: one utterance in, one text out, in order.

``python -m nightbell.speech.moonshine_worker MODEL``: messages of ``decoder_wire`` on standard input, answers on
standard output. What the library itself prints goes nowhere. The library's own voice activity is switched off: it
keeps state from one utterance to the next, so that the same sound gives another text after another caller. Without
it the model invents sentences for noise ("I'm going to go to the hospital"), so Silero looks first, and only the
part where somebody speaks is transcribed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from nightbell.audio.frame import RATE
from nightbell.audio.resample import from_telephone
from nightbell.speech.decoder_wire import FAILED, READY, Message, pack, read_message
from nightbell.speech.silero import WINDOW_SAMPLES, SileroActivity

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.speech.port import VoiceActivity

__all__ = ["main", "serve", "spoken_part"]

_MODEL_RATE: Final = 16_000
_NICENESS: Final = 5
"""Answers to closed questions are awaited by the millisecond; whole utterances may wait for them."""
_SURE: Final = 0.25
"""Mean speech probability over 0.2 s that something must reach: 4 of 67 recordings of people do not, and 31 of 40
pieces of kitchen noise do not."""
_SURE_WINDOWS: Final = 6
_EDGE: Final = 0.1
"""Probability at which a window belongs to the spoken part."""
_MARGIN: Final = RATE * 3 // 10
"""Samples kept each side of the spoken part: 0.3 s, as the model hears words cut tightly badly."""
_LONGEST: Final = 30 * RATE
"""Samples taken of one utterance; the model was trained on less."""


def spoken_part(samples: Samples, activity: VoiceActivity) -> Samples:
    """Return the part in which somebody speaks, with 0.3 s around it; empty when nobody does."""
    activity.reset()
    ends = range(WINDOW_SAMPLES, len(samples) + 1, WINDOW_SAMPLES)
    heard = np.array([activity.probability(samples[end - WINDOW_SAMPLES : end]) for end in ends])
    if not len(heard):
        return samples[:0]
    width = min(_SURE_WINDOWS, len(heard))
    if np.convolve(heard, np.ones(width) / width, mode="valid").max() < _SURE:
        return samples[:0]
    spoken = np.flatnonzero(heard >= _EDGE) * WINDOW_SAMPLES
    return samples[max(0, int(spoken[0]) - _MARGIN) : int(spoken[-1]) + WINDOW_SAMPLES + _MARGIN]


def serve(jobs: BinaryIO, answers: BinaryIO, transcriber: Any, activity: VoiceActivity) -> None:
    """Answer until the input closes: ``transcribe`` + sound -> {text, seconds}; exceptions -> ``failed`` {why}."""
    while (message := read_message(jobs)) is not None:
        answer: Message = {"kind": message["kind"], "n": message["n"]}
        try:
            samples = np.frombuffer(message.get("payload", b""), dtype="<i2")[:_LONGEST].astype(np.int16)
            part = spoken_part(samples, activity)
            lines: list[str] = []
            if len(part):
                sound = from_telephone(part, _MODEL_RATE).tolist()
                lines = [line.text for line in transcriber.transcribe_without_streaming(sound, _MODEL_RATE).lines]
            answer |= {"text": " ".join(lines), "seconds": len(part) / RATE}
        except Exception as error:  # noqa: BLE001  whatever the library raises is the other side's to decide on
            answer |= {"kind": FAILED, "why": type(error).__name__}
        answers.write(pack(answer))
        answers.flush()


def _load(folder: Path) -> Any:
    from moonshine_voice.moonshine_api import ModelArch  # noqa: PLC0415  only this process may hold the library
    from moonshine_voice.transcriber import Transcriber  # noqa: PLC0415

    options = {"return_audio_data": "false", "vad_threshold": "0"}
    return Transcriber(folder, ModelArch.TINY, options=options)


def main(arguments: list[str]) -> int:
    """Load the model, say so, serve."""
    os.nice(_NICENESS)
    with os.fdopen(os.dup(1), "wb") as answers, os.fdopen(os.dup(0), "rb") as jobs:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        try:
            transcriber, activity = _load(Path(arguments[0])), SileroActivity()
        except Exception as error:  # noqa: BLE001  whatever the library raises for a broken model
            answers.write(pack({"kind": FAILED, "n": 0, "why": type(error).__name__}))
            return 1
        answers.write(pack({"kind": READY, "n": 0}))
        answers.flush()
        serve(jobs, answers, transcriber, activity)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
