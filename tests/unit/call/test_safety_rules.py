"""The safety rules of DESIGN section 4, one by one, on the small flow; every step saves and reloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nightbell.call.effects import Close, Escalate, Play, RingBack
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    HistoryFound,
    HungUp,
    Interrupted,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    RecordsFailing,
)
from nightbell.flow.load import load_flow
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, prompt, small_flow


@pytest.fixture
def call() -> HandCall:
    return HandCall(small_flow())


def pages(call: HandCall) -> list[Disposition]:
    return [effect.disposition for effect in call.done if isinstance(effect, Escalate)]


def outcome(call: HandCall) -> Close:
    closes = [effect for effect in call.done if isinstance(effect, Close)]
    assert len(closes) == 1
    return closes[0]


def at(call: HandCall) -> str:
    return call.session.memory.step


class TestKeyNine:
    def test_rule_1_nine_acts_under_must_hear_words(self, call: HandCall) -> None:
        effects = call.press("9")

        assert at(call) == "~nine"
        assert [effect.prompt for effect in effects if isinstance(effect, Play)] == ["emergency"]

    def test_rule_3_mistake_taken_back_pages_nobody_and_screens(self, call: HandCall) -> None:
        call.press("9")
        call.until("~nine.offer")
        call.press("1")

        assert at(call) == "screen.sight"
        assert pages(call) == []

    def test_rule_3_offer_not_taken_pages_after_its_time(self, call: HandCall) -> None:
        call.press("9")
        call.until("~nine.offer")
        assert pages(call) == []
        effects = call.wait("nine")

        assert pages(call) == [Disposition.D0]
        assert effects[0].kind == "escalate"

    def test_rule_3_a_second_nine_is_meant(self, call: HandCall) -> None:
        call.press("9", "9")

        assert pages(call) == [Disposition.D0]

    def test_rule_1_star_nine_is_the_emergency_while_a_number_is_keyed(self, call: HandCall) -> None:
        to_number_entry(call)
        call.press("0", "7", "*", "9")

        assert at(call) == "~nine"

    def test_rule_6_hang_up_while_nine_is_open_pages_and_rings_back_three_times(self, call: HandCall) -> None:
        call.press("9")
        call.tell(HungUp, by="caller")

        assert pages(call) == [Disposition.D0]
        assert outcome(call).disposition is Disposition.D0
        assert [effect.times for effect in call.done if isinstance(effect, RingBack)] == [3]


def to_number_entry(call: HandCall) -> None:
    call.until("reason")
    call.press("0")
    call.until("hold")
    call.wait("limit")
    call.until("number.offer")
    call.press("2")
    call.until("number.entry")


class TestNumberEntry:
    def test_rule_1_nines_are_digits_within_the_interdigit_time(self, call: HandCall) -> None:
        to_number_entry(call)
        call.press(*"07999999999")
        call.press("#")

        assert at(call) == "read_back"
        assert call.session.memory.callback_number == "+447999999999"
        assert Disposition.D0 not in pages(call)

    @pytest.mark.parametrize("entry", ["9", "999", "112"])
    def test_rule_1_an_emergency_number_as_the_whole_entry_is_the_emergency(
        self, call: HandCall, entry: str
    ) -> None:
        to_number_entry(call)
        call.press(*entry)
        call.wait("interdigit")

        assert at(call) == "~nine"

    def test_rule_2_a_crisis_number_is_no_call_back_number(self, call: HandCall) -> None:
        to_number_entry(call)
        call.press(*"116123#")

        assert at(call) == "number.entry"
        assert call.session.memory.callback_number is None


class TestScreen:
    def test_rule_4_not_sure_counts_as_yes(self, call: HandCall) -> None:
        call.until("reason")
        call.press("1")
        call.until("screen.sight")
        call.press("3")

        assert at(call) == "emergency"
        assert pages(call) == [Disposition.D0]

    def test_rule_4_contradiction_counts_as_yes(self, call: HandCall) -> None:
        to_pain(call)
        call.mutter("", text="no yes no")

        assert pages(call) == [Disposition.D1]

    def test_rule_4_a_no_without_confidence_is_asked_again_and_then_only_a_clear_no_counts(
        self, call: HandCall
    ) -> None:
        to_pain(call)
        call.say("no", confidence=None)
        assert (at(call), pages(call)) == ("screen.pain", [])
        call.prompt_ends()
        call.say("no", confidence=0.1)

        assert pages(call) == [Disposition.D1]

    def test_rule_4_silence_after_one_reprompt_counts_as_yes(self, call: HandCall) -> None:
        to_pain(call)
        call.wait("noinput")
        assert pages(call) == []
        call.until("screen.pain")
        call.wait("noinput")

        assert pages(call) == [Disposition.D1]

    def test_rule_4_two_failed_tries_are_keys_only_and_then_a_person(self, call: HandCall) -> None:
        to_pain(call)
        call.mutter("mumble mumble")
        call.until("screen.pain")
        effects = call.mutter("mumble")
        assert [effect.prompt for effect in effects if isinstance(effect, Play)] == ["screen.keys_only"]
        assert [effect.mode for effect in effects if effect.kind == "listen"] == ["off"]
        call.until("screen.pain")
        call.wait("noinput")

        assert at(call) == "hold"
        assert pages(call) == [Disposition.D1]

    def test_rule_4_after_d1_the_remaining_d0_questions_are_asked(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("my lip has gone white")

        assert at(call) == "screen.sight"
        assert pages(call) == [Disposition.D1]
        call.until("screen.sight")
        call.say("no")
        assert at(call) == "hold"

    def test_a_yes_soon_after_a_no_is_a_yes_to_that_question(self, call: HandCall) -> None:
        to_pain(call)
        call.say("no")
        assert at(call) == "message"
        start = call.audio_ms + 1200
        call.say("yes", start_ms=start, end_ms=start + 300)

        assert pages(call) == [Disposition.D1]
        assert at(call) == "hold"
        assert [effect.reason for effect in call.done if effect.kind == "noted"][-1] == "correction"

    def test_a_yes_later_is_no_correction(self, call: HandCall) -> None:
        call.until("reason")
        call.press("1")
        call.until("screen.sight")
        call.say("no")
        start = call.audio_ms + 1600
        call.until("screen.pain")
        call.say("yes", start_ms=start, end_ms=start + 300)

        assert pages(call) == [Disposition.D1]


def to_pain(call: HandCall) -> None:
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    call.press("2")
    call.until("screen.pain")


class TestSilentCall:
    def test_rule_4_the_words_twice_then_du_with_one_ring_back_and_no_page(self, call: HandCall) -> None:
        call.until("reason")
        call.wait("noinput")
        assert at(call) == "opening"
        call.until("reason")
        call.wait("noinput")
        call.prompt_ends()

        assert pages(call) == []
        assert outcome(call).disposition is Disposition.DU
        assert outcome(call).reason == "silent"
        assert [effect.times for effect in call.done if isinstance(effect, RingBack)] == [1]

    def test_rule_4_silent_again_within_96_hours_pages(self, call: HandCall) -> None:
        call.tell(HistoryFound, timed_out=False, silent_96h=1)
        for _ in range(2):
            call.until("reason")
            call.wait("noinput")

        assert pages(call) == [Disposition.DU]


class TestFloor:
    def test_rule_9_the_page_is_the_first_effect_of_a_red_flag(self, call: HandCall) -> None:
        call.until("reason")
        effects = call.mutter("I can't see out of my left eye")

        assert next(effect.kind for effect in effects if effect.kind != "cancel_timer") == "escalate"
        assert at(call) == "emergency"

    def test_rule_11_a_flag_under_must_hear_words_pages_at_once_and_leads_away_after_them(
        self, call: HandCall
    ) -> None:
        call.mutter("I can't see")
        assert (pages(call), at(call)) == ([Disposition.D0], "opening")
        call.prompt_ends()

        assert at(call) == "emergency"

    def test_rule_11_an_answer_under_must_hear_words_counts_after_them(self, call: HandCall) -> None:
        call.say("appointments")
        assert at(call) == "opening"
        call.prompt_ends()

        assert at(call) == "before"

    def test_rule_3_no_later_answer_lowers_the_floor(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("my skin went white")
        call.until("screen.sight")
        call.say("no")
        call.until("hold")
        call.wait("limit")
        call.until("number.offer")
        call.press("1")
        call.until("read_back")
        call.press("1")
        call.wait("world")
        call.prompt_ends()

        assert outcome(call).disposition is Disposition.D1

    def test_row_7_second_contact_is_d1_and_only_d0_questions_are_asked(self, call: HandCall) -> None:
        call.tell(HistoryFound, timed_out=False, contacts_96h=1)
        call.until("screen.sight")

        assert pages(call) == [Disposition.D1]

    def test_an_acknowledgement_ends_the_hold(self, call: HandCall) -> None:
        call.until("reason")
        call.press("0")
        call.tell(EscalationChanged, status="acknowledged", effect=0)

        assert at(call) == "connected"

    def test_a_red_flag_in_a_message_counts(self, call: HandCall) -> None:
        to_pain(call)
        call.say("no")
        call.prompt_ends()
        number = call.session.memory.asked_world
        call.tell(MessageRecorded, effect=number, speech_ms=900, ended_by="silence", text="my lip is really white")

        assert pages(call) == [Disposition.D1]
        assert at(call) == "screen.sight"


class TestFailures:
    def test_ears_that_fail_leave_the_keys(self, call: HandCall) -> None:
        call.until("reason")
        effects = call.tell(EarsFailed, reason="died")

        assert [effect.prompt for effect in effects if isinstance(effect, Play)] == ["reason.keys_only"]
        call.until("reason")
        call.press("1")
        assert at(call) == "screen.sight"

    def test_rule_10_records_that_fail_end_in_recorded_words_and_a_page(self, call: HandCall) -> None:
        call.until("reason")
        effects = call.tell(RecordsFailing)

        assert pages(call) == [Disposition.DU]
        assert [effect.safe for effect in effects if isinstance(effect, Play)] == [True]
        call.prompt_ends()
        assert outcome(call).reason == "failure"

    def test_rule_10_a_voice_that_fails_does_the_same(self, call: HandCall) -> None:
        playing = call.session.memory.playing
        call.tell(Played, effect=playing, completed=False, played_ms=0, stopped_by="failed")

        assert pages(call) == [Disposition.DU]

    def test_a_call_found_after_a_crash_is_closed_and_paged(self, call: HandCall) -> None:
        call.until("reason")
        call.tell(Interrupted)

        assert outcome(call).reason == "interrupted"
        assert pages(call) == [Disposition.DU]

    @pytest.mark.parametrize(
        ("place", "then", "paged"), [("reason", "morning_list", []), ("screen.sight", "page", [])]
    )
    def test_rule_6_a_caller_who_drops_is_rung_back(
        self, call: HandCall, place: str, then: str, paged: list[Disposition]
    ) -> None:
        call.until("reason")
        if place != "reason":
            call.press("1")
        call.tell(HungUp, by="caller")

        assert [(effect.times, effect.then) for effect in call.done if isinstance(effect, RingBack)] == [(1, then)]
        assert pages(call) == paged


class TestRecording:
    def test_rule_13_audio_is_kept_only_after_the_notice(self, call: HandCall) -> None:
        assert "keep" not in call.kinds(call.done)
        call.prompt_ends()
        effects = call.prompt_ends()

        assert [effect.on for effect in effects if effect.kind == "keep"] == [True]

    def test_rule_13_declining_stops_it_and_costs_nothing(self, call: HandCall) -> None:
        call.until("reason")
        effects = call.press("5")

        assert [effect.on for effect in effects if effect.kind == "keep"] == [False]
        assert at(call) == "reason"
        call.press("1")
        assert at(call) == "screen.sight"


FLOWS = Path(__file__).parents[3] / "flows"


def noisy(call: HandCall) -> dict[str, Any]:
    """Return what the ears tell of a sentence of 1.6 s in noise."""
    return {"snr_db": 8.0, "end_ms": call.audio_ms + 1600}


class TestNoise:
    @pytest.mark.parametrize("words", ["", "and then she said to him"])
    def test_people_talking_behind_the_caller_do_not_hold_the_call_up(self, words: str) -> None:
        call = HandCall(load_flow(FLOWS / "hollow-lane"))
        call.prompt_ends()
        call.tell_cut("speech")
        call.mutter(words, text="", end_ms=call.audio_ms + 1200)
        assert at(call) == "recording_notice"
        assert "noinput" in call.session.memory.timers
        call.mutter(words, text="", end_ms=call.audio_ms + 1200)

        assert at(call) == "hours"

    def test_a_caller_who_cut_the_words_and_then_is_silent_is_waited_for(self, call: HandCall) -> None:
        call.prompt_ends()
        call.tell_cut("speech")
        call.mutter("hello", text="", end_ms=call.audio_ms + 600)
        call.wait("noinput")

        assert at(call) == "reason"

    def test_a_sentence_lost_in_noise_pages_when_the_caller_is_worried(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("my cheek has gone flocking in her", **noisy(call))
        assert pages(call) == []
        call.until("reason")
        call.press("1")

        assert pages(call) == [Disposition.DU]
        assert at(call) == "screen.sight"

    def test_a_sentence_lost_in_noise_pages_nobody_for_a_booking(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("can i come on the nineteenth", **noisy(call))
        call.until("reason")
        call.press("2")

        assert (at(call), pages(call)) == ("before", [])

    def test_the_second_sentence_lost_in_noise_pages_at_once_and_is_screened(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("", text="", **noisy(call))
        call.until("reason")
        call.mutter("", text="", **noisy(call))

        assert (pages(call), at(call)) == ([Disposition.DU], "screen.sight")

    def test_who_speaks_up_after_a_page_for_silence_gets_a_person(self, call: HandCall) -> None:
        call.tell(HistoryFound, timed_out=False, treated_14d="yes")
        for _ in range(2):
            call.until("reason")
            call.wait("noinput")
        call.say("yes")
        call.prompt_ends()

        assert (pages(call), at(call)) == ([Disposition.DU], "hold")

    def test_the_same_sentences_in_a_quiet_room_only_ask_for_keys(self, call: HandCall) -> None:
        call.until("reason")
        for _ in range(2):
            call.mutter("can i come on the nineteenth", snr_db=40.0)
            call.until("reason")

        assert pages(call) == []

    def test_a_caller_nobody_understands_is_not_silent(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("", text="", **noisy(call))
        call.until("reason")
        call.wait("noinput")

        assert at(call) != "opening"

    def test_a_no_that_the_noise_drowns_is_asked_again(self, call: HandCall) -> None:
        to_pain(call)
        call.say("no", snr_db=1.0)

        assert (at(call), pages(call)) == ("screen.pain", [])


class TestAgreement:
    def test_what_both_recognisers_heard_is_an_answer_outside_a_screen(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("appointments", text="appointments of", confidence=0.6)

        assert at(call) == "before"

    def test_what_the_open_recogniser_heard_alone_is_none(self, call: HandCall) -> None:
        call.until("reason")
        call.mutter("appointments", text="of the", confidence=0.6)

        assert at(call) == "reason"

    def test_in_a_screen_the_closed_recogniser_decides_alone(self, call: HandCall) -> None:
        to_pain(call)
        call.mutter("no", text="no of", confidence=0.9)

        assert at(call) == "screen.pain"


@pytest.mark.parametrize("presses", [1, 3])
def test_asking_for_the_words_again_does_not_cut_must_hear_words(presses: int) -> None:
    """Rule 11: a number's words that must be heard go on, whatever is pressed under them."""
    call = HandCall(changed(small_flow(), "number", say=prompt("number", "Key your number.", must_hear=True)))
    call.until("reason")
    call.session.memory.step = "read_back"
    call.press("2")
    call.until("number.offer")
    call.press("2")
    playing = call.session.memory.playing
    effects = call.press(*"#" * presses)

    assert at(call) == "number.entry"
    assert call.session.memory.playing == playing
    assert not [effect for effect in effects if isinstance(effect, Play)]


