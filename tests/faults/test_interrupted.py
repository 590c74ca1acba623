"""A process that dies between two events of a real session: its own flow version closes the call, with a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Effect
from nightbell.call.events import Event, HistoryFound
from nightbell.call.session import Session
from nightbell.flow.archive import flow_from_json, flow_to_json
from nightbell.records.recovery import recover
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition, highest
from nightbell.terms.instant import Instant
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow

LATER = Instant(1_795_387_200_000 + 3_600_000)
PATIENT_MS = 20_000
"""The disk is no part of this: beside other tests it may be busy for longer than a call would wait."""


class KeptCall(HandCall):
    """A call by hand that keeps what was to be appended after each event."""

    def __init__(self) -> None:
        self.appends: list[tuple[Event, Sequence[Effect], str]] = []
        super().__init__(small_flow())

    def tell(self, kind: type[Any], *, after_ms: int = 100, **fields: Any) -> list[Effect]:
        effects = super().tell(kind, after_ms=after_ms, **fields)
        self.appends.append((self.events[-1], effects, self.session.save()))
        return effects


def red_flag() -> KeptCall:
    call = KeptCall()
    call.tell(HistoryFound, timed_out=False)
    call.until("reason")
    call.say("worried")
    call.until("screen.sight")
    call.say("no")
    call.until("screen.pain")
    call.say("yes")
    for _ in range(4):
        if call.session.memory.playing is not None:
            call.prompt_ends()
    return call


def key_nine() -> KeptCall:
    call = KeptCall()
    call.tell(HistoryFound, timed_out=False)
    call.press("9")
    call.until("~nine.offer")
    return call


def handle(content: str, saved: str, event: Event) -> tuple[Sequence[Effect], str]:
    session = Session.load(compile_flow(flow_from_json(content)), saved)
    effects = session.handle(event)
    return effects, session.save()


@pytest.mark.asyncio
@pytest.mark.parametrize("story", [red_flag, key_nine])
async def test_every_open_call_is_closed_by_its_own_session(tmp_path: Path, story: Any) -> None:
    call: KeptCall = story()
    flow = small_flow()
    for length in range(1, len(call.appends) + 1):
        before = call.appends[:length]
        if any(isinstance(effect, Close) for _, effects, _ in before for effect in effects):
            break
        path = tmp_path / f"{length}.db"
        records = await open_sqlite(path, now=Instant(0))
        await records.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
        for event, effects, saved in before:
            await records.append(event, effects, saved, limit_ms=PATIENT_MS)
        floor = (await records.call("c1")).floor
        await records.aclose()

        again = await open_sqlite(path, now=LATER)
        done = await recover(again, handle, now=LATER)
        assert done.by_session == ("c1",), f"after {before[-1][0].kind}: {done}"
        record = await again.call("c1")
        least = highest(floor, Disposition.DU)
        assert least is not None
        assert record.disposition is not None
        assert record.disposition.at_least(least)
        assert record.reason == "interrupted"
        assert record.pages
        assert len({page.id for page in record.pages}) == len(record.pages)
        assert [entry.event.seq for entry in await again.journal("c1")] == list(range(length + 1))
        await again.aclose()
    else:
        length += 1
    assert length > 5, "the call was too short to show anything"
