"""Routes: where a state leads by the reason of its last try, and what it does not act on."""

from __future__ import annotations

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Escalate, Noted, Play
from nightbell.call.events import EarsFailed, MessageRecorded
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, small_flow
from nightbell.testing.whole import whole_flow


def at(call: HandCall) -> str:
    return call.session.memory.step


def fail_by(call: HandCall, how: str) -> None:
    match how:
        case "noinput":
            call.wait("noinput")
        case "nomatch":
            call.mutter("well you know")
        case "low_confidence":
            call.say("appointments", confidence=0.1)
        case "dtmf_invalid":
            call.press("7")
        case "max_speech":
            call.mutter("well you know and then", cause="too_long")
        case "noise":
            call.mutter("well", snr_db=4.0)


@pytest.mark.parametrize(
    ("how", "target"),
    [
        ("noinput", "message"),
        ("low_confidence", "hold"),
        ("dtmf_invalid", "before"),
        ("max_speech", "number.offer"),
        ("nomatch", "screen.sight"),
        ("noise", "screen.sight"),
    ],
)
def test_exhausted_tries_lead_by_their_last_reason(call: HandCall, how: str, target: str) -> None:
    """The first tries fail otherwise: only the last one counts. What is not routed leads where unclear does."""
    for earlier in ("noinput", "nomatch") if how != "noinput" else ("noinput", "noinput"):
        fail_by(call, earlier)
        call.prompt_ends()
    fail_by(call, how)

    assert at(call) == target
    noted = [effect for effect in call.done if isinstance(effect, Noted)]
    assert (noted[-1].answer, noted[-1].reason) == ("exhausted", how)


def test_silence_at_the_keys_does_not_hide_what_failed_before(call: HandCall) -> None:
    """The ears are shut by then: who spoke and was not understood can only be silent."""
    for how in ("nomatch", "low_confidence", "noinput"):
        fail_by(call, how)
        call.prompt_ends()

    assert at(call) == "hold"


def test_edges_of_reasons_are_in_the_table_and_only_where_they_are_routed() -> None:
    plan = compile_flow(whole_flow())

    assert plan.edges["reason"]["exhausted:max_speech"] == "number.offer"
    assert "exhausted:nomatch" not in plan.edges["reason"]
    assert not [edge for edge in plan.edges["tongue"] if edge.startswith("exhausted:")]


def test_a_screen_is_never_left_by_a_reason() -> None:
    """Rule 4: in a screen anything but a clear no is yes."""
    flow = changed(small_flow(), "screen", routes=(("noinput", "booked"), ("nomatch", "booked")))
    call = HandCall(flow)
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    for _ in range(3):
        if call.session.memory.step == "screen.sight":
            call.wait("noinput")
            if call.session.memory.step == "screen.sight":
                call.prompt_ends()

    assert at(call) == "emergency"
    assert call.session.floor is Disposition.D0


def test_a_recogniser_that_fails_leads_where_the_state_says(call: HandCall) -> None:
    call.tell(EarsFailed, reason="died")

    assert at(call) == "again_by_key"
    assert call.session.memory.keys_only


def test_a_recogniser_that_fails_under_must_hear_words_does_not_cut_them() -> None:
    """Rule 11."""
    call = HandCall(changed(small_flow(), "opening", routes=(("asr_error", "hold"),)))
    effects = call.tell(EarsFailed, reason="died")
    assert not [effect for effect in effects if isinstance(effect, Play)]
    call.prompt_ends()

    assert at(call) == "hold"


def test_a_red_flag_under_must_hear_words_outweighs_the_recogniser_that_failed_after_it() -> None:
    call = HandCall(changed(small_flow(), "opening", routes=(("asr_error", "booked"),)))
    call.mutter("I can't see")
    call.tell(EarsFailed, reason="died")
    call.prompt_ends()

    assert at(call) == "emergency"


def test_a_routed_nine_sets_the_floor_and_pages_whatever_it_leads_to(call: HandCall) -> None:
    """Where nine leads is the flow's; that it is the emergency is not. It cannot be taken back there."""
    call.tell(EarsFailed, reason="died")
    effects = call.press("9")

    assert at(call) == "hold"
    assert call.session.floor is Disposition.D0
    assert [effect.disposition for effect in effects if isinstance(effect, Escalate)] == [Disposition.D0]
    assert call.session.memory.nine == ""


def test_a_routed_universal_leads_elsewhere_with_its_floor(call: HandCall) -> None:
    call.tell(EarsFailed, reason="noise")
    call.until("again_by_key")
    call.mutter("my lip has gone white")

    assert at(call) == "connect"
    assert call.session.floor is Disposition.D1


def test_same_means_not_acted_on_there_and_only_there(call: HandCall) -> None:
    """The proof refuses it for red flags; the engine does as it is told."""
    call.tell(EarsFailed, reason="noise")
    call.until("again_by_key")
    call.mutter("it is about my eyes")
    assert call.session.floor is None

    call.until("again_by_key")
    call.press("2")
    call.until("reason")
    call.mutter("it is about my eyes")
    assert call.session.floor is Disposition.D1


def test_key_0_leads_where_the_state_says(call: HandCall) -> None:
    call.press("0")

    assert at(call) == "connect"
    assert call.session.floor is Disposition.DU


def test_a_message_that_stays_empty_is_silence() -> None:
    call = HandCall(changed(small_flow(), "message", routes=(("noinput", "number"),)))
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    call.press("2")
    call.until("screen.pain")
    call.press("2")
    call.prompt_ends()
    call.tell(MessageRecorded, effect=call.session.memory.asked_world, speech_ms=0, ended_by="silence")

    assert at(call) == "number.offer"
