"""Decoder child: the forked process that decodes one call, message by message.

It knows a loaded model and a socket. It may crash, hang or be killed: the other end notices and others go on.
Time limits, retries and the choice of words are not its business. One recogniser per question, never a second
grammar on a recogniser that has heard sound: the engine ends the process on that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nightbell.audio.frame import RATE
from nightbell.speech.decoder_wire import FAILED, Message, pack, read_message

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from nightbell.audio.frame import Samples

__all__ = ["Doubler", "Utterance", "serve"]

_TAPS: Final = 71
_KAISER_BETA: Final = 7.9
"""80 dB down by 4.6 kHz, flat to 3.4 kHz (Kaiser's formula), 2.2 ms late. soxr in a stream works in blocks of 60
to 100 ms, which is a third of the pause after which an answer counts."""


class Doubler:
    """Raises 8 kHz sound to 16 kHz as it comes, leaving no images above 4 kHz.

    The engine's own linear resampling leaves some, and costs two thirds of the decoding time: recall on people's
    digits is 64 with it and 78 of a hundred without, at the same grammar.
    """

    def __init__(self) -> None:
        ramp = np.arange(_TAPS) - (_TAPS - 1) / 2
        self._taps = (np.sinc(ramp / 2) * np.kaiser(_TAPS, _KAISER_BETA)).astype(np.float32)
        self._past: npt.NDArray[np.float32] = np.zeros(_TAPS - 1, dtype=np.float32)

    def feed(self, samples: Samples) -> Samples:
        """Return twice as many samples, 35 of the new ones late."""
        spread = np.zeros(2 * len(samples), dtype=np.float32)
        spread[::2] = samples
        line = np.concatenate((self._past, spread))
        self._past = line[len(line) - _TAPS + 1 :]
        raised = np.convolve(line, self._taps, mode="valid")
        return np.clip(np.rint(raised), -32768, 32767).astype(np.int16)


class Utterance:
    """One recogniser over one grammar.

    Args:
        engine: The vosk module (handed in so that tests may hand in another).
        model: A loaded model.
        frequency: Samples a second that the model was trained on.
        phrases: Spellings that count.
        decoys: Words that do not.
        weight: How many times each spelling is listed.
    """

    def __init__(
        self,
        engine: Any,
        model: Any,
        *,
        frequency: int,
        phrases: Sequence[str],
        decoys: Sequence[str],
        weight: int,
    ) -> None:
        if not phrases:
            raise ValueError("an empty grammar ends the engine")
        self._doubler = Doubler() if frequency == 2 * RATE else None
        grammar = json.dumps([*list(phrases) * weight, *decoys])
        self._recogniser = engine.KaldiRecognizer(model, float(frequency if self._doubler else RATE), grammar)
        self._recogniser.SetWords(1)
        self._texts: list[str] = []
        self._words: list[Message] = []

    def feed(self, sound: bytes) -> str:
        """Decode int16 little-endian sound at 8 kHz; return all words so far."""
        if not sound:
            return self._text()
        samples = np.frombuffer(sound, dtype="<i2")
        raised = self._doubler.feed(samples) if self._doubler else samples
        if self._recogniser.AcceptWaveform(raised.tobytes()):
            self._take(self._recogniser.Result())
            return self._text()
        return self._text(json.loads(self._recogniser.PartialResult()).get("partial", ""))

    def finish(self) -> Message:
        """Return all words, and each with its confidence, start and end in seconds where the engine has them."""
        if self._doubler:
            self._recogniser.AcceptWaveform(self._doubler.feed(np.zeros(_TAPS // 2 + 1, dtype=np.int16)).tobytes())
        self._take(self._recogniser.FinalResult())
        return {"text": self._text(), "words": self._words}

    def _take(self, result: str) -> None:
        parsed = json.loads(result)
        self._texts.append(parsed.get("text", ""))
        self._words.extend(parsed.get("result", ()))

    def _text(self, partial: str = "") -> str:
        return " ".join(filter(None, (*self._texts, partial)))


def serve(connection: socket.socket, engine: Any, model: Any, frequency: int) -> None:
    """Answer messages until the other end closes.

    ``known`` {words} -> {words}: those in the vocabulary. ``open`` {phrases, decoys, weight} begins an utterance
    and throws away the one before. ``feed`` + sound -> {text}. ``finish`` -> {text, words}. ``discard``. Any
    exception is answered with ``failed`` {why}, and the utterance is gone.
    """
    utterance: Utterance | None = None
    with connection, connection.makefile("rb") as source:
        while (message := read_message(source)) is not None:
            answer: Message = {"kind": message["kind"], "n": message["n"]}
            try:
                match message["kind"]:
                    case "known":
                        found = [word for word in message["words"] if model.vosk_model_find_word(word) >= 0]
                        answer["words"] = found
                    case "open":
                        utterance = None
                        utterance = Utterance(
                            engine,
                            model,
                            frequency=frequency,
                            phrases=message["phrases"],
                            decoys=message["decoys"],
                            weight=message["weight"],
                        )
                    case "feed" if utterance:
                        answer["text"] = utterance.feed(message.get("payload", b""))
                    case "finish" if utterance:
                        answer |= utterance.finish()
                        utterance = None
                    case "discard":
                        utterance = None
                    case _:
                        answer |= {"kind": FAILED, "why": "no utterance is open"}
            except Exception as error:  # noqa: BLE001  whatever the engine raises is told to the caller's side, which ends us
                utterance = None
                answer |= {"kind": FAILED, "why": type(error).__name__}
            connection.sendall(pack(answer))
