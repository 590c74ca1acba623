"""The confirm band: "did you say ...?", once in a visit, and only a clear yes accepts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Listen, Noted, Play
from nightbell.flow.model import Timers
from nightbell.records.projection import project
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, small_flow

BAND = 0.6
"""Between the reason menu's two levels."""


def at(call: HandCall) -> str:
    return call.session.memory.step


def said(call: HandCall) -> list[tuple[str, str, str]]:
    return [
        (effect.prompt, effect.question, " ".join(segment.text for segment in effect.segments))
        for effect in call.effects[-1]
        if isinstance(effect, Play)
    ]


def asked(call: HandCall) -> None:
    """Answer so that the call asks about it."""
    call.say("appointments", confidence=BAND)
    assert said(call) == [("reason.confirm", "confirm", "Did you say appointments")]
    call.prompt_ends()


def test_a_yes_accepts_the_answer_and_the_record_says_how(call: HandCall) -> None:
    asked(call)
    effects = call.say("yes")

    assert at(call) == "area"
    assert [(effect.answer, effect.reason) for effect in effects if isinstance(effect, Noted)] == [
        ("appointments", "confirmed")
    ]
    assert call.session.memory.results["reason"] == "appointments"


def test_it_listens_for_yes_and_no_while_it_asks(call: HandCall) -> None:
    effects = call.say("appointments", confidence=BAND)
    listens = [effect for effect in effects if isinstance(effect, Listen)]

    assert [effect.question for effect in listens] == ["confirm"]
    texts = {phrase.text for phrase in listens[0].phrases}
    assert {"yes", "no", "not sure"} <= texts
    assert "appointments" not in texts


def test_key_1_is_yes_there_and_not_the_menus_first_choice(call: HandCall) -> None:
    """One key map everywhere (rule 1)."""
    asked(call)
    call.press("1")

    assert at(call) == "area"


@pytest.mark.parametrize("how", ["no", "not sure", "weak yes", "other words", "silence", "2", "3", "7"])
def test_anything_but_a_clear_yes_is_a_failed_try(call: HandCall, how: str) -> None:
    asked(call)
    match how:
        case "silence":
            call.wait("noinput")
        case "weak yes":
            call.say("yes", confidence=BAND)
        case "other words":
            call.mutter("well you know")
        case "no" | "not sure":
            call.say(how)
        case _:
            call.press(how)

    memory = call.session.memory
    assert at(call) == "reason"
    assert memory.noinputs + memory.nomatches == 1
    assert memory.confirming == ""
    assert said(call)[0][0] == f"reason.{'noinput' if how == 'silence' else 'nomatch'}.1"


def test_it_asks_once_in_a_visit(call: HandCall) -> None:
    asked(call)
    call.say("no")
    call.prompt_ends()
    call.say("appointments", confidence=BAND)

    assert at(call) == "reason"
    assert call.session.memory.nomatches == 2


def test_hash_says_the_question_again(call: HandCall) -> None:
    asked(call)
    call.press("#")
    assert said(call) == [("reason.confirm", "confirm", "Did you say appointments")]
    call.prompt_ends()
    call.say("yes")

    assert at(call) == "area"


def test_below_the_band_nothing_is_asked_and_above_it_neither(call: HandCall) -> None:
    call.say("appointments", confidence=0.3)
    assert said(call)[0][0] == "reason.nomatch.1"
    call.prompt_ends()
    call.say("appointments", confidence=0.8)

    assert at(call) == "area"


def test_a_missing_confidence_and_drowned_words_are_not_asked_about(call: HandCall) -> None:
    call.say("appointments", confidence=None)
    assert call.session.memory.confirming == ""
    call.prompt_ends()
    call.say("appointments", confidence=BAND, snr_db=1.0)

    assert call.session.memory.confirming == ""


def test_a_red_flag_is_heard_while_it_asks(call: HandCall) -> None:
    asked(call)
    call.mutter("I can't see")

    assert at(call) == "emergency"
    assert call.session.floor is Disposition.D0


def test_nine_and_key_0_work_while_it_asks(call: HandCall) -> None:
    asked(call)
    call.press("0")
    assert at(call) == "connect"
    assert call.session.floor is Disposition.DU
    call.press("9")
    assert at(call) == "~nine"


def test_something_beside_the_question_brings_the_question_back(call: HandCall) -> None:
    call.say("appointments", confidence=BAND)
    call.tell_cut("key")
    call.press("5")

    assert said(call) == [("reason.confirm", "confirm", "Did you say appointments")]
    call.prompt_ends()
    call.say("yes")
    assert at(call) == "area"


def test_faint_words_that_cut_nothing_and_say_no_yes_leave_the_question_standing(call: HandCall) -> None:
    call.say("appointments", confidence=BAND)
    call.mutter("well", snr_db=20.0)
    assert call.session.memory.confirming == "appointments"
    call.prompt_ends()
    call.say("yes")

    assert at(call) == "area"


def test_a_sentence_lost_in_noise_is_remembered_while_it_asks(call: HandCall) -> None:
    asked(call)
    call.mutter("it has gone flocking", snr_db=8.0, end_ms=call.audio_ms + 1600)

    assert call.session.memory.unheard


def test_the_record_does_not_take_it_for_a_screen(call: HandCall) -> None:
    call.say("appointments", confidence=BAND)

    assert not project(call.events[-1], call.effects[-1]).screened
    call.prompt_ends()
    call.say("no")
    call.prompt_ends()
    call.press("1")
    assert project(call.events[-1], call.effects[-1]).screened


def test_a_screen_never_asks_about_an_answer() -> None:
    """Rule 4: low confidence counts as yes there, after one more try."""
    flow = changed(small_flow(), "screen", timers=Timers(confidence_level=0.9, low_confidence_level=0.2))
    call = HandCall(replace(flow, hash="5" * 64))
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    call.audio_ms += 5000
    call.say("no", confidence=0.5)

    assert call.session.memory.confirming == ""
    assert call.session.memory.doubt


def test_a_yes_that_noise_drowns_accepts_nothing(call: HandCall) -> None:
    """What is too noisy for a benign answer is too noisy to confirm one."""
    asked(call)
    call.say("yes", snr_db=2.0)

    assert at(call) == "reason"
    assert call.session.memory.confirming == ""


def test_a_yes_that_began_before_it_was_asked_answers_something_else(call: HandCall) -> None:
    call.say("appointments", confidence=BAND)
    call.say("yes", start_ms=call.audio_ms - 50)

    assert at(call) == "reason"
    assert call.session.memory.results.get("reason") != "appointments"
