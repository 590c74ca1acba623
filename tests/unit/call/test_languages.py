"""Languages: wording, grammars and keys of a language that is not the flow's first."""

from __future__ import annotations

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Listen, Play
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.whole import whole_flow


@pytest.fixture
def call() -> HandCall:
    """A call in Welsh, at the reason menu."""
    call = HandCall(whole_flow())
    call.until("tongue")
    call.press("2")
    return call


def last_listen(call: HandCall) -> Listen:
    return [effect for effect in call.done if isinstance(effect, Listen)][-1]


def test_a_choice_switches_wording_prompt_names_and_ears(call: HandCall) -> None:
    (play,) = [effect for effect in call.effects[-1] if isinstance(effect, Play)]

    assert play.prompt == "reason.cy"
    assert [segment.text for segment in play.segments] == ["Ydych chi'n poeni?"]
    assert last_listen(call).language == "cy"
    assert {phrase.text for phrase in last_listen(call).phrases} == {"ydw"}


def test_the_first_language_is_named_to_the_ears_and_not_in_prompts() -> None:
    call = HandCall(whole_flow())

    assert [effect.prompt for effect in call.done if isinstance(effect, Play)] == ["opening"]
    assert {effect.language for effect in call.done if isinstance(effect, Listen)} == {"en"}


def test_choosing_the_first_language_changes_nothing() -> None:
    call = HandCall(whole_flow())
    call.until("tongue")
    call.press("1")

    assert call.session.memory.language == ""
    assert last_listen(call).language == "en"


def test_a_phrase_of_the_language_is_taken(call: HandCall) -> None:
    call.until("reason")
    call.say("ydw")

    assert call.session.memory.step == "screen.sight"


def test_a_question_without_words_in_the_language_is_for_keys(call: HandCall) -> None:
    call.until("reason")
    call.press("2")
    assert call.session.memory.step == "area"
    assert (last_listen(call).mode, last_listen(call).phrases) == ("off", ())
    call.until("area")
    call.press("1")

    assert call.session.memory.step == "code"


@pytest.mark.parametrize("how", ["key", "words"])
def test_a_no_in_a_screen_goes_on_in_any_language(call: HandCall, how: str) -> None:
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    call.audio_ms += 5000
    effects = call.press("2") if how == "key" else call.say("nac ydw")

    assert call.session.memory.step == "screen.pain"
    assert [effect.state for effect in effects if isinstance(effect, Play)] == ["screen"]


def test_a_no_before_the_question_was_said_has_it_asked_in_any_language(call: HandCall) -> None:
    call.until("reason")
    call.press("1")
    call.tell_cut("key")
    call.press("2")

    assert call.session.memory.step == "screen.sight"
    assert call.session.memory.playing is not None


def test_a_screen_takes_its_words_from_the_languages_answers(call: HandCall) -> None:
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    assert "nac ydw" in {phrase.text for phrase in last_listen(call).phrases}
    call.audio_ms += 5000
    call.say("ydw")

    assert call.session.floor is Disposition.D0


@pytest.mark.parametrize("text", ["fy llygad", "my eyes are sore"])
def test_red_flags_are_heard_in_every_language_whatever_the_call_goes_on_in(call: HandCall, text: str) -> None:
    call.until("reason")
    call.mutter(text)

    assert call.session.floor is Disposition.D1


def test_a_session_in_another_language_is_read_back(call: HandCall) -> None:
    call.until("reason")
    call.press("#")

    assert call.session.memory.language == "cy"
    assert [effect.prompt for effect in call.effects[-1] if isinstance(effect, Play)] == ["reason.cy"]


def test_every_language_of_the_flow_has_a_tongue() -> None:
    assert set(compile_flow(whole_flow()).tongues) == {"", "cy"}
