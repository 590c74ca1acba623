"""A call from the browser phone reaches nobody: no telephone, no row, no duty, whatever it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.peers.trying import Trying

from nightbell.call.effects import Effect
from nightbell.call.events import CallStarted, Event, HistoryFound
from nightbell.conversation.clock import AudioClock
from nightbell.line.stream.ring import StreamRing
from nightbell.reception.live import LiveCall
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.staged import Staged
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.instant import Instant
from nightbell.testing.line import FakeLine

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

FOLDER = Path(__file__).parents[3] / "flows" / "rosewood"


@pytest.mark.parametrize("key", ["0", "9"])
@pytest.mark.parametrize("done", [["up", "1", "down"], ["up", "3"], []])
async def test_a_page_rings_the_handset_and_nobody_else(key: str, done: list[str]) -> None:
    clinic, left = Trying(FOLDER), [*done]
    told: list[tuple[str, str, str]] = []

    def tell(who: str, text: str, **more: str) -> None:
        told.append((who, more.get("state", ""), text))
        if more.get("state") in {"ringing", "asking", "talking"} and left:
            asyncio.get_running_loop().call_soon(ring.on_handset, left.pop(0))

    ring = StreamRing(id="r", caller=None, called="rosewood", test=True, tell=tell)
    await clinic.call(FakeLine(keys={700: (key,)}, length=4_000), ring)
    assert any(who == "page" for who, _, _ in told)
    assert any(state == "ringing" for _, state, _ in told)
    assert left == []
    assert [type(one) for one in clinic.kept] == [UnkeptRecords]
    digits = "".join(sign for _, _, text in told for sign in text if sign.isdigit())
    assert not any(number in digits for number in ("770090", "900701", "79460199"))  # rule 7
    assert not any(name in text for _, _, text in told for name in ("Anna", "Harrowgate", "Wrenfield"))


async def test_a_try_that_is_rehearsed_has_its_night_its_outside_and_its_number_from_the_script() -> None:
    now = Instant.parse("2026-11-22T01:00:00+00:00")
    over: list[str] = []
    seen: list[Event] = []

    class Follower:
        def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
            seen.append(event)

        def speaking(self, prompt: str, audio_ms: int) -> None: ...

    def stage(live: LiveCall) -> Staged:
        assert live.ring is not None
        assert live.ring.display == "rehearsal-1"
        return Staged(
            clock=AudioClock(now),
            world=lambda real: ScriptedWorld(real, Fakes(contacts_96h=2, hours="closed")),
            observers=(Follower(),),
            caller="07700 900123",
            over=over.append,
        )

    clinic, told = Trying(FOLDER, stage=stage), list[str]()

    def tell(who: str, text: str, **more: str) -> None:
        told.append(more.get("state", who))

    ring = StreamRing(id="r", caller=None, called="rosewood", display="rehearsal-1", test=True, tell=tell)
    outcome = await clinic.call(FakeLine(keys={700: ("0",)}, length=4_000), ring, watched=True)
    assert over == [outcome.disposition.value]
    (began,) = (event for event in seen if isinstance(event, CallStarted))
    assert (began.at_utc, began.caller) == (now.ms, "+447700900123")
    (past,) = (event for event in seen if isinstance(event, HistoryFound))
    assert past.contacts_96h == 2
    assert "ringing" in told, "who is on call is the handset still"
    assert [type(one) for one in clinic.kept] == [UnkeptRecords]
