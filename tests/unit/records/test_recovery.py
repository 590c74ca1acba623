from __future__ import annotations

from collections.abc import Sequence

import pytest

from nightbell.call.effects import Close, Effect, Escalate, RingBack
from nightbell.call.events import Event, Interrupted
from nightbell.errors import SessionError
from nightbell.records.port import CloseReason
from nightbell.records.recovery import Recoverable, recover
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.journal import T0, made_up_journal
from nightbell.testing.records import MemoryRecords

NOW = Instant(T0 + 60_000)


async def open_call(events: int) -> MemoryRecords:
    records = MemoryRecords()
    await records.store_flow("rosewood", "f1", "the flow")
    for event, effects in made_up_journal("a")[:events]:
        await records.append(event, effects, f"s{event.seq}")
    return records


def ending(
    disposition: Disposition, *, page: bool = True, close: bool = True, reason: CloseReason = "interrupted"
) -> Recoverable:
    def handle(content: str, session: str, event: Event) -> tuple[Sequence[Effect], str]:
        assert isinstance(event, Interrupted)
        effects: list[Effect] = []
        if page:
            effects.append(Escalate(call="a", n=50, disposition=disposition, state="x", question=""))
        if close:
            effects.append(Close(call="a", n=51, disposition=disposition, state="x", reason=reason))
        return effects, f"{content}|{session}"

    return handle


def raising(error: Exception) -> Recoverable:
    def handle(content: str, session: str, event: Event) -> tuple[Sequence[Effect], str]:
        raise error

    return handle


@pytest.mark.asyncio
async def test_a_session_that_can_ends_its_own_call() -> None:
    records = await open_call(2)
    done = await recover(records, ending(Disposition.DU), now=NOW)
    assert (done.by_session, done.by_fallback, done.failed) == (("a",), (), ())
    record = await records.call("a")
    assert (record.disposition, record.reason, record.closed) == (Disposition.DU, "interrupted", NOW)
    assert [page.id for page in record.pages] == ["a:50"]
    last = (await records.journal("a"))[-1].event
    assert (last.kind, last.seq, last.at_utc) == ("interrupted", 2, NOW.ms)


@pytest.mark.asyncio
async def test_the_session_gets_its_flow_and_its_last_state() -> None:
    records = await open_call(2)
    seen: list[tuple[str, str]] = []

    def handle(content: str, session: str, event: Event) -> tuple[Sequence[Effect], str]:
        seen.append((content, session))
        return ending(Disposition.DU)(content, session, event)

    await recover(records, handle, now=NOW)
    assert seen == [("the flow", "s1")]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("handle", "events"),
    [
        (raising(SessionError("of another version")), 2),
        (raising(KeyError("a fault")), 2),
        (ending(Disposition.DU, page=False), 2),
        (ending(Disposition.DU, close=False), 2),
        (ending(Disposition.D5), 2),
        (ending(Disposition.DU, reason="end"), 2),
        (ending(Disposition.DU), 3),
    ],
    ids=["unusable", "broken", "no page", "no outcome", "too low", "another reason", "below the floor"],
)
async def test_what_a_session_leaves_out_is_made_good(handle: Recoverable, events: int) -> None:
    records = await open_call(events)
    done = await recover(records, handle, now=NOW)
    assert done.by_fallback == ("a",)
    record = await records.call("a")
    assert record.disposition is (Disposition.D1 if events == 3 else Disposition.DU)
    assert record.reason == "interrupted"
    assert record.pages[-1].disposition is record.disposition
    effects = (await records.journal("a"))[-1].effects
    assert [type(effect) for effect in effects] == [Escalate, RingBack, Close]
    assert effects[0].n == (5 if events == 3 else 3), "effect numbers go on where the call stopped"
    assert record.ring_backs[-1].number == "+441632960001"


@pytest.mark.asyncio
async def test_a_page_that_is_out_already_is_enough() -> None:
    records = await open_call(3)
    done = await recover(records, ending(Disposition.D1, page=False), now=NOW)
    assert done.by_session == ("a",)
    assert len((await records.call("a")).pages) == 1


@pytest.mark.asyncio
async def test_records_that_fail_leave_the_call_open_for_the_next_start() -> None:
    records = await open_call(2)
    records.failing = True
    done = await recover(records, ending(Disposition.DU), now=NOW)
    assert done.failed == ("a",)
    records.failing = False
    assert (await recover(records, ending(Disposition.DU), now=NOW)).by_session == ("a",)


@pytest.mark.asyncio
async def test_time_never_runs_backwards_in_a_journal() -> None:
    records = await open_call(3)
    await recover(records, ending(Disposition.D1), now=Instant(0))
    times = [entry.event.at_utc for entry in await records.journal("a")]
    assert times == sorted(times)
