"""A flagged turn is answered by its own page, or taken for a danger where somebody was asked for before it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.rehearsal.conftest import say

from nightbell.flow.model import Choice, Flow, Menu, Screen, Universal
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.runner import Stage, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition

pytestmark = pytest.mark.asyncio

WORRIED, YES, ON = (Answer(press=key, pause_ms=1500) for key in ("1", "1", "2"))
BLUE = Answer(words="my lips are blue", pause_ms=1500)
FLAG = Expect(disposition=Disposition.D1, red_flag=True)


@pytest.fixture
def twice(flow: Flow, stage: Stage) -> Stage:
    """A flow that asks something else after it has asked for a person, and hears dangers there too."""
    reason, screen = (next(state for state in flow.states if isinstance(state, kind)) for kind in (Menu, Screen))
    assert isinstance(reason, Menu)
    assert isinstance(screen, Screen)
    on = (Choice(name="on", key="2", hear=("go on",), next="got"),)
    later = replace(reason, name="later", say=say("later"), choices=on, unclear="got")
    first = replace(screen, questions=screen.questions[1:], any_yes="later", all_no="later")
    kept = [state for state in flow.states if state is not screen]
    blue = Universal(name="blue", hear=("lips are blue",), priority=90, next="got", floor=Disposition.D1)
    made = replace(flow, states=(*kept, first, later), universals=(blue,), hash="twice")
    return replace(stage, flow=made)


def script(first: Answer, *later: Answer, expect: Expect = FLAG) -> Script:
    answers = (("reason", (WORRIED,)), ("screen.pain", (first,)), ("later", later))
    return Script(name="call", about="", file="call.yaml", answers=answers, expect=expect, tier="text", repeats=0)


def flagged(answer: Answer) -> Answer:
    return replace(answer, red_flag=True)


async def told(played: Script, stage: Stage) -> list[str]:
    return [str(failure) for failure in (await rehearse(played, stage)).failures]


async def test_a_page_from_before_the_flag_does_not_stand_for_it(twice: Stage) -> None:
    (why,) = await told(script(YES, flagged(ON)), twice)
    assert why == "not_paged: later: nobody was asked for because of the flag, and it was taken for no danger"


async def test_a_flag_that_is_taken_needs_no_second_page(twice: Stage) -> None:
    result = await rehearse(script(YES, flagged(BLUE)), twice)
    assert result.failures == ()
    assert len(result.pages) == 1


async def test_a_nine_is_taken_under_the_words_that_another_began(twice: Stage) -> None:
    nines = Answer(press="9", barge_in_ms=200)
    panic = script(YES, nines, expect=replace(FLAG, disposition=Disposition.D0))
    both = replace(panic, answers=(*panic.answers, ("emergency", (flagged(nines),))))
    result = await rehearse(both, twice)
    assert result.failures == ()
    assert [page.disposition for page in result.pages] == ["D1", "D0"]


async def test_a_flag_that_is_taken_too_late_fails_as_a_late_page_does(twice: Stage) -> None:
    mumbled = flagged(Answer(words="la la la", pause_ms=1500))
    late = script(YES, mumbled, BLUE, expect=replace(FLAG, within_turns=0))
    result = await rehearse(late, twice)
    assert [failure.kind for failure in result.failures] == [FailureKind.LATE_PAGE]
    assert await told(replace(late, expect=replace(FLAG, within_turns=1)), twice) == []


async def test_every_flag_that_was_given_is_judged_and_not_the_first_alone(twice: Stage) -> None:
    assert await told(script(flagged(YES), flagged(BLUE)), twice) == []
    (why,) = await told(script(flagged(YES), flagged(ON)), twice)
    assert why.startswith("not_paged: later: ")


async def test_what_is_not_understood_is_no_danger_taken(twice: Stage) -> None:
    hidden = flagged(Answer(words="my lips are blue and so are my fingers", hidden=True, pause_ms=1500))
    unheard = replace(FLAG, heard=(("later", "rejected"),))
    why = await told(script(YES, hidden, hidden, expect=unheard), twice)
    assert [each.partition(": nobody")[0] for each in why] == ["not_paged: later", "not_paged: later"]


async def test_a_person_who_was_asked_for_as_urgently_is_safe_enough_in_noise(twice: Stage) -> None:
    noisy = replace(script(YES, flagged(ON)), safety_only=True)
    assert await told(noisy, twice) == []
    more = replace(noisy, expect=replace(FLAG, disposition=Disposition.D0))
    assert {why.partition(":")[0] for why in await told(more, twice)} == {"disposition", "not_paged"}
