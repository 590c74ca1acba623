"""Who watches whom: executors and fences, the auditor, the self-test, the last alarm, and the clock they go by."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from sqlalchemy import Engine, create_engine, insert, select, update
from tests.escalation.night import NUMBERS, Night, night_in, wall

from nightbell.errors import ChannelFailed, EscalationError, Fenced, UnsupportedVersion
from nightbell.escalation.auditor import AGAIN_MS, DEAD_AFTER_MS, SLACK_MS, Auditor, is_alive
from nightbell.escalation.clock import Anchor, SteadyClock
from nightbell.escalation.encoding import entry_from_json, entry_to_json
from nightbell.escalation.executor import (
    LEASE_MS,
    anchor_before,
    beat,
    identify,
    mark_recovered,
    sign_on,
    take_over,
)
from nightbell.escalation.last_alarm import LastAlarm
from nightbell.escalation.port import Alarm, Ring, RingOutcome
from nightbell.escalation.self_test import SelfTest
from nightbell.escalation.send_rows import not_fenced
from nightbell.oncall.history import Paged, Taken
from nightbell.oncall.ringback import Follow, Over, RingNow, RingWait, Try, next_ring_back
from nightbell.records.database import shared_records
from nightbell.records.tables import escalations, executors, metadata
from nightbell.terms.instant import Instant
from nightbell.testing.escalation import FakeBell, FakeDialler, flagged_call

NOW = Instant(1_790_000_000_000)
ANCHOR = Anchor(utc_ms=NOW.ms, boot_ms=5)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest_asyncio.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with night_in(tmp_path) as made:
        yield made


def test_every_start_has_an_id_of_its_own() -> None:
    assert identify().executor != identify().executor
    assert identify().process == identify().process


def test_a_dead_process_is_fenced_and_taken_over_at_once_and_a_living_one_is_not(engine: Engine) -> None:
    me, living = identify(), identify()
    dead = replace(identify(), process="999999.1")
    with engine.begin() as connection:
        for one in (me, living, dead):
            sign_on(connection, one, ANCHOR, NOW)
        assert take_over(connection, me, NOW) == [dead.executor]
        with pytest.raises(Fenced):
            not_fenced(connection, dead.executor)
        not_fenced(connection, living.executor)
        mark_recovered(connection, [dead.executor])
        assert take_over(connection, me, NOW) == []


def test_a_silent_process_is_fenced_after_its_lease_and_finds_out(engine: Engine) -> None:
    me, silent = identify(), replace(identify(), host="another/boot")
    with engine.begin() as connection:
        sign_on(connection, me, ANCHOR, NOW)
        sign_on(connection, silent, ANCHOR, NOW)
        assert take_over(connection, me, NOW.plus(ms=LEASE_MS)) == []
        assert take_over(connection, me, NOW.plus(ms=LEASE_MS + 1)) == [silent.executor]
        with pytest.raises(Fenced):
            beat(connection, silent, NOW.plus(ms=LEASE_MS + 2))


def test_who_beats_keeps_its_work(engine: Engine) -> None:
    me, other = identify(), replace(identify(), host="another/boot")
    with engine.begin() as connection:
        sign_on(connection, me, ANCHOR, NOW)
        sign_on(connection, other, ANCHOR, NOW)
        beat(connection, other, NOW.plus(ms=LEASE_MS))
        assert take_over(connection, me, NOW.plus(ms=LEASE_MS + 5)) == []


def test_a_process_that_never_signed_on_writes_nothing(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(Fenced):
        not_fenced(connection, "nobody")


def test_the_clock_goes_on_by_the_reading_of_before_while_work_is_under_way(engine: Engine) -> None:
    me = identify()
    with engine.begin() as connection:
        sign_on(connection, me, ANCHOR, NOW)
        assert anchor_before(connection, me) is None
        connection.execute(insert(escalations), row("a:1"))
        assert anchor_before(connection, me) == ANCHOR
        assert anchor_before(connection, replace(me, host="another/boot")) is None


def test_a_stepped_wall_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SteadyClock(time_scale=10.0)
    before = clock.now()
    ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: ns() + 3_600_000_000_000)
    assert 0 <= clock.now().ms - before.ms < 60_000
    with pytest.raises(ValueError, match="stand still"):
        SteadyClock(time_scale=0)


def row(id_: str, *, next_utc: int = NOW.ms, place: str = "paging") -> dict[str, object]:
    return {
        "id": id_, "clinic": "rosewood", "call": id_.partition(":")[0], "n": 1, "at_utc": NOW.ms,
        "disposition": "D1", "origin": "flag", "place": place, "owner": "", "worded": False, "last_seq": 0,
        "next_utc": next_utc, "moved_utc": NOW.ms,
    }  # fmt: skip


@pytest.mark.asyncio
async def test_the_auditor_finds_what_stands_still_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    bell = FakeBell()
    auditor = Auditor(engine=engine, bell=bell, heartbeat=tmp_path / "beat")
    with engine.begin() as connection:
        connection.execute(insert(escalations), [row("a:1"), row("b:1", next_utc=NOW.ms + 999_999)])
        connection.execute(insert(escalations), row("c:1", place="closed"))
    assert [one.id for one in auditor.find(NOW.plus(ms=SLACK_MS))] == []
    assert [one.id for one in auditor.find(NOW.plus(ms=SLACK_MS + 1))] == ["a:1"]


@pytest.mark.asyncio
async def test_the_auditor_needs_no_engine_and_repeats_itself_but_seldom(night: Night) -> None:
    escalation = await flagged_call(night.records, "a", at=wall() - 100_000)  # and no duty is running
    _, reading = shared_records(night.address, busy_ms=5_000)
    auditor = Auditor(engine=reading, bell=night.bell, heartbeat=night.folder / "beat")
    now = Instant(wall())
    for moment in (now, now.plus(ms=1_000), now.plus(ms=AGAIN_MS + 1)):
        assert [one.id for one in await auditor.look(moment)] == [escalation]
    assert night.bell.kinds(escalation) == ["stuck", "stuck"]
    assert is_alive(night.folder / "beat", Instant(wall()))
    assert not is_alive(night.folder / "beat", Instant(wall() + DEAD_AFTER_MS + 5_000))
    assert not is_alive(night.folder / "no-beat", now)
    reading.dispose()


@pytest.mark.asyncio
async def test_records_that_cannot_be_read_are_an_alarm(tmp_path: Path) -> None:
    bell = FakeBell()
    broken = create_engine(f"sqlite:///{tmp_path / 'none' / 'x.sqlite3'}")
    assert await Auditor(engine=broken, bell=bell, heartbeat=tmp_path / "beat").look(NOW) == []
    assert bell.kinds() == ["stuck"]


@pytest.mark.asyncio
async def test_somebody_notices_when_the_auditor_is_dead(tmp_path: Path) -> None:
    async with night_in(tmp_path) as night:
        night.duties.clear()
        from nightbell.escalation.duty import Duty, DutySettings

        duty = Duty(
            shared_records(night.address, busy_ms=5_000),
            DutySettings(durable=night.durable, heartbeat=tmp_path / "no-beat", time_scale=30.0),
            rotas=night.rotas,
            dialler=night.dialler,
            callers=night.callers,
            channels={},
            bell=night.bell,
        )
        night.duties.append(await duty.open())
        await night.bell.until("auditor_dead")


@pytest.mark.asyncio
async def test_two_failed_test_calls_in_a_row_page_the_admin() -> None:
    told = iter([True, False, True, False, False, True])

    async def call() -> bool:
        return next(told)

    bell = FakeBell()
    test = SelfTest(call=call, bell=bell, clock=SteadyClock())
    for _ in range(4):
        await test.once()
    assert bell.kinds() == []
    await test.once()
    assert bell.kinds() == ["self_test"]
    assert await test.once()
    assert test.failed == 0


@pytest.mark.asyncio
async def test_a_test_call_that_breaks_or_hangs_has_failed() -> None:
    async def breaks_off() -> bool:
        raise OSError("no trunk")

    async def hangs() -> bool:
        await asyncio.Event().wait()
        return True

    for call in (breaks_off, hangs):
        test = SelfTest(call=call, bell=FakeBell(), clock=SteadyClock(time_scale=600.0))
        assert not await test.once()


def breaks(_: Ring) -> RingOutcome | None:
    raise OSError("no trunk")


@pytest.mark.asyncio
async def test_the_last_alarm_goes_every_way_and_says_nothing_private(night: Night) -> None:
    dialler = FakeDialler(plan=lambda _: "no_answer")
    alarm = LastAlarm(night.rotas, {"sms": night.sms, "email": night.email}, dialler)
    await alarm.sound(Alarm(kind="stuck", clinic="rosewood", at=NOW, escalation="call-ab12:3"))
    assert [message.to for message in night.email.sent] == ["chloe@example.org"]
    (ring,) = dialler.rings
    said = [ring.whisper, *(one.subject + one.text for one in night.email.sent)]
    assert all("AB12" in words for words in said)
    assert not any(number in words for words in said for number in NUMBERS)
    night.email.plan = lambda _: ChannelFailed("answered 400", provider="fake")
    dialler.plan = breaks
    await alarm.sound(Alarm(kind="stuck", clinic="nowhere", at=NOW))  # it never raises


@pytest.mark.asyncio
@pytest.mark.parametrize(("kind", "rings", "words"), [("self_test", 1, "test calls"), ("rota", 0, "looking at")])
async def test_a_line_that_fails_its_test_is_worth_a_telephone_and_a_rota_a_message(
    night: Night, kind: Literal["self_test", "rota"], rings: int, words: str
) -> None:
    dialler = FakeDialler(plan=lambda _: "no_answer")
    alarm = LastAlarm(night.rotas, {"email": night.email}, dialler)
    await alarm.sound(Alarm(kind=kind, clinic="rosewood", at=NOW))
    assert len(dialler.rings) == rings
    (message,) = night.email.sent
    for text in (message.text, *(ring.whisper for ring in dialler.rings)):
        assert words in text


def test_entries_are_written_and_read_and_a_newer_one_is_refused() -> None:
    for entry in (
        Paged(at=NOW, page="a:1/0.0.anna", person="anna", round=0, rung=0),
        Taken(at=NOW, page="a:1/0.0.anna", person="anna", how="connect"),
    ):
        assert entry_from_json(entry_to_json(entry)) == entry
    for text in ('{"at":1,"kind":"teleported"}', '{"at":1,"kind":"paged","by":"owl"}'):
        with pytest.raises(UnsupportedVersion):
            entry_from_json(text)


def steps(
    *outcomes: str, times: int = 3, reachable: bool = True, in_hand: bool = False
) -> list[tuple[int, object]]:
    """Play a ring-back whose tries come to these outcomes; return every step with its second."""
    tries: list[Try] = []
    now, shown = NOW, list[tuple[int, object]]()
    for _ in range(20):
        step = next_ring_back(
            NOW,
            tries,
            now,
            times=times,
            within_ms=600_000,
            then="page",
            reachable=reachable,
            in_hand=in_hand,
        )
        if isinstance(step, RingWait):
            assert step.until > now
            now = step.until
            continue
        shown.append((round((now.ms - NOW.ms) / 1000), step))
        if not isinstance(step, RingNow):
            return shown
        tries.append(Try(at=now, outcome=outcomes[len(tries)]))
    raise AssertionError("it does not end")


def test_a_dropped_caller_is_rung_three_times_in_ten_minutes_and_then_a_person_is_paged() -> None:
    shown = steps("no_answer", "busy", "failed")
    assert [step for _, step in shown] == [
        RingNow(number=1), RingNow(number=2), RingNow(number=3), Follow(then="page"),
    ]  # fmt: skip
    last = shown[2][0]
    assert last + 90 <= 600
    assert [step for _, step in steps("reached")] == [RingNow(number=1), Over()]
    assert [step for _, step in steps("no_answer", times=1)] == [RingNow(number=1), Follow(then="page")]
    assert [step for _, step in steps(reachable=False)] == [Follow(then="page")]
    assert [step for _, step in steps(in_hand=True)] == [Over()]


def test_a_try_that_a_crash_cut_counts_as_one() -> None:
    shown = steps("ringing", "no_answer", "no_answer")
    assert [step for _, step in shown][-1] == Follow(then="page")


@pytest.mark.asyncio
async def test_a_fenced_process_ends_itself(night: Night) -> None:
    duty = await night.duty()
    writing, reading = shared_records(night.address, busy_ms=5_000)
    with writing.begin() as connection:
        connection.execute(update(executors).values(fenced=True))
    async with asyncio.timeout(60):
        await duty.fenced.wait()
    escalation = await flagged_call(night.records, "a", at=wall())
    with reading.connect() as connection:
        place = connection.execute(select(escalations.c.place).where(escalations.c.id == escalation)).scalar()
    assert place == "armed"
    with pytest.raises((Fenced, EscalationError)):
        await duty.take(f"{escalation}/0.0.anna", "anna", "connect")
    for engine in (writing, reading):
        engine.dispose()
    assert os.getpid() > 0
