"""Attacks on the rules of DESIGN sections 4 and 5: sequences that once broke one, grouped by what they attack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nightbell.call.effects import Close, Effect, Escalate, Play, RecordMessage, RingBack
from nightbell.call.events import (
    CallStarted,
    EarsFailed,
    EscalationChanged,
    HistoryFound,
    HungUp,
    Interrupted,
    KeyPressed,
    MessageRecorded,
    Played,
    PromiseMade,
    RecordsFailing,
    SpeechStarted,
    VoiceFailed,
)
from nightbell.call.session import Session
from nightbell.errors import SessionError
from nightbell.flow.model import End, Flow, PromptState, Screen, Timers, Universal
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import prompt, small_flow

GOOD_PROMISE: dict[str, Any] = {
    "timed_out": False,
    "who": "a clinician",
    "from_number": "+442079460123",
    "by_utc": 1,
    "by_spoken": "ten",
}


@pytest.fixture
def call() -> HandCall:
    return HandCall(small_flow())


def pages(call: HandCall) -> list[Disposition]:
    return [effect.disposition for effect in call.done if isinstance(effect, Escalate)]


def outcome(call: HandCall) -> Close:
    closes = [effect for effect in call.done if isinstance(effect, Close)]
    assert len(closes) == 1
    return closes[0]


def ring_backs(call: HandCall) -> list[tuple[int, str]]:
    return [(effect.times, effect.then) for effect in call.done if isinstance(effect, RingBack)]


def said(effects: list[Effect]) -> list[str]:
    return [effect.prompt for effect in effects if isinstance(effect, Play)]


def at(call: HandCall) -> str:
    return call.session.memory.step


def cut(call: HandCall, by: str) -> None:
    call.tell(Played, effect=call.session.memory.playing, completed=False, played_ms=300, stopped_by=by)


def press_over(call: HandCall, key: str) -> list[Effect]:
    """Press a key as the line does it: it cuts the prompt first."""
    if call.session.memory.playing is not None and not call.session.memory.playing_must_hear:
        cut(call, "key")
    return call.press(key)


def to_screen(call: HandCall, question: str = "screen.sight") -> None:
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    if question == "screen.pain":
        call.press("2")
        call.until("screen.pain")


def to_message(call: HandCall) -> None:
    to_screen(call, "screen.pain")
    call.press("2")
    assert at(call) == "message"


def to_hold(call: HandCall) -> None:
    call.until("reason")
    call.press("0")
    call.until("hold")


def to_goodbye(call: HandCall) -> None:
    """Stand on a D5 end whose last words are being said."""
    call.until("reason")
    call.press("2")
    call.until("before")
    call.press("2")
    call.wait("world")
    call.prompt_ends()
    call.wait("world")
    call.wait("world")
    assert at(call) == "booked"


def changed(flow: Flow, name: str, **fields: Any) -> Flow:
    """Return the flow with one state changed."""
    states = tuple(replace(state, **fields) if state.name == name else state for state in flow.states)
    return replace(flow, states=states, hash="1" * 64)


class TestNine:
    def test_rule_1_911_typed_into_a_menu_is_no_mistake(self, call: HandCall) -> None:
        """Rule 1 and 3: a 1 before the offer was said takes nothing back; 911 is typed in panic."""
        call.until("reason")
        call.press("9", "1", "1")
        call.until("~nine.offer")
        call.wait("nine")

        assert pages(call) == [Disposition.D0]

    def test_rule_3_a_mistake_is_taken_back_during_the_offer(self, call: HandCall) -> None:
        """Rule 3: once the offer is being said, 1 counts."""
        call.press("9")
        call.prompt_ends()
        assert at(call) == "~nine.offer"
        call.press("1")
        call.until("screen.sight")

        assert pages(call) == []

    def test_rule_3_the_third_nine_is_meant_however_the_others_were_taken_back(self, call: HandCall) -> None:
        """Rule 3: taking back is counted."""
        for _ in range(2):
            call.press("9")
            call.prompt_ends()
            call.press("1")
        call.press("9")

        assert pages(call) == [Disposition.D0]

    def test_rule_3_a_lesser_flag_said_while_nine_is_open_does_not_replace_it(self, call: HandCall) -> None:
        """Rule 3: the 9 was not taken back, so it is D0, whatever is said under the words."""
        call.press("9")
        call.mutter("my lip has gone white")

        assert call.session.floor is Disposition.D0
        assert pages(call)[-1] is Disposition.D0

    def test_rule_3_noise_and_talk_do_not_put_the_page_off(self, call: HandCall) -> None:
        """Rule 3: the page is held for 8 s at most from the end of the offer."""
        call.press("9")
        call.until("~nine.offer")
        effects = [*call.mutter("", text=""), *call.mutter("oh dear oh dear"), *call.press("4"), *call.press("*")]

        assert not [effect for effect in effects if effect.kind == "start_timer" and effect.timer == "nine"]
        call.wait("nine")
        assert pages(call) == [Disposition.D0]

    def test_rule_3_ears_that_fail_do_not_put_the_page_off(self, call: HandCall) -> None:
        """Rule 3 and 10."""
        call.press("9")
        call.until("~nine.offer")
        effects = call.tell(EarsFailed, reason="died")

        assert said(effects) == []
        assert "nine" in call.session.memory.timers

    def test_rule_1_a_caller_who_hammers_nine_hears_the_words_to_their_end(self, call: HandCall) -> None:
        """Rule 11: the words that are being said are not begun anew at each 9."""
        call.press("9")
        effects = call.press("9", "9", "9")

        assert said(effects) == []
        assert pages(call) == [Disposition.D0]

    def test_rule_1_a_second_nine_after_the_offer_brings_the_words_again(self, call: HandCall) -> None:
        """Rule 1: 9 at any instant is answered by the emergency words."""
        call.press("9")
        call.until("~nine.offer")
        effects = call.press("9")

        assert said(effects) == ["emergency"]
        assert pages(call) == [Disposition.D0]
        call.prompt_ends()
        assert at(call) == "number.offer"

    @pytest.mark.parametrize("failure", [RecordsFailing, Interrupted])
    def test_rule_10_a_failure_while_nine_is_open_pages_for_nine(self, call: HandCall, failure: type) -> None:
        """Rules 3 and 10: nobody can take it back any more."""
        call.press("9")
        call.tell(failure)

        assert pages(call) == [Disposition.D0]

    def test_rule_10_a_voice_that_fails_in_the_offer_pages_for_nine(self, call: HandCall) -> None:
        """Rules 3 and 10."""
        call.press("9")
        call.prompt_ends()
        call.tell(VoiceFailed, effect=call.session.memory.playing)

        assert pages(call) == [Disposition.D0]

    def test_rule_6_a_drop_after_a_nine_taken_back_and_no_screen_is_a_drop_after_nine(
        self, call: HandCall
    ) -> None:
        """Rule 6: a caller who drops after key 9 is rung back three times and a person is paged."""
        call.press("9")
        call.until("~nine.offer")
        call.press("1")
        call.tell(HungUp, by="caller")

        assert pages(call) == [Disposition.D0]
        assert ring_backs(call) == [(3, "page")]

    @pytest.mark.parametrize(
        "place",
        ["opening", "notice", "reason", "before", "screen", "hold", "message", "taking", "hours", "booked"],
    )
    def test_rule_1_nine_is_answered_by_the_words_everywhere(self, call: HandCall, place: str) -> None:
        """Rule 1: a lone 9 at any instant."""
        _stand(call, place)
        effects = press_over(call, "9")

        assert said(effects) == ["emergency"]

    @pytest.mark.parametrize(
        "place",
        ["opening", "notice", "reason", "before", "screen", "hold", "message", "taking", "hours", "booked"],
    )
    def test_rule_1_star_nine_is_answered_by_the_words_everywhere(self, call: HandCall, place: str) -> None:
        """Rule 1: * then 9."""
        _stand(call, place)
        effects = [*press_over(call, "*"), *press_over(call, "9")]

        assert "emergency" in said(effects)
        assert at(call) == "~nine"


def _stand(call: HandCall, place: str) -> None:
    match place:
        case "opening":
            pass
        case "notice":
            call.prompt_ends()
        case "reason":
            call.until("reason")
        case "before":
            call.until("reason")
            call.press("2")
        case "screen":
            to_screen(call)
        case "hold":
            to_hold(call)
        case "message":
            to_message(call)
        case "taking":
            to_message(call)
            call.prompt_ends()
        case "hours":
            call.until("reason")
            call.press("2")
            call.until("before")
            call.press("2")
            assert at(call) == "hours"
        case _:
            to_goodbye(call)


class TestFailing:
    @pytest.mark.parametrize(
        "event", ["1", "0", "5", "9", "say", "flag", "ears", "world", "again", "hours", "speech"]
    )
    def test_rule_10_nothing_replaces_the_recorded_words(self, call: HandCall, event: str) -> None:
        """Rule 10: after a failure only the recorded words are said, and then the end."""
        call.until("reason")
        call.tell(RecordsFailing)
        playing = call.session.memory.playing
        match event:
            case "say":
                effects = call.say("yes")
            case "flag":
                effects = call.mutter("I can't see")
            case "ears":
                effects = call.tell(EarsFailed, reason="died")
            case "world":
                effects = call.tell(PromiseMade, **GOOD_PROMISE)
            case "again":
                effects = call.press("#")
            case "hours":
                effects = call.tell(EscalationChanged, status="acknowledged", effect=0)
            case "speech":
                effects = call.tell(SpeechStarted, start_ms=5)
            case key:
                effects = call.press(key)

        assert said(effects) == []
        assert call.session.memory.playing == playing
        call.prompt_ends()
        assert outcome(call).reason == "failure"

    @pytest.mark.parametrize("how", ["9", "*9", "flag"])
    def test_rule_3_a_red_flag_under_the_recorded_words_still_pages(self, call: HandCall, how: str) -> None:
        """Rules 1, 3 and 11: 9 and a red flag count at any instant."""
        call.tell(RecordsFailing)
        if how == "flag":
            call.mutter("I can't see")
        else:
            call.press(*how)

        assert pages(call) == [Disposition.DU, Disposition.D0]
        call.prompt_ends()
        assert outcome(call).disposition is Disposition.D0

    def test_rule_6_recorded_words_that_fail_too_still_ring_back(self, call: HandCall) -> None:
        """Rule 6: the caller heard nothing, so somebody rings."""
        call.tell(RecordsFailing)
        call.tell(VoiceFailed, effect=call.session.memory.playing)

        assert ring_backs(call) == [(3, "page")]
        assert outcome(call).reason == "failure"

    def test_a_call_does_not_begin_twice(self, call: HandCall) -> None:
        """An event after the end, or a second beginning, changes nothing."""
        call.tell(HungUp, by="caller")
        before = call.session.memory.step
        with pytest.raises(SessionError):
            call.tell(CallStarted, flow=call.plan.flow.hash, line="test", caller=None, called="+442079460123")

        assert call.session.closed
        assert at(call) == before

    def test_an_event_of_another_call_is_refused(self, call: HandCall) -> None:
        """Nothing of another call can move this one."""
        key = KeyPressed(clinic="rosewood", call="c2", seq=1, at_utc=0, audio_ms=0, key="2")
        with pytest.raises(SessionError, match="another call"):
            call.session.handle(key)


class TestMustHear:
    def test_rule_11_a_red_flag_is_not_replaced_by_a_later_answer(self, call: HandCall) -> None:
        """Rules 3 and 11: both were said under the opening; the red flag leads."""
        call.mutter("I can't see")
        call.press("2")
        call.prompt_ends()

        assert at(call) == "emergency"

    def test_rule_11_a_wish_for_a_person_is_not_replaced_by_noise_of_keys(self, call: HandCall) -> None:
        """Rule 1: 0 is a person."""
        call.press("0", "2")
        call.prompt_ends()

        assert at(call) == "hold"

    def test_rule_11_a_red_flag_under_the_last_words_is_not_hung_up_on(self, call: HandCall) -> None:
        """Rule 11: what is said under must-hear words counts, in the goodbye too."""
        to_goodbye(call)
        call.mutter("my lip has gone white")
        effects = call.prompt_ends()

        assert "hang_up" not in call.kinds(effects)
        assert at(call) == "screen.sight"

    def test_rule_11_key_0_under_the_last_words_gets_a_person(self, call: HandCall) -> None:
        """Rules 1 and 11."""
        to_goodbye(call)
        call.press("0")
        call.prompt_ends()

        assert at(call) == "hold"

    def test_rule_9_a_yes_under_a_must_hear_question_pages_at_once(self) -> None:
        """Rules 9 and 11: the floor does not wait for the end of the words."""
        call = HandCall(_must_hear_question())
        call.until("reason")
        call.press("1")
        call.say("yes")

        assert pages(call) == [Disposition.D0]
        call.tell(HungUp, by="caller")
        assert ring_backs(call) == [(3, "page")]

    def test_rule_4_a_no_after_a_yes_under_must_hear_words_is_a_contradiction(self) -> None:
        """Rule 4: contradiction counts as yes."""
        call = HandCall(_must_hear_question())
        call.until("reason")
        call.press("1")
        call.press("3", "2")
        call.prompt_ends()

        assert at(call) == "emergency"

    def test_rule_11_silence_never_cuts_must_hear_words(self, call: HandCall) -> None:
        """Rule 11: a cough at the beginning of long emergency words does not end them."""
        call.tell(SpeechStarted, start_ms=50)

        assert "noinput" not in call.session.memory.timers


def _must_hear_question() -> Flow:
    flow = small_flow()
    screen = flow.state("screen")
    assert isinstance(screen, Screen)
    first = replace(screen.questions[0], ask=prompt("screen.sight", "Sight?", must_hear=True))
    return changed(flow, "screen", questions=(first, *screen.questions[1:]))


class TestScreenAnswers:
    def test_rule_4_a_no_that_began_before_the_question_does_not_answer_it(self, call: HandCall) -> None:
        """Rule 4: key 2 and "no" at once are one answer; the next question is not left out."""
        to_screen(call)
        began = call.audio_ms
        call.press("2")
        cut(call, "speech")
        effects = call.say("no", start_ms=began, end_ms=began + 300)

        assert at(call) == "screen.pain"
        assert said(effects) == ["screen.pain"]

    def test_rule_4_no_no_answers_one_question(self, call: HandCall) -> None:
        """Rule 4: a second "no" in the first words of the next question belongs to the one before."""
        to_screen(call)
        call.say("no")
        call.tell(SpeechStarted, start_ms=call.audio_ms + 400)
        cut(call, "speech")
        call.say("no", start_ms=call.audio_ms + 200)

        assert at(call) == "screen.pain"
        call.prompt_ends()
        call.say("no")
        assert at(call) == "message"

    def test_a_no_over_the_end_of_a_question_counts(self, call: HandCall) -> None:
        """Barge-in stays possible once the question can be understood."""
        to_screen(call)
        call.say("no")
        start = call.audio_ms + 2500
        call.tell(SpeechStarted, start_ms=start, after_ms=2600)
        cut(call, "speech")
        call.say("no", start_ms=start)

        assert at(call) == "message"

    def test_rule_4_a_no_before_the_screen_was_asked_is_none(self) -> None:
        """Rule 4: a benign answer to a question nobody has heard counts for nothing."""
        flow = small_flow()
        flow = changed(flow, "notice", next="screen")
        call = HandCall(flow)
        call.prompt_ends()
        cut(call, "speech")
        call.say("no")

        assert at(call) == "screen.sight"

    @pytest.mark.parametrize(
        "how",
        [
            {
                "cause": "rejected",
                "phrase": None,
                "text": "wait yes",
                "open_text": "Wait, yes.",
                "confidence": None,
            },
            {
                "cause": "rejected",
                "phrase": None,
                "text": "",
                "open_text": "Actually yes it does.",
                "confidence": None,
            },
            {"phrase": "not sure", "text": "not sure"},
            {"phrase": "it hurts", "text": "it hurts"},
        ],
    )
    def test_section_5_any_yes_within_the_time_corrects_the_no(self, call: HandCall, how: dict[str, Any]) -> None:
        """Section 5 and rule 4: a yes within 1.5 s of a committed no, in whatever words."""
        to_screen(call, "screen.pain")
        call.say("no")
        start = call.audio_ms + 900
        call.say(**({"phrase": ""} | how), start_ms=start, end_ms=start + 300)

        assert pages(call) == [Disposition.D1]

    def test_rule_4_a_no_phrase_with_a_yes_in_the_hypothesis_is_a_contradiction(self, call: HandCall) -> None:
        """Rule 4: contradiction counts as yes, whatever phrase was taken."""
        to_screen(call, "screen.pain")
        call.say("no", text="no yes")

        assert pages(call) == [Disposition.D1]

    @pytest.mark.parametrize("text", ["no it hurts", "no not sure"])
    def test_rule_4_a_no_with_the_questions_own_yes_is_a_contradiction(self, call: HandCall, text: str) -> None:
        """Rule 4: the question's own words count too, and so does doubt."""
        to_screen(call, "screen.pain")
        call.mutter("", text=text)

        assert pages(call) == [Disposition.D1]

    def test_rule_6_a_drop_after_an_uncertain_no_is_a_drop_after_an_unsure_answer(self, call: HandCall) -> None:
        """Rules 4 and 6: low confidence counts as yes; only a clear no would have mended it."""
        to_screen(call, "screen.pain")
        call.say("no", confidence=0.2)
        call.tell(HungUp, by="caller")

        assert pages(call) == [Disposition.D1]
        assert ring_backs(call) == [(3, "page")]

    def test_rule_4_silence_after_one_reprompt_is_yes_without_ears_too(self, call: HandCall) -> None:
        """Rule 4: keys only changes nothing about silence."""
        call.tell(EarsFailed, reason="missing")
        to_screen(call)
        call.wait("noinput")
        call.until("screen.sight")
        call.wait("noinput")

        assert pages(call) == [Disposition.D0]
        assert at(call) == "emergency"

    def test_rule_4_after_a_floor_below_d1_the_d1_questions_are_still_asked(self) -> None:
        """Rule 4: only questions that cannot raise the floor are left out."""
        flow = small_flow()
        infected = Universal(
            name="infection", priority=50, hear=("infected",), floor=Disposition.D2, next="screen", row="12"
        )
        call = HandCall(replace(flow, universals=(*flow.universals, infected), hash="2" * 64))
        call.until("reason")
        call.mutter("I think it is infected")
        call.until("screen.sight")
        call.press("2")

        assert at(call) == "screen.pain"

    def test_rule_9_a_screen_that_was_asked_too_often_pages_before_a_person_is_spoken_of(self) -> None:
        """Rule 9: any_yes says that a clinician is alerted, so one is."""
        flow = small_flow()
        alerting = PromptState(
            name="alerting", line=0, say=prompt("alerting", "I am alerting the clinician."), next="hold"
        )
        flow = changed(flow, "screen", any_yes="alerting")
        call = HandCall(replace(flow, states=(*flow.states, alerting)))
        to_screen(call)
        call.session.memory.visits["screen.sight"] = 3
        call.press("9")
        call.until("~nine.offer")
        call.press("1")

        assert at(call) == "alerting"
        assert pages(call) == [Disposition.DU]

    def test_four_attempts_end_too(self) -> None:
        """Every loop is bounded, whatever the number of attempts."""
        flow = changed(small_flow(), "reason", timers=Timers(max_attempts=9))
        call = HandCall(flow)
        call.until("reason")
        call.press("7")
        for _ in range(8):
            if at(call) != "reason":
                break
            call.until("reason")
            call.wait("noinput")

        assert at(call) == "screen.sight"


