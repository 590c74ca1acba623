"""Ladders at work on the real engine: who is rung, what stops it, what goes on after an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.clusters import postgres_address
from tests.escalation.night import NUMBERS, PEOPLE, Night, night_in, wall

from nightbell.errors import EscalationError
from nightbell.escalation.port import Ring, RingOutcome
from nightbell.oncall.history import Answered, Closed, Exhausted, Lost, Missed, Paged, Taken, Words
from nightbell.terms.disposition import Disposition
from nightbell.testing.escalation import flagged_call, promised_call

pytestmark = pytest.mark.asyncio

LIMIT_S = 60


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def night(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Night]:
    """A night on each database: the records' and DBOS's own."""
    on_postgres = request.param == "postgresql"
    address = postgres_address() if on_postgres else None
    durable = postgres_address(driver="postgresql") if on_postgres else None
    async with night_in(tmp_path, address=address, durable=durable) as made:
        yield made


async def until(ready: Callable[[], bool], *, seconds: float = LIMIT_S) -> None:
    """Poll a condition of the outside with a limit."""
    async with asyncio.timeout(seconds):
        while not ready():  # noqa: ASYNC110 - what is waited for are rows and files, which ring no bell
            await asyncio.sleep(0.02)


async def settled(night: Night, escalation: str, place: str) -> None:
    async with asyncio.timeout(LIMIT_S):
        while (await night.file(escalation)).place != place:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.05)


def answers(**by: RingOutcome) -> Callable[[Ring], RingOutcome | None]:
    """Return a plan by the last digit of the number: anna 1, ben 2, chloe 3."""
    digits = {"1": "anna", "2": "ben", "3": "chloe"}
    return lambda ring: by.get(digits[ring.number[-1]])


async def test_first_lets_it_ring_second_is_a_voicemail_third_takes_it(night: Night) -> None:
    night.dialler.plan = answers(ben="no_answer", chloe="taken")
    await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await settled(night, escalation, "owned")
    rung = [ring.number[-1] for ring in night.dialler.rings]
    assert rung == ["1", "2", "3"]
    log = await night.log(escalation)
    paged = [entry for entry in log if isinstance(entry, Paged)]
    assert [one.person for one in paged] == ["anna", "ben", "chloe"]
    assert paged[1].at.ms - paged[0].at.ms >= 45_000
    taken = next(entry for entry in log if isinstance(entry, Taken))
    assert (taken.person, taken.how) == ("chloe", "connect")
    assert (await night.records.call("a")).pages[0].status == "acknowledged"


async def test_the_acknowledgement_stops_everything_else_at_once(night: Night) -> None:
    night.rota.write_text(PEOPLE.replace("last_resort: [chloe]", "last_resort: [anna, ben, chloe]"))
    night.dialler.plan = answers(anna="passed", ben="busy")
    duty = await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await night.dialler.until(3)
    await until(lambda: len(night.dialler.rings) >= 3)
    chloe = night.dialler.rings[-1]
    assert await duty.take(chloe.page, "ben", "ring_back")
    await settled(night, escalation, "owned")
    before = len(night.dialler.rings)
    assert not await duty.take(chloe.page, "anna", "connect"), "a second owner"
    await asyncio.sleep(60 / night.scale)  # the time of a rung and more, in which nothing may ring
    assert len(night.dialler.rings) == before


async def test_messages_go_out_beside_the_telephone_and_hold_nothing_private(night: Night) -> None:
    night.dialler.plan = answers(chloe="taken")
    await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await settled(night, escalation, "owned")
    await until(lambda: bool(night.email.sent))
    (sms,) = night.sms.sent
    assert sms.to.endswith("7700900701")
    for message in (*night.sms.sent, *night.email.sent):
        words = message.subject + message.text
        assert "Rosewood Clinic" in words
        assert not any(number in words for number in (*NUMBERS, "7700900123", "pain"))
    whispers = [ring.whisper for ring in night.dialler.rings]
    assert all("because of pain" in words for words in whispers)
    assert not any(number in words for number in (*NUMBERS, "7700900123") for words in whispers)


async def test_a_restart_goes_on_where_the_log_stops_and_its_copy_says_so(night: Night) -> None:
    first = await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await night.dialler.until(1)
    await night.end(first)
    rung = len(night.dialler.rings)
    await night.duty()
    await night.dialler.until(rung + 1)
    again = night.dialler.rings[rung]
    assert again.page == night.dialler.rings[0].page or again.number.endswith("2")
    if again.page == night.dialler.rings[0].page:
        assert again.copy == 2
        assert again.whisper.startswith("This is a repeat")
    log = await night.log(escalation)
    assert len({one.page for one in log if isinstance(one, Paged)}) == sum(isinstance(one, Paged) for one in log)


async def test_a_person_taken_off_the_list_is_not_rung(night: Night) -> None:
    await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await night.dialler.until(1)
    text = PEOPLE.replace('  ben: {name: Ben Harrow, mobile: "+447700900702"}\n', "")
    night.rota.write_text(text.replace("people: [ben]", "people: [anna]"))
    await night.dialler.until(2)
    await until(lambda: len(night.dialler.rings) >= 3)
    assert not any(ring.number.endswith("2") for ring in night.dialler.rings)
    assert not any(isinstance(one, Paged) and one.person == "ben" for one in await night.log(escalation))


async def test_five_minutes_without_anybody_says_the_words_and_rings_on(night: Night) -> None:
    night.scale = 120.0
    night.dialler.plan = answers()
    await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall() - 200_000)
    await night.bell.until("words")
    rung = len(night.dialler.rings)
    await night.dialler.until(rung + 2)
    log = await night.log(escalation)
    assert sum(isinstance(one, Words) for one in log) == 1
    assert sum(isinstance(one, Missed) for one in log) == 1
    assert (await night.records.call("a")).pages[0].status == "exhausted"


async def test_nobody_at_all_sounds_the_last_alarm_and_a_mended_rota_is_rung(night: Night) -> None:
    night.rota.write_text("people:\n  anna: {name: Anna Bright}\n")
    await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall(), disposition=Disposition.D2)
    await night.bell.until("exhausted")
    assert any(isinstance(one, Exhausted) for one in await night.log(escalation))
    night.rota.write_text(PEOPLE)
    await night.dialler.until(1)


async def test_an_owner_closes_it_and_nobody_else_can(night: Night) -> None:
    night.dialler.plan = answers(anna="taken")
    duty = await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await settled(night, escalation, "owned")
    assert not await duty.close_case(escalation, "ben", "reached")
    assert await duty.close_case(escalation, "anna", "reached")
    assert not await duty.close_case(escalation, "anna", "reached")
    await settled(night, escalation, "closed")
    assert isinstance((await night.log(escalation))[-1], Closed)


async def test_an_owner_who_does_not_close_it_loses_it_to_the_next(night: Night) -> None:
    night.scale = 300.0
    night.dialler.plan = answers(anna="taken")
    duty = await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await settled(night, escalation, "owned")
    rung = len(night.dialler.rings)
    await night.dialler.until(rung + 1)
    assert night.dialler.rings[rung].number.endswith("2")
    assert not await duty.close_case(escalation, "anna", "reached"), "it is hers no more"
    log = await night.log(escalation)
    lost = next(one for one in log if isinstance(one, Lost))
    taken = next(one for one in log if isinstance(one, Taken))
    assert lost.at.ms - taken.at.ms >= 3_600_000


async def test_a_more_urgent_flag_of_the_same_call_leads(night: Night) -> None:
    night.dialler.plan = answers(ben="taken")
    await night.duty()
    await flagged_call(night.records, "a", at=wall(), disposition=Disposition.D2)
    await night.dialler.until(1)
    from nightbell.call.effects import Escalate
    from nightbell.call.events import KeyPressed

    event = KeyPressed(clinic="rosewood", call="a", seq=1, at_utc=wall(), audio_ms=40, key="9")
    urgent = Escalate(call="a", n=5, disposition=Disposition.D0, state="screen", question="key_9")
    await night.records.append(event, (urgent,), "{}", limit_ms=10_000)
    await settled(night, "a:5", "owned")
    await settled(night, "a:1", "closed")
    closed = (await night.log("a:1"))[-1]
    assert isinstance(closed, Closed)
    assert closed.outcome == "merged:a:5"


async def test_a_promise_without_a_flag_is_watched_and_a_missed_one_is_told(night: Night) -> None:
    night.scale = 600.0
    await night.duty()
    escalation = await promised_call(
        night.records, "p", at=wall(), by=wall() + 240_000, disposition=Disposition.D3
    )
    await night.bell.until("missed")
    await until(lambda: ("p", "+447700900124", "missed") in night.callers.rung)
    assert any(isinstance(one, Missed) for one in await night.log(escalation))


async def test_a_dropped_caller_is_rung_back_three_times(night: Night) -> None:
    night.scale = 600.0
    await night.duty()
    await flagged_call(night.records, "a", at=wall(), over=True, ring_back=True)
    await until(lambda: len(night.callers.rung) >= 3)
    await asyncio.sleep(600 / night.scale)  # no fourth one, however long it takes
    assert night.callers.rung == [("a", "+447700900123", "dropped")] * 3


async def test_a_caller_who_is_reached_is_not_rung_again(night: Night) -> None:
    night.scale = 600.0
    night.callers.outcome = "reached"
    await night.duty()
    await flagged_call(night.records, "a", at=wall(), over=True, ring_back=True)
    await until(lambda: bool(night.callers.rung))
    await asyncio.sleep(600 / night.scale)
    assert len(night.callers.rung) == 1


async def test_two_hundred_keys_that_race_have_one_winner_each(night: Night) -> None:
    """Two keys are pressed in the moment in which the next rung is due: one has it, and nothing rings after."""
    night.scale = 10.0
    made = [await flagged_call(night.records, f"r{n}", at=wall()) for n in range(100)]
    duty = await night.duty()
    await night.dialler.until(100, seconds=90)
    taken = await asyncio.gather(
        *(duty.take(f"{escalation}/0.0.anna", who, "connect") for escalation in made for who in ("anna", "ben"))
    )
    wins = [taken[place] + taken[place + 1] for place in range(0, 200, 2)]
    assert wins == [1] * 100
    for escalation in made:
        log = await night.log(escalation)
        (owner,) = [one for one in log if isinstance(one, Taken)]
        assert all(isinstance(one, Answered) for one in log[log.index(owner) + 1 :])


async def test_the_whole_story(night: Night) -> None:
    """A flag, three people, a restart amid it, keys that race, an end."""
    night.dialler.plan = answers(anna="passed")
    first = await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await night.dialler.until(2)
    await night.end(first)
    rung = len(night.dialler.rings)
    duty = await night.duty()
    await night.dialler.until(rung + 1)
    page = night.dialler.rings[-1].page
    won = await asyncio.gather(*(duty.take(page, who, "connect") for who in ("ben", "chloe", "anna")))
    assert sum(won) == 1
    file = await night.file(escalation)
    assert file.place == "owned"
    assert await duty.close_case(escalation, file.owner, "reached")
    await settled(night, escalation, "closed")
    made = await promised_call(night.records, "p", at=wall(), by=wall() + 900_000, disposition=Disposition.D3)
    async with asyncio.timeout(LIMIT_S):
        while not any(made in ring.page for ring in night.dialler.rings):  # noqa: ASYNC110 - rows ring no bell
            await asyncio.sleep(0.05)


async def test_a_promise_for_the_working_day_wakes_nobody_in_the_night(night: Night) -> None:
    """D5 begins an hour before it is due, at opening; until then nothing goes out."""
    night.scale = 1.0
    await night.duty()
    escalation = await promised_call(
        night.records, "p", at=wall(), by=wall() + 10 * 3_600_000, disposition=Disposition.D5
    )
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                file = await night.file(escalation)
            except EscalationError:
                await asyncio.sleep(0.1)
                continue
            if file.next_at == file.case.began and not file.case.history:
                break
    await asyncio.sleep(1.0)  # longer than a look at the rows takes
    assert night.dialler.rings == []
    assert night.sms.tried == []
    assert (await night.file(escalation)).case.history == ()