@pytest.mark.parametrize("cut", ["~nine", "~nine.offer"])
def test_a_key_after_cut_words_of_a_nine_leaves_no_dead_air(call: HandCall, cut: str) -> None:
    call.until("reason")
    call.press("9")
    if cut != "~nine":
        call.prompt_ends()
    call.tell_cut("session")
    call.press("4")

    assert at(call) == cut
    assert set(call.session.memory.timers) & {"noinput", "nine"}
    assert "watchdog" not in call.session.memory.timers


def test_an_answer_to_a_notification_is_none_to_the_question_for_the_hours(call: HandCall) -> None:
    call.until("reason")
    call.press("2")
    call.until("before")
    call.press("2")
    assert at(call) == "hours"

    assert call.tell(Notified, ok=False, effect=call.session.memory.asked_world) == []
    assert at(call) == "hours"


@pytest.mark.parametrize("by", ["", "key"])
def test_words_that_end_while_a_promise_is_made_do_not_end_the_call(call: HandCall, by: str) -> None:
    """The last words are the end, not those of the question before them (rule 6)."""
    call.until("reason")
    call.session.memory.step = "number.entry"
    call.press(*"07700900123", "#")
    assert at(call) == "read_back"
    asked = call.session.memory.playing
    call.press("1")
    assert at(call) == "goodbye"
    call.tell(Played, effect=asked, completed=not by, played_ms=300, stopped_by=by)

    assert not call.session.closed
    effects = call.tell(
        PromiseMade, timed_out=False, who="a clinician", from_number="+442", by_utc=1, by_spoken="ten"
    )
    assert [effect.prompt for effect in effects if isinstance(effect, Play)] == ["goodbye"]
    call.prompt_ends()
    assert outcome(call).reason == "end"