class TestWaiting:
    def test_noise_without_end_is_bounded(self, call: HandCall) -> None:
        """Rule 4 and no dead air: clicks and a television do not keep a silent caller waiting for ever."""
        call.until("reason")
        for _ in range(30):
            if at(call) != "reason" or "patience" not in call.session.memory.timers:
                break
            call.tell(SpeechStarted, start_ms=call.audio_ms)
            call.mutter("", text="", end_ms=call.audio_ms)
        call.wait("patience")

        assert at(call) == "opening"

    def test_the_patience_is_not_begun_anew_by_noise(self, call: HandCall) -> None:
        """It counts from the end of the words."""
        call.until("reason")
        effects = [*call.tell(SpeechStarted, start_ms=call.audio_ms), *call.mutter("", text="")]

        assert [effect.timer for effect in effects if effect.kind == "start_timer"] == ["noinput", "noinput"]

    @pytest.mark.parametrize("key", ["1", "#", "*", "5", "7"])
    def test_a_key_under_the_words_of_a_message_leads_to_the_beep(self, call: HandCall, key: str) -> None:
        """No dead air: a cut prompt of a message ends in the message."""
        to_message(call)
        effects = press_over(call, key)
        if not any(isinstance(effect, RecordMessage) for effect in effects):
            effects = call.wait("noinput")

        assert any(isinstance(effect, RecordMessage) for effect in effects)
        assert "watchdog" not in call.session.memory.timers

    def test_rule_13_declining_under_the_words_of_a_message_keeps_nothing_of_it(self, call: HandCall) -> None:
        """Rule 13: the message after a refusal is not kept."""
        to_message(call)
        press_over(call, "5")

        assert [effect.keep for effect in call.done if isinstance(effect, RecordMessage)] == [False]

    def test_rule_13_declining_costs_no_try(self, call: HandCall) -> None:
        """Rule 13: the question that key 5 cut is said again, and no try is lost."""
        call.until("reason")
        call.press("1")
        effects = press_over(call, "5")

        assert said(effects) == ["screen.sight"]
        assert (call.session.memory.noinputs, call.session.memory.nomatches) == (0, 0)

    def test_hash_alone_is_again_and_no_failed_number(self, call: HandCall) -> None:
        """Rule 1: # is again when nothing was keyed."""
        to_hold(call)
        call.wait("limit")
        call.until("number.offer")
        call.press("2")
        call.until("number.entry")
        effects = call.press("#")

        assert said(effects) == ["number"]
        assert call.session.memory.nomatches == 0


