"""One answer said several times over, or with hesitation around it, is that answer; two answers are not one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Listen, Noted
from nightbell.flow.model import Screen
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, small_flow


@pytest.fixture
def before() -> HandCall:
    """A call that stands at a question outside a screen."""
    call = HandCall(small_flow())
    call.until("reason")
    call.say("appointments")
    call.until("before")
    return call


@pytest.fixture
def screened() -> HandCall:
    """A call that stands at the first question of a screen."""
    call = HandCall(small_flow())
    call.until("reason")
    call.say("yes")
    call.until("screen.sight")
    return call


def answer_of(call: HandCall) -> str | None:
    """Return what the last event was noted as, None for no answer."""
    return next((effect.answer for effect in call.effects[-1] if isinstance(effect, Noted)), None)


@pytest.mark.parametrize(
    ("closed", "verbatim", "answer"),
    [
        ("yes it", "yes yes", "yes"),
        ("yes yes", "yes yes yes", "yes"),
        ("no of", "no no", "no"),
        ("no it", "yes yes", "yes"),
        ("oh the", "no no", None),
        ("no yes", "no yes", "yes"),
        ("yes of", "no no", None),
    ],
)
def test_outside_a_screen_the_closed_recogniser_hears_its_beginning_but_where_it_leads_to_care(
    before: HandCall, closed: str, verbatim: str, answer: str | None
) -> None:
    before.mutter(verbatim, text=closed, confidence=0.9)

    assert answer_of(before) == answer


@pytest.mark.parametrize(
    ("closed", "verbatim", "answer"),
    [
        ("no no", "no no no", "no"),
        ("no not at all", "no no", "no"),
        ("no it", "no no", None),
        ("no no", "no but it hurts", None),
        ("no yes", "no yes", "yes"),
        ("no no", "not sure not sure", "not_sure"),
        ("oh no", "oh no", "no"),
        ("oh no", "er no um", "no"),
        ("oh no", "oh no it hurts", None),
        ("oh the", "well yes dear", None),
        ("oh the", "oh yes dear", "yes"),
        ("oh the", "i'm afraid it does yes", "yes"),
        ("oh the", "no but then yes", None),
    ],
)
def test_in_a_screen_both_recognisers_hear_it_all(
    screened: HandCall, closed: str, verbatim: str, answer: str | None
) -> None:
    screened.mutter(verbatim, text=closed, confidence=0.9)

    assert answer_of(screened) == answer


def test_speech_without_an_end_is_no_answer_whatever_both_made_of_it(screened: HandCall) -> None:
    screened.mutter("no", text="no", cause="too_long", confidence=0.9)

    assert answer_of(screened) is None


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("no no no", "no"),
        ("no, not at all", "no"),
        ("Er, no.", "no"),
        ("um", None),
        ("oh", None),
        ("yes yes", "yes"),
        ("no yes", "yes"),
        ("no " * 13, None),
    ],
)
def test_typed_it_is_what_it_says(screened: HandCall, typed: str, answer: str | None) -> None:
    screened.mutter("", text=typed, confidence=1.0)

    assert answer_of(screened) == answer


@pytest.fixture
def parted() -> HandCall:
    """A call at a question that asks for two things and hears a no to one of them."""
    flow = small_flow()
    screen = flow.state("screen")
    assert isinstance(screen, Screen)
    first = replace(screen.questions[0], hear_part=("no headache",))
    call = HandCall(changed(flow, "screen", questions=(first, *screen.questions[1:])))
    call.until("reason")
    call.say("yes")
    call.until("screen.sight")
    return call


def test_a_no_to_a_part_is_heard_as_itself_and_asked_again(parted: HandCall) -> None:
    listens = [effect for effect in parted.done if isinstance(effect, Listen) and effect.question == "sight"]
    assert "no headache" in {phrase.text for phrase in listens[-1].phrases}

    parted.say("no headache")

    assert answer_of(parted) is None
    assert parted.session.memory.step == "screen.sight"


def test_a_whole_no_is_one_though_a_part_stands_in_it(parted: HandCall) -> None:
    parted.say("no", open_text="no headache no")

    assert answer_of(parted) == "no"
