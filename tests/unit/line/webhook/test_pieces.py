"""What a request is read as, what an answer is written as, and the addresses of sounds: the pure pieces."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from nightbell.call.effects import Listen
from nightbell.conversation.by_request.heard import heard
from nightbell.line.webhook.asked import Asked, asked
from nightbell.line.webhook.reply import Places, Reply, Sound, twiml
from nightbell.line.webhook.sounds import GOOD_S, address, sound_of
from nightbell.terms.phrase import Phrase

PLACES = Places(next="https://line.example.org/n", sound="https://line.example.org/s")
SOUND = Sound(call="20261121-224000-abcdef-0123456789", number=7, from_ms=1500)


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"Digits": "1"}, {"keys": "1"}),
        ({"Digits": "0770#"}, {"keys": "0770#"}),
        ({"Digits": "12", "FinishedOnKey": "#"}, {"keys": "12", "finished": True}),
        ({"Digits": "<Dial>"}, {}),
        ({"Digits": "1" * 65}, {}),
        ({"SpeechResult": " yes ", "Confidence": "0.5"}, {"words": "yes", "confidence": 0.5}),
        ({"SpeechResult": "yes", "Confidence": "1e9"}, {"words": "yes"}),
        ({"SpeechResult": "yes", "Confidence": "1.7"}, {"words": "yes", "confidence": 1.0}),
        ({"SpeechResult": "yes", "Confidence": "nan"}, {"words": "yes"}),
        ({"RecordingDuration": "12", "RecordingSid": "RE1"}, {"message_s": 12, "message": "RE1"}),
        ({"RecordingDuration": "-1", "RecordingSid": "../x"}, {}),
        ({"Digits": "hangup", "RecordingDuration": "3"}, {"message_s": 3, "gone": True}),
        ({"CallStatus": "completed"}, {"gone": True}),
        ({"CallStatus": "in-progress"}, {}),
    ],
)
def test_a_form_is_read_as_what_the_caller_did(form: dict[str, str], wanted: dict[str, Any]) -> None:
    assert asked("CA1", "12-3", form) == Asked(sid="CA1", at=12, turn=3, **wanted)


@pytest.mark.parametrize("after", ["", "12", "-1-0", "1-2-3", "x-1", "9999999999-1", "1-²"])
def test_an_address_that_is_none_of_ours_is_no_request(after: str) -> None:
    assert asked("CA1", after, {}) is None


def test_keys_go_before_words_and_the_hash_that_ended_them_is_a_key() -> None:
    both = Asked(sid="CA1", at=1, keys="99", finished=True, words="nine nine")
    assert both.given() == (("key", "9"), ("key", "9"), ("key", "#"))
    assert Asked(sid="CA1", at=1, words="no").given() == (("words", "no"),)
    assert Asked(sid="CA1", at=1).given() == ()


@pytest.mark.parametrize("take", ["keys", "words", "entry", "entry_or_words", "spoken_message"])
def test_whatever_is_said_keys_are_heard_under_it(take: Any) -> None:
    reply = Reply(at=3, take=take, sound=SOUND, language="en-GB", hints=("yes", "no"), wait_s=6)
    gather, after = fromstring(twiml(reply, PLACES).encode())
    assert (gather.tag, after.tag, after.text) == ("Gather", "Redirect", PLACES.next)
    assert "dtmf" in gather.attrib["input"].split()
    assert [inner.tag for inner in gather] == ["Play"]
    one_key = (gather.attrib.get("numDigits"), gather.attrib["finishOnKey"]) == ("1", "")
    assert one_key == (take not in {"entry", "entry_or_words"})
    assert ("speech" in gather.attrib["input"]) == (take in {"words", "entry_or_words", "spoken_message"})


def test_words_of_the_flow_are_no_markup() -> None:
    evil = '"><Dial>+15550100</Dial>'
    reply = Reply(at=3, take="words", sound=Sound(call="c", number=1, words=evil), language=evil, hints=(evil,))
    gather, _ = fromstring(twiml(reply, PLACES).encode())
    assert [inner.tag for inner in gather] == ["Say"]
    assert (gather[0].text, gather.attrib["hints"]) == (evil, evil)


def test_an_address_of_a_sound_is_good_for_what_it_says_and_not_for_long() -> None:
    end = address("token", SOUND, now_s=1000)
    assert sound_of("token", end, now_s=1000 + GOOD_S) == SOUND
    assert sound_of("token", end, now_s=1001 + GOOD_S) is None
    assert sound_of("another", end, now_s=1000) is None
    assert sound_of("token", end.replace("/7/", "/8/"), now_s=1000) is None
    assert sound_of("token", end.replace("/1120/", "/9120/"), now_s=1000) is None
    assert sound_of("token", end[:-1] + ("A" if end[-1] != "A" else "B"), now_s=1000) is None
    assert sound_of("token", end + "/x", now_s=1000) is None


def listen(mode: Any = "closed") -> Listen:
    yes = Phrase("yes please", says=("yes pleas",))
    return Listen(call="c", n=4, mode=mode, phrases=(yes, Phrase("no")))


@pytest.mark.parametrize(
    ("words", "confidence", "wanted"),
    [
        ("Yes, please.", 0.9, ("phrase", "yes please", "yes please", 0.9)),
        ("yes pleas", None, ("phrase", "yes please", "yes please", None)),
        ("No.", 1.0, ("phrase", "no", "no", 1.0)),
        ("no wait yes", 1.0, ("rejected", None, "no wait yes", 0.99)),
        ("yes please it hurts", 0.8, ("rejected", None, "yes please it hurts", 0.8)),
    ],
)
def test_a_phrase_counts_only_as_the_whole_of_what_was_said(
    words: str, confidence: float | None, wanted: tuple[Any, ...]
) -> None:
    fields = heard(listen(), words, confidence, start_ms=1, end_ms=2)
    assert tuple(fields[name] for name in ("cause", "phrase", "text", "confidence")) == wanted
    assert fields["open_text"] == words
    assert heard(listen("open"), words, confidence, start_ms=1, end_ms=2)["cause"] == "open"