class TestPerson:
    def test_key_0_pages_when_it_is_pressed(self) -> None:
        """Rule 1: 0 is a person; a caller who drops on the way to one is not forgotten."""
        flow = small_flow()
        person = PromptState(name="person", line=0, say=prompt("person", "I am getting a person."), next="number")
        call = HandCall(replace(flow, states=(*flow.states, person), person="person", hash="3" * 64))
        call.until("reason")
        effects = call.press("0")

        assert next(effect.kind for effect in effects if effect.kind != "cancel_timer") == "escalate"
        call.tell(HungUp, by="caller")
        assert ring_backs(call) == [(3, "page")]

    def test_key_0_on_hold_does_not_lose_the_place(self) -> None:
        """A person is being got already; the number is not asked again."""
        flow = small_flow()
        person = PromptState(name="person", line=0, say=prompt("person", "I am getting a person."), next="number")
        call = HandCall(replace(flow, states=(*flow.states, person), person="person", hash="4" * 64))
        call.until("reason")
        call.mutter("my lip has gone white")
        call.until("screen.sight")
        call.press("2")
        assert at(call) == "hold"
        press_over(call, "0")

        assert at(call) == "hold"

    def test_an_acknowledgement_is_not_forgotten_when_a_second_page_is_recorded(self, call: HandCall) -> None:
        """Rule 9: the acknowledgement stops the escalation for everyone."""
        call.until("reason")
        call.mutter("my lip has gone white")
        call.tell(EscalationChanged, status="acknowledged", effect=5)
        call.tell(EscalationChanged, status="recorded", effect=9)
        call.until("screen.sight")
        call.press("2")

        assert at(call) == "connected"


