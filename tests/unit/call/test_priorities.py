"""Priorities between a state's own phrases and universals, what a phrase is not, and what a universal is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Listen
from nightbell.flow.model import Choice, Menu
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed
from nightbell.testing.whole import whole_flow


def choices() -> tuple[Choice, ...]:
    menu = whole_flow().state("reason")
    assert isinstance(menu, Menu)
    return menu.choices


def at(call: HandCall) -> str:
    return call.session.memory.step


def test_a_whole_phrase_of_higher_priority_wins_over_a_lower_universal(call: HandCall) -> None:
    """The choice has 60, the universal "eyes" 50."""
    call.say("my eye booking", open_text="my eye booking")

    assert at(call) == "area"
    assert call.session.floor is None


def test_typed_words_are_a_whole_phrase_too(call: HandCall) -> None:
    call.mutter("my eye booking", text="my eye booking", confidence=1.0)

    assert at(call) == "area"


def test_more_than_the_phrase_is_the_universals(call: HandCall) -> None:
    call.mutter("my eye booking and it hurts")

    assert call.session.floor is Disposition.D1


def test_what_the_other_recogniser_heard_beside_the_phrase_counts(call: HandCall) -> None:
    """A phrase heard whole shadows a universal in its own words only."""
    call.say("my eye booking", open_text="my eyes are bleeding")

    assert call.session.floor is Disposition.D1


def test_a_universal_of_higher_priority_wins_over_the_phrase() -> None:
    flow = whole_flow()
    menu = flow.state("reason")
    choices = tuple(
        type(choice)(
            name=choice.name, key=choice.key, hear=(*choice.hear, "my lip is white"), next=choice.next, priority=60
        )
        for choice in menu.choices  # type: ignore[union-attr]  # it is a Menu
    )
    call = HandCall(changed(flow, "reason", choices=choices))
    call.until("tongue")
    call.press("1")
    call.until("reason")
    call.say("worried my lip is white")

    assert call.session.floor is Disposition.D1


def test_without_a_priority_every_universal_wins() -> None:
    plain = tuple(replace(choice, priority=0) for choice in choices())
    call = HandCall(changed(whole_flow(), "reason", choices=plain))
    call.until("tongue")
    call.press("1")
    call.until("reason")
    call.say("my eye booking", open_text="my eye booking")

    assert call.session.floor is Disposition.D1


def test_what_a_phrase_is_not_is_in_the_grammar_and_is_no_match(call: HandCall) -> None:
    listens = [effect for effect in call.done if isinstance(effect, Listen)]
    assert "no appointments" in {phrase.text for phrase in listens[-1].phrases}
    call.say("no appointments")

    assert at(call) == "reason"
    assert call.session.memory.nomatches == 1


def test_what_a_phrase_is_not_counts_from_either_recogniser(call: HandCall) -> None:
    call.say("appointments", open_text="no appointments please")

    assert at(call) == "reason"


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("there is something in my eye", True),
        ("I booked an eye test", False),
        ("eye test and my lip is white", True),
    ],
)
def test_a_universal_is_not_what_it_is_not(call: HandCall, text: str, *, flagged: bool) -> None:
    call.mutter(text)

    assert (call.session.floor is not None) is flagged
