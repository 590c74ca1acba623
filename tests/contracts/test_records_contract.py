"""What every Records adapter must do, the fake included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.clusters import postgres_address

from nightbell.call.effects import Answer, Close, Effect, Escalate, Learnt, Listen, Notify, Play, RingBack
from nightbell.call.events import (
    CallStarted,
    EscalationChanged,
    Event,
    Heard,
    HistoryFound,
    HungUp,
    KeyPressed,
    Notified,
    PromiseMade,
)
from nightbell.errors import RecordNotFound, RecordsFailed
from nightbell.records.contact import FREQUENT_CALLS, FREQUENT_WINDOW_MS
from nightbell.records.database import open_records
from nightbell.records.guarded import GuardedRecords
from nightbell.records.port import CloseReason, Records
from nightbell.records.spill import Spill
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.records import MemoryRecords

T0 = 1_790_000_000_000
HOUR = 3_600_000
CALLER = "+441632960001"


@pytest_asyncio.fixture(params=["memory", "sqlite", "guarded", "postgres"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Records]:
    made: Records = MemoryRecords()
    if request.param == "postgres":
        made = await open_records(postgres_address(), now=Instant(T0))
    elif request.param != "memory":
        made = await open_sqlite(tmp_path / "data" / "records.db", now=Instant(T0))
    if request.param == "guarded":
        made = GuardedRecords(made, Spill(tmp_path / "spill"))
    yield made
    await made.aclose()


def started(
    call: str = "a", *, at: int = T0, caller: str | None = CALLER, clinic: str = "rosewood"
) -> CallStarted:
    return CallStarted(
        clinic=clinic,
        call=call,
        seq=0,
        at_utc=at,
        audio_ms=0,
        flow="f1",
        line="scripted",
        caller=caller,
        called="100",
    )


def key(seq: int, call: str = "a", *, pressed: str = "1", clinic: str = "rosewood") -> KeyPressed:
    return KeyPressed(clinic=clinic, call=call, seq=seq, at_utc=T0 + seq * 1000, audio_ms=seq * 1000, key=pressed)


def refuses(error: BaseException) -> bool:
    """Tell whether an event can never stand in the records; with a spill behind them it is kept there too."""
    causes = [each for each in (error, error.__cause__) if isinstance(each, RecordsFailed)]
    return not all(each.again for each in causes)


def closing(call: str, n: int, disposition: Disposition, reason: CloseReason) -> Close:
    return Close(call=call, n=n, disposition=disposition, state="bye", reason=reason)


def asked(call: str, n: int) -> Play:
    return Play(
        call=call, n=n, prompt="screen.sight", segments=(), bargein="speech", state="screen", question="sight"
    )


async def whole_call(
    records: Records,
    call: str,
    *,
    at: int,
    events: tuple[tuple[Event, tuple[Effect, ...]], ...] = (),
    end: tuple[Disposition, CloseReason],
    caller: str | None = CALLER,
    clinic: str = "rosewood",
) -> None:
    await records.append(started(call, at=at, caller=caller, clinic=clinic), (Answer(call=call, n=0),), "s0")
    for event, effects in events:
        await records.append(event, effects, "s")
    last = HungUp(clinic=clinic, call=call, seq=len(events) + 1, at_utc=at + 60_000, audio_ms=60_000, by="caller")
    await records.append(last, (closing(call, 99, *end),), "done")


@pytest.mark.asyncio
async def test_a_call_is_there_from_its_first_event_and_open(records: Records) -> None:
    await records.append(started(), (Answer(call="a", n=0),), '{"at":"opening"}')
    record = await records.call("a")
    assert (record.clinic, record.caller, record.flow, record.started) == ("rosewood", CALLER, "f1", Instant(T0))
    assert record.closed is None
    assert record.next_effect == 1
    (waiting,) = await records.open_calls()
    assert waiting.record == record
    assert waiting.session == '{"at":"opening"}'


@pytest.mark.asyncio
async def test_the_journal_gives_back_what_was_appended_in_order(records: Records) -> None:
    first = started()
    heard = Heard(
        clinic="rosewood", call="a", seq=1, at_utc=T0 + 5, audio_ms=5, listen=1, cause="phrase", phrase="yes",
        text="yes", confidence=0.93,
    )  # fmt: skip
    listen = Listen(call="a", n=1, mode="closed", state="reason")
    page = Escalate(call="a", n=2, disposition=Disposition.D1, state="screen", question="pain", row="3")
    await records.append(first, (Answer(call="a", n=0), listen), "s0")
    await records.append(heard, (page,), "s1")
    entries = await records.journal("a")
    assert [(entry.event, entry.effects) for entry in entries] == [
        (first, (Answer(call="a", n=0), listen)),
        (heard, (page,)),
    ]


@pytest.mark.asyncio
async def test_what_effects_imply_is_in_rows_of_their_own(records: Records) -> None:
    effects = (
        Escalate(call="a", n=1, disposition=Disposition.D1, state="screen", question="pain", row="3"),
        RingBack(call="a", n=2, times=3, within_ms=600_000, then="page", number=CALLER),
        Notify(call="a", n=3, channel="desk", template="booking", number=CALLER),
    )
    await records.append(started(), (Answer(call="a", n=0),), "s0")
    await records.append(key(1), effects, "s1")
    record = await records.call("a")
    (page,), (ring_back,), (note,) = record.pages, record.ring_backs, record.notifications
    assert (page.id, page.disposition, page.question, page.row) == ("a:1", Disposition.D1, "pain", "3")
    assert (page.status, page.at) == ("recorded", Instant(T0 + 1000))
    assert (ring_back.id, ring_back.times, ring_back.then, ring_back.number) == ("a:2", 3, "page", CALLER)
    assert (note.id, note.channel, note.ok) == ("a:3", "desk", None)
    assert record.floor is Disposition.D1
    assert record.next_effect == 4
    assert record.spoke


@pytest.mark.asyncio
async def test_pages_notifications_and_promises_follow_their_events(records: Records) -> None:
    await records.append(started(), (Answer(call="a", n=0),), "s0")
    await records.append(
        key(1),
        (
            Escalate(call="a", n=1, disposition=Disposition.D2, state="x", question=""),
            Notify(call="a", n=2, channel="desk", template="t", number=None),
        ),
        "s1",
    )
    envelope = {"clinic": "rosewood", "call": "a", "at_utc": T0 + 9, "audio_ms": 9}
    await records.append(EscalationChanged(**envelope, seq=2, status="acknowledged", effect=1), (), "s2")  # type: ignore[arg-type]
    await records.append(Notified(**envelope, seq=3, ok=True, effect=2), (), "s3")  # type: ignore[arg-type]
    await records.append(
        PromiseMade(
            clinic="rosewood", call="a", seq=4, at_utc=T0 + 9, audio_ms=9, timed_out=False, who="a clinician",
            from_number="100", by_utc=T0 + HOUR, by_spoken="ten tonight",
        ),
        (),
        "s4",
    )  # fmt: skip
    record = await records.call("a")
    assert record.pages[0].status == "acknowledged"
    assert record.notifications[0].ok is True
    assert record.promise is not None
    assert (record.promise.by, record.promise.by_spoken) == (Instant(T0 + HOUR), "ten tonight")


@pytest.mark.asyncio
async def test_a_promise_that_timed_out_is_none(records: Records) -> None:
    await records.append(started(), (), "s0")
    await records.append(
        PromiseMade(clinic="rosewood", call="a", seq=1, at_utc=T0, audio_ms=0, timed_out=True), (), "s1"
    )
    assert (await records.call("a")).promise is None


@pytest.mark.asyncio
async def test_a_floor_never_falls(records: Records) -> None:
    await records.append(started(), (), "s0")
    for seq, disposition in enumerate((Disposition.D1, Disposition.DU, Disposition.D0, Disposition.D2), start=1):
        effect = Escalate(call="a", n=seq, disposition=disposition, state="x", question="")
        await records.append(key(seq), (effect,), "s")
    record = await records.call("a")
    assert record.floor is Disposition.D0
    assert [page.n for page in record.pages] == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_a_closed_call_keeps_its_outcome(records: Records) -> None:
    await whole_call(records, "a", at=T0, end=(Disposition.D4, "end"))
    record = await records.call("a")
    assert (record.disposition, record.reason, record.end_state) == (Disposition.D4, "end", "bye")
    assert record.closed == Instant(T0 + 60_000)
    assert await records.open_calls() == []


@pytest.mark.asyncio
async def test_appending_the_same_again_changes_nothing(records: Records) -> None:
    page = Escalate(call="a", n=1, disposition=Disposition.D1, state="x", question="")
    await records.append(started(), (), "s0")
    await records.append(key(1), (page,), "s1")
    before = await records.call("a")
    await records.append(started(), (), "s0")
    await records.append(key(1), (page,), "s1")
    assert await records.call("a") == before
    assert len(await records.journal("a")) == 2


@pytest.mark.asyncio
async def test_another_event_under_the_same_number_is_refused(records: Records) -> None:
    await records.append(started(), (), "s0")
    await records.append(key(1), (), "s1")
    with pytest.raises(RecordsFailed, match="another event") as refused:
        await records.append(key(1, pressed="9"), (), "s1")
    assert refuses(refused.value)
    assert (await records.journal("a"))[1].event == key(1)


@pytest.mark.asyncio
async def test_an_event_of_a_call_never_opened_is_refused(records: Records) -> None:
    with pytest.raises(RecordsFailed, match="never opened") as refused:
        await records.append(key(1, "ghost"), (), "s")
    assert refuses(refused.value)
    with pytest.raises(RecordNotFound):
        await records.call("ghost")


@pytest.mark.asyncio
async def test_an_older_event_that_comes_late_keeps_the_newer_session(records: Records) -> None:
    await records.append(started(), (), "s0")
    await records.append(key(2), (), "s2")
    await records.append(key(1), (), "s1")
    (waiting,) = await records.open_calls()
    assert (waiting.session, waiting.record.last_seq) == ("s2", 2)
    assert [entry.event.seq for entry in await records.journal("a")] == [0, 1, 2]


@pytest.mark.asyncio
async def test_one_bad_append_does_not_take_its_company_with_it(records: Records) -> None:
    await records.append(started("good"), (), "s0")
    outcomes = await asyncio.gather(
        *(records.append(key(seq, "good"), (), f"s{seq}") for seq in range(1, 6)),
        records.append(key(1, "ghost"), (), "s"),
        *(records.append(key(seq, "good"), (), f"s{seq}") for seq in range(6, 11)),
        return_exceptions=True,
    )
    (refused,) = [outcome for outcome in outcomes if outcome is not None]
    assert refuses(refused)
    assert [entry.event.seq for entry in await records.journal("good")] == list(range(11))


@pytest.mark.asyncio
async def test_history_counts_worried_and_silent_calls_of_the_number_in_the_window(records: Records) -> None:
    day = 24 * HOUR
    press = (key(1, "worried"), (asked("worried", 1),))
    await whole_call(records, "worried", at=T0 - day, events=(press,), end=(Disposition.DU, "hangup"))
    await whole_call(records, "silent", at=T0 - 2 * day, end=(Disposition.DU, "silent"))
    await whole_call(records, "early", at=T0 - 3 * day, end=(Disposition.DU, "hangup"))
    await whole_call(records, "booking", at=T0 - HOUR, end=(Disposition.D5, "end"))
    await whole_call(records, "too-old", at=T0 - 96 * HOUR - 1, end=(Disposition.D1, "end"))
    await whole_call(records, "other", at=T0 - HOUR, end=(Disposition.D1, "end"), caller="+441632960002")
    await whole_call(records, "elsewhere", at=T0 - HOUR, end=(Disposition.D1, "end"), clinic="oakfield")
    await records.append(started("now"), (), "s0")
    found = await records.history("rosewood", CALLER, Instant(T0))
    assert (found.contacts, found.silent) == (1, 2)
    assert found.dispositions == (Disposition.D5, Disposition.DU, Disposition.DU, Disposition.DU)


def about(call: str, product: str | None) -> tuple[Event, tuple[Effect, ...]]:
    learnt = () if product is None else (Learnt(call=call, n=2, result="product", category=product),)
    return key(1, call), (asked(call, 1), *learnt)


@pytest.mark.asyncio
async def test_history_tells_contacts_about_filler_from_others(records: Records) -> None:
    for hours, product in enumerate(("filler", "unknown", None, "toxin", "laser"), start=1):
        name = f"c{hours}"
        await whole_call(
            records, name, at=T0 - hours * HOUR, events=(about(name, product),), end=(Disposition.D3, "end")
        )
    booking = about("booking", "filler")
    await whole_call(records, "booking", at=T0 - 9 * HOUR, events=(booking,), end=(Disposition.D5, "end"))
    found = await records.history("rosewood", CALLER, Instant(T0))
    assert (found.contacts, found.filler) == (5, 3)
    assert (await records.call("c4")).product == "toxin"
    assert (await records.call("c3")).product == ""


@pytest.mark.asyncio
async def test_a_product_that_is_taken_back_is_not_known(records: Records) -> None:
    told = (Learnt(call="a", n=1, result="product", category="toxin"),)
    back = (
        Learnt(call="a", n=2, result="product", category=""),
        Learnt(call="a", n=3, result="area", category="lip"),
    )
    await whole_call(
        records, "a", at=T0 - HOUR, events=((key(1), told), (key(2), back)), end=(Disposition.D3, "end")
    )
    assert (await records.call("a")).product == ""
    assert (await records.history("rosewood", CALLER, Instant(T0))).filler == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(("before", "frequent"), [(FREQUENT_CALLS - 2, False), (FREQUENT_CALLS - 1, True)])
async def test_who_calls_often_in_a_year_is_told(records: Records, before: int, frequent: bool) -> None:  # noqa: FBT001
    year = FREQUENT_WINDOW_MS
    await whole_call(records, "older", at=T0 - year - 1, end=(Disposition.D5, "end"))
    for n in range(before):
        await whole_call(records, f"c{n}", at=T0 - year + n * HOUR, end=(Disposition.D5, "end"))
    assert (await records.history("rosewood", CALLER, Instant(T0))).frequent is frequent

    await records.append(started("now"), (), "s")
    found = HistoryFound(
        clinic="rosewood", call="now", seq=1, at_utc=T0, audio_ms=10, timed_out=False, frequent=frequent
    )
    await records.append(found, (), "s")
    assert (await records.call("now")).frequent is frequent


@pytest.mark.asyncio
async def test_a_page_keeps_whom_to_ring_and_learns_who_treated_the_caller_later(records: Records) -> None:
    page = Escalate(
        call="a", n=1, disposition=Disposition.D1, state="s", question="q", treating="ann", route=("ann", "bob")
    )
    await records.append(started(), (Answer(call="a", n=0),), "s")
    await records.append(key(1), (page,), "s")
    assert [(each.treating, each.route) for each in (await records.call("a")).pages] == [("ann", ("ann", "bob"))]

    for seq, treating, expected in ((2, "", ("ann", "bob")), (3, "eve", ("eve", "ann"))):
        told = HistoryFound(
            clinic="rosewood", call="a", seq=seq, at_utc=T0 + seq, audio_ms=seq, timed_out=False,
            treating=treating, route=("eve", "ann"),
        )  # fmt: skip
        await records.append(told, (), "s")
        (page_now,) = (await records.call("a")).pages
        assert (page_now.treating, page_now.route) == (treating or "ann", expected)


@pytest.mark.asyncio
async def test_a_withheld_number_has_no_history(records: Records) -> None:
    await whole_call(records, "a", at=T0 - HOUR, end=(Disposition.D1, "end"), caller=None)
    found = await records.history("rosewood", None, Instant(T0))
    assert (found.contacts, found.silent) == (0, 0)


@pytest.mark.asyncio
async def test_calls_are_listed_newest_first_by_clinic_and_time(records: Records) -> None:
    for hour, clinic in enumerate(("rosewood", "oakfield", "rosewood", "rosewood")):
        await records.append(started(f"c{hour}", at=T0 + hour * HOUR, clinic=clinic), (), "s")
    assert [record.call for record in await records.calls()] == ["c3", "c2", "c1", "c0"]
    assert [record.call for record in await records.calls(clinic="rosewood")] == ["c3", "c2", "c0"]
    assert [record.call for record in await records.calls(since=Instant(T0 + 2 * HOUR))] == ["c3", "c2"]
    assert [record.call for record in await records.calls(limit=1)] == ["c3"]


@pytest.mark.asyncio
async def test_a_flow_version_is_kept_by_its_hash(records: Records) -> None:
    await records.store_flow("rosewood", "f1", '{"spec":"1.0"}')
    await records.store_flow("rosewood", "f1", '{"spec":"1.0"}')
    assert await records.flow("f1") == '{"spec":"1.0"}'
    assert await records.flow("f2") is None


@pytest.mark.asyncio
async def test_what_is_not_there_is_not_found(records: Records) -> None:
    with pytest.raises(RecordNotFound):
        await records.call("nobody")
    with pytest.raises(RecordNotFound):
        await records.journal("nobody")


@pytest.mark.asyncio
async def test_closed_records_take_no_more(records: Records) -> None:
    await records.append(started(), (), "s0")
    await records.aclose()
    with pytest.raises(RecordsFailed):
        await records.append(key(1), (), "s1")
    with pytest.raises(RecordsFailed):
        await records.store_flow("rosewood", "f9", "{}")
    await records.aclose()


@pytest.mark.asyncio
async def test_an_event_that_no_session_saw_leaves_the_session_there(records: Records) -> None:
    await records.append(started(), (Answer(call="a", n=0),), "s0")
    await records.append(key(1), (), "s1")
    await records.append(key(2), (), "")
    (waiting,) = await records.open_calls()
    assert (waiting.session, waiting.record.last_seq) == ("s1", 2)