class TestNumber:
    def test_a_withheld_number_is_not_accepted_as_ones_own(self) -> None:
        """Rule 1: nothing can be offered to a withheld caller, not even under the words before."""
        flow = small_flow()
        flow = changed(flow, "emergency", say=prompt("emergency", "Hang up and dial."))
        call = HandCall(flow, caller=None)
        call.until("reason")
        call.mutter("I can't see")
        cut(call, "speech")
        call.say("yes")

        assert at(call) == "number.entry"

    def test_a_number_that_the_caller_rejects_is_not_rung(self) -> None:
        """Rule 6: the ring-back goes to the caller, not to a stranger."""
        call = HandCall(small_flow(), caller="+447700900999")
        to_hold(call)
        call.wait("limit")
        call.until("number.offer")
        call.press("2")
        call.until("number.entry")
        call.press(*"07700900123#")
        call.until("read_back")
        call.press("2")
        call.tell(HungUp, by="caller")

        assert [effect.number for effect in call.done if isinstance(effect, RingBack)] == ["+447700900999"]


class TestSilent:
    def test_rule_11_a_caller_who_speaks_under_the_silent_words_is_served(self, call: HandCall) -> None:
        """Rules 4 and 11: the silent-call rule ends with the first word or key."""
        _to_silent(call)
        call.press("1")
        effects = call.prompt_ends()

        assert "hang_up" not in call.kinds(effects)
        assert at(call) == "opening"

    def test_rule_4_hanging_up_under_the_silent_words_keeps_the_ring_back(self) -> None:
        """Rule 4: one ring-back is what was promised."""
        call = HandCall(_promising_silence())
        _to_silent(call)
        call.tell(PromiseMade, **GOOD_PROMISE)
        call.tell(HungUp, by="caller")

        assert ring_backs(call) == [(1, "morning_list")]

    def test_rule_4_a_silent_call_that_pages_is_rung_back_with_a_page(self, call: HandCall) -> None:
        """Rules 4 and 6: a second contact that stays silent."""
        call.tell(HistoryFound, timed_out=False, contacts_96h=1)
        call.until("screen.sight")
        call.wait("noinput")
        call.until("screen.sight")
        call.wait("noinput")
        call.prompt_ends()

        assert ring_backs(call) == [(1, "page")]
        assert outcome(call).disposition is Disposition.D1


