from __future__ import annotations

from typing import Literal

from nightbell.call.effects import Effect, Listen, Noted, Play
from nightbell.call.events import Event, Heard, KeyPressed, MessageRecorded, Played, TimerFired
from nightbell.records.port import Entry
from nightbell.records.story import Said, tell


def asked(state: str, question: str = "") -> Listen:
    return Listen(call="a", n=0, mode="closed", state=state, question=question)


def said(state: str, question: str = "") -> Play:
    return Play(call="a", n=0, prompt="p", segments=(), bargein="speech", state=state, question=question)


def key(pressed: str) -> KeyPressed:
    return KeyPressed(clinic="c", call="a", seq=0, at_utc=0, audio_ms=5, key=pressed)


def heard(
    cause: Literal["phrase", "rejected", "open"],
    *,
    phrase: str | None = None,
    text: str = "",
    open_text: str | None = None,
    confidence: float | None = None,
) -> Heard:
    return Heard(
        clinic="c", call="a", seq=0, at_utc=0, audio_ms=5, listen=0, cause=cause, phrase=phrase, text=text,
        open_text=open_text, confidence=confidence,
    )  # fmt: skip


def entry(event: Event, *effects: Effect) -> Entry:
    return Entry(event=event, effects=effects)


def played() -> Played:
    return Played(clinic="c", call="a", seq=0, at_utc=0, audio_ms=5, effect=0, completed=True, played_ms=1)


def test_an_answer_belongs_to_the_question_that_stood_when_it_came() -> None:
    story = tell(
        [
            entry(played(), said("opening"), said("reason"), asked("reason")),
            entry(
                heard("phrase", phrase="worried", confidence=0.9),
                asked("screen", "sight"),
                said("screen", "sight"),
            ),
            entry(heard("phrase", phrase="no", confidence=0.97), asked("screen", "pain"), said("screen", "pain")),
            entry(key("1"), said("get_clinician")),
        ]
    )
    assert story.path == ("opening", "reason", "screen", "get_clinician")
    assert [(one.state, one.question, one.how, one.heard, one.confidence) for one in story.said] == [
        ("reason", "", "speech", "worried", 0.9),
        ("screen", "sight", "speech", "no", 0.97),
        ("screen", "pain", "key", "1", None),
    ]


def test_what_was_not_understood_shows_what_was_heard() -> None:
    story = tell(
        [
            entry(played(), asked("reason")),
            entry(heard("rejected", text="[unk]", open_text="my lip is white")),
            entry(heard("rejected", text="uh")),
            entry(TimerFired(clinic="c", call="a", seq=0, at_utc=0, audio_ms=9, timer="noinput")),
            entry(TimerFired(clinic="c", call="a", seq=0, at_utc=0, audio_ms=9, timer="call")),
        ]
    )
    assert [(one.how, one.heard) for one in story.said] == [
        ("rejected", "my lip is white"),
        ("rejected", "uh"),
        ("silence", ""),
    ]


def test_keys_of_one_entry_stand_together_and_numbers_are_masked() -> None:
    story = tell(
        [
            entry(played(), asked("number")),
            *(entry(key(one)) for one in "07700900123#"),
            entry(key("1"), asked("confirm")),
            entry(key("2")),
        ]
    )
    assert [(one.state, one.heard) for one in story.said][-1] == ("confirm", "2")
    assert story.said[0] == Said(audio_ms=5, state="number", question="", how="key", heard="...231")
    whole = " ".join(one.heard for one in story.said)
    assert "07700" not in whole


def test_a_number_in_a_message_is_masked() -> None:
    event = MessageRecorded(
        clinic="c", call="a", seq=0, at_utc=0, audio_ms=5, effect=0, speech_ms=900, ended_by="silence",
        text="ring 07700 900 123 please",
    )  # fmt: skip
    (one,) = tell([entry(event)]).said
    assert (one.how, one.heard) == ("message", "ring ...123 please")


def test_a_call_without_a_word_has_a_path_only() -> None:
    story = tell(
        [entry(played(), said("opening")), entry(played(), said("opening")), entry(played(), said("bye"))]
    )
    assert story.path == ("opening", "bye")
    assert story.said == ()


def test_what_the_call_took_an_answer_to_be_stands_beside_it() -> None:
    noted = Noted(call="a", n=3, state="reason", question="", answer="pale", reason="universal")
    story = tell(
        [
            entry(played(), asked("reason"), said("reason")),
            entry(heard("rejected", text="oh", open_text="my lip is white"), noted, said("screen", "sight")),
            entry(key("5")),
        ]
    )
    assert [(one.taken, one.because) for one in story.said] == [("pale", "universal"), ("", "")]
