"""The decoding side without the engine: framing, doubling, and an engine that misbehaves."""

from __future__ import annotations

import io
import json
import socket
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.speech.decoder_child import Doubler, Utterance, serve
from nightbell.speech.decoder_host import model_frequency
from nightbell.speech.decoder_wire import Message, pack, read_message, unpack


class Engine:
    """A stand-in for the vosk module: each fed piece takes the next answer of ``script``."""

    def __init__(self, *script: str | Exception) -> None:
        self.script = list(script)
        self.grammars: list[list[str]] = []

    def KaldiRecognizer(self, _model: object, _rate: float, grammar: str) -> Engine:  # noqa: N802
        self.grammars.append(json.loads(grammar))
        return self

    def SetWords(self, _flag: int) -> None:  # noqa: N802
        return

    def AcceptWaveform(self, _sound: bytes) -> bool:  # noqa: N802
        if isinstance(self.script[0], Exception):
            raise self.script[0]
        return "text" in json.loads(self.script[0])

    def Result(self) -> str:  # noqa: N802
        return str(self.script.pop(0))

    PartialResult = FinalResult = Result


class Vocabulary:
    def vosk_model_find_word(self, word: str) -> int:
        return 7 if word == "yes" else -1


def utterance(engine: Engine, frequency: int = 8000) -> Utterance:
    return Utterance(engine, None, frequency=frequency, phrases=["yes"], decoys=["tree"], weight=3)


def converse(engine: Any, *messages: Message) -> list[Message]:
    """Run the child's loop in a thread over a socket pair; return its answers."""
    ours, theirs = socket.socketpair()
    child = threading.Thread(target=serve, args=(theirs, engine, Vocabulary(), 8000))
    child.start()
    with ours, ours.makefile("rb") as answers:
        got = []
        for number, message in enumerate(messages):
            sound = message.pop("sound", b"")
            ours.sendall(pack(message | {"n": number}, sound))
            got.append(unpack(answers.readline()))
        ours.shutdown(socket.SHUT_WR)
        child.join(5)
        assert not child.is_alive()
    return got


def test_a_partial_result_without_its_key_is_nothing_heard() -> None:
    assert utterance(Engine("{}")).feed(b"\0\0") == ""


def test_words_before_and_after_the_engines_own_end_of_utterance_are_joined() -> None:
    heard = utterance(Engine('{"text": "yes"}', '{"partial": "tree"}', '{"text": "tree"}'))
    assert heard.feed(b"\0\0") == "yes"
    assert heard.feed(b"\0\0") == "yes tree"
    assert heard.finish() == {"text": "yes tree", "words": []}


def test_phrases_are_listed_as_often_as_they_weigh_and_never_none() -> None:
    engine = Engine()
    utterance(engine)
    assert engine.grammars == [["yes", "yes", "yes", "tree"]]
    with pytest.raises(ValueError, match="empty grammar"):
        Utterance(engine, None, frequency=8000, phrases=[], decoys=["tree"], weight=3)


def test_an_engine_that_raises_is_told_and_the_loop_goes_on() -> None:
    opening = {"kind": "open", "phrases": ["yes"], "decoys": [], "weight": 1}
    answers = converse(
        Engine(ValueError("bad"), '{"partial": "yes"}'),
        {"kind": "known", "words": ["yes", "botox"]},
        {"kind": "feed", "sound": b"\0\0"},
        dict(opening),
        {"kind": "feed", "sound": b"\0\0"},
        {"kind": "finish"},
        {"kind": "nonsense"},
    )
    assert [answer["kind"] for answer in answers] == ["known", "failed", "open", "failed", "failed", "failed"]
    assert [answer["n"] for answer in answers] == list(range(6))
    assert answers[0]["words"] == ["yes"]
    assert answers[3]["why"] == "ValueError"


@given(st.dictionaries(st.text(), st.text()), st.binary(max_size=400))
def test_what_is_packed_is_read_back(fields: dict[str, str], sound: bytes) -> None:
    fields.pop("payload", None)
    message = fields | {"kind": "feed"}
    assert read_message(io.BytesIO(pack(message, sound))) == (message | {"payload": sound} if sound else message)


@pytest.mark.parametrize("cut", [0, 5, -1])
def test_a_peer_that_goes_in_mid_message_is_gone(cut: int) -> None:
    whole = pack({"kind": "feed", "n": 1}, b"sound")
    assert read_message(io.BytesIO(whole[:cut])) is None


@pytest.mark.parametrize("line", [b"[]\n", b"{}\n", b"yes\n", b"\xff\n"])
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        unpack(line)


@pytest.mark.parametrize("piece", [160, 1, 777])
def test_doubling_keeps_speech_and_leaves_no_image(piece: int) -> None:
    at = np.arange(8000)
    tone = np.rint(8000 * np.sin(2 * np.pi * 3000 * at / 8000)).astype(np.int16)
    doubler = Doubler()
    raised = np.concatenate([doubler.feed(tone[start : start + piece]) for start in range(0, 8000, piece)])
    assert len(raised) == 16000
    power = np.abs(np.fft.rfft(raised[2000:10000] * np.hanning(8000)))
    wanted, image = power[1490:1510].max(), power[2490:2510].max()
    assert 20 * np.log10(wanted / image) > 60
    assert abs(np.max(np.abs(raised[2000:10000])) - 8000) < 200


@pytest.mark.parametrize(("conf", "hertz"), [("--a=1\n--sample-frequency=16000\n", 16000), ("--a=1\n", 8000)])
def test_the_model_says_what_it_was_trained_on(tmp_path: Any, conf: str, hertz: int) -> None:
    assert model_frequency(tmp_path) == 8000
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mfcc.conf").write_text(conf, encoding="utf-8")
    assert model_frequency(tmp_path) == hertz