def _to_silent(call: HandCall) -> None:
    for _ in range(2):
        call.until("reason")
        call.wait("noinput")
    assert at(call) == "silent"


def _promising_silence() -> Flow:
    return changed(
        small_flow(), "silent", promise=True, say_without_promise=prompt("silent.plain", "Ring us again.")
    )


class TestPromise:
    def test_rule_6_words_of_a_promise_are_not_said_without_one(self) -> None:
        """Section 1: nothing is told before it is durable; without other words the recorded ones are said."""
        call = HandCall(changed(small_flow(), "goodbye", say_without_promise=None))
        to_hold(call)
        call.wait("limit")
        call.until("number.offer")
        call.press("1")
        call.until("read_back")
        call.press("1")
        effects = call.tell(PromiseMade, timed_out=True)

        assert [effect.safe for effect in effects if isinstance(effect, Play)] == [True]

    def test_a_second_promise_does_not_begin_the_last_words_anew(self) -> None:
        """A world that answers twice is answered once."""
        call = HandCall(_promising_silence())
        _to_silent(call)
        call.tell(PromiseMade, **GOOD_PROMISE)

        assert said(call.tell(PromiseMade, **GOOD_PROMISE)) == []


class TestCrisis:
    @pytest.fixture
    def crisis(self) -> HandCall:
        flow = small_flow()
        harm = Universal(
            name="self_harm", priority=92, hear=("hurt myself",), floor=Disposition.DM, next="hold", row="25"
        )
        return HandCall(replace(flow, universals=(*flow.universals, harm), hash="5" * 64))

    def test_rule_14_a_crisis_after_a_d1_is_paged_as_one(self, crisis: HandCall) -> None:
        """Rules 3 and 14: D1 and DM are of one rank, and neither hides the other."""
        crisis.until("reason")
        crisis.mutter("my lip has gone white")
        crisis.mutter("I want to hurt myself")

        assert pages(crisis) == [Disposition.D1, Disposition.DM]
        assert crisis.session.floor is Disposition.DM
        assert at(crisis) == "hold"

    def test_rule_14_the_line_does_not_hang_up_first(self, crisis: HandCall) -> None:
        """Rule 14: the last words are said again and again instead."""
        crisis.until("reason")
        crisis.mutter("I want to hurt myself")
        crisis.tell(EscalationChanged, status="acknowledged", effect=0)
        assert at(crisis) == "connected"
        effects = crisis.prompt_ends()
        assert "hang_up" not in crisis.kinds(effects)
        assert said(crisis.wait("every")) == ["connected"]
        crisis.tell(HungUp, by="caller")

        assert outcome(crisis).disposition is Disposition.DM


def test_events_after_the_end_do_nothing(call: HandCall) -> None:
    """Exactly one outcome per call."""
    call.tell(HungUp, by="caller")
    effects = [
        *call.press("9"),
        *call.mutter("I can't see"),
        *call.tell(RecordsFailing),
        *call.tell(Interrupted),
        *call.tell(MessageRecorded, effect=1, speech_ms=5, ended_by="hangup", text="I can't see"),
    ]

    assert effects == []
    assert outcome(call).disposition is Disposition.DU


def test_a_flow_whose_steps_only_pass_is_a_fault_and_no_endless_loop() -> None:
    """Every loop is bounded: the session refuses rather than hangs, and the call takes the safe path."""
    flow = changed(small_flow(), "hold", exhausted="hold")
    call = HandCall(flow)
    to_hold(call)
    with pytest.raises(SessionError):
        call.tell(EscalationChanged, status="exhausted", effect=0)

    assert isinstance(call.session, Session)
    assert isinstance(flow.state("goodbye"), End)


class TestHaste:
    def test_rule_4_keys_hammered_do_not_pass_a_screen_unheard(self, call: HandCall) -> None:
        call.until("reason")
        call.press("1")
        for _ in range(3):
            press_over(call, "2")

        assert at(call) == "screen.sight"

    def test_rule_4_a_key_pressed_once_the_question_is_understood_counts(self, call: HandCall) -> None:
        call.until("reason")
        call.press("1")
        call.audio_ms += 2000
        press_over(call, "2")

        assert at(call) == "screen.pain"

    def test_rule_4_a_yes_is_never_too_early(self, call: HandCall) -> None:
        call.until("reason")
        call.press("1")
        press_over(call, "1")

        assert pages(call) == [Disposition.D0]
