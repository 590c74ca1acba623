"""Reception: who comes in, what the others are told, reload, drain, and calls that hang."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio
from tests.unit.line.sip.torture import request
from tests.unit.line.sip.wire import wire

from nightbell.bootstrap.http import OpenHttp
from nightbell.bootstrap.line import OpenLine
from nightbell.conversation.conversation import Outcome
from nightbell.errors import LineFailed, SynthesisFailed
from nightbell.flow.load import load_flow
from nightbell.line.port import Line, Tick
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.ports import PortRange
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.trust import Trust
from nightbell.reception.admission import Admission
from nightbell.reception.call_id import mark_of
from nightbell.reception.directory import Directory, Entry
from nightbell.reception.live import LiveCall, WatchedLine
from nightbell.reception.meter import Meter
from nightbell.reception.reception import CallLimits, Reception
from nightbell.terms.disposition import Disposition
from nightbell.testing.line import FakeLine

pytestmark = pytest.mark.asyncio

ROOT = Path(__file__).parents[3]
NUMBER = "+442079460142"


@dataclass
class FakeRing:
    id: str = "one@192.0.2.9"
    caller: str | None = "+447700900123"
    called: str = NUMBER
    source: str = "127.0.0.1"
    display: str = ""
    test: bool = False
    rejected: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)

    def reject(self, code: int, reason: str = "", headers: Sequence[tuple[str, str]] = ()) -> None:
        self.rejected.append((code, reason, dict(headers)))


@dataclass
class FakeTaker:
    """Keeps each call until it is let go."""

    lines: list[Line] = field(default_factory=list)
    live: list[LiveCall] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    rescued: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    heeds: bool = True
    breaks: bool = False
    breaks_before: bool = False
    fails_to_prepare: bool = False

    async def __call__(self, line: Line, live: LiveCall) -> Outcome:
        self.lines.append(line)
        self.live.append(live)
        if self.breaks_before:
            raise SynthesisFailed("no voice", provider="fake")
        await line.answer()
        if self.breaks:
            raise RuntimeError("a fault of ours")

        def give_up() -> None:
            self.given_up.append(live.call)
            if self.heeds:
                self.over.set()

        live.give_up = give_up
        await self.over.wait()
        return Outcome(call=live.call, disposition=Disposition.D5, floor=None, audio_ms=0)

    async def rescue(self, line: Line, live: LiveCall) -> None:
        self.rescued.append(live.call)
        await line.hang_up()

    async def prepare(self, entry: Entry) -> None:
        if self.fails_to_prepare:
            raise SynthesisFailed("no voice", provider="fake")
        self.prepared.append(entry.flow.hash)


@pytest.fixture(scope="module")
def rosewood() -> Entry:
    folder = ROOT / "flows" / "rosewood"
    return Entry(flow=load_flow(folder), folder=folder, draft=False)


@dataclass
class House:
    reception: Reception
    taker: FakeTaker
    meter: Meter
    lines: list[FakeLine]


@pytest_asyncio.fixture
async def house(rosewood: Entry) -> AsyncIterator[House]:
    lines: list[FakeLine] = []

    def line_of(ring: object) -> Line:
        if len(lines) >= 3:
            raise LineFailed("no port", provider="rtp")
        lines.append(FakeLine(caller="07700900123", called="02079460142"))
        return lines[-1]

    taker, meter = FakeTaker(), Meter()
    reception = Reception(
        Directory([rosewood]),
        admission=Admission(most=2, retry_after_s=7),
        line_of=line_of,
        taker=taker,
        meter=meter,
        limits=CallLimits(stalled_s=5, dead_air_s=150, stop_s=1),
        test_numbers=frozenset({"+447700900555"}),
        self_test="self-test-1",
    )
    yield House(reception, taker, meter, lines)
    await reception.stop()


async def until(true: Callable[[], object], limit_s: float = 5) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


def figure(meter: Meter, name: str) -> float:
    lines = [line for line in meter.text().splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else 0.0


async def test_the_lines_own_test_call_is_taken_and_counts_nowhere(house: House) -> None:
    await house.reception.invited(FakeRing(id="a", caller=None, display="self-test-1"))
    await house.reception.invited(FakeRing(id="b", caller=None, display="self-test-1", source="192.0.2.9"))
    await until(lambda: len(house.taker.live) == 2 and all(live.answered for live in house.taker.live))
    assert [live.test for live in house.taker.live] == [True, False], "only from this machine itself"
    assert house.reception.callers == 1
    refused = FakeRing(id="c", caller=None, display="self-test-1")
    await house.reception.invited(refused)
    assert [code for code, _, _ in refused.rejected] == [486]
    assert "nightbell_calls_refused_total{" not in house.meter.text()
    house.taker.over.set()
    await until(lambda: not house.reception.calls)
    assert figure(house.meter, "nightbell_calls_answered_total") == 1
    assert figure(house.meter, 'nightbell_calls_ended_total{disposition="D5"}') == 1


async def test_a_call_is_taken_with_both_numbers_as_the_clinic_writes_them(house: House) -> None:
    await house.reception.invited(FakeRing(caller="07700900123", called="sip:02079460142@192.0.2.1"))
    await until(lambda: house.taker.live and house.taker.live[0].answered)
    line, live = house.taker.lines[0], house.taker.live[0]
    assert (line.caller, line.called) == ("+447700900123", NUMBER)
    assert live.call.endswith(mark_of("one@192.0.2.9"))
    assert figure(house.meter, "nightbell_calls_live") == 1
    house.taker.over.set()
    await until(lambda: not house.reception.calls)
    assert figure(house.meter, "nightbell_calls_live") == 0
    assert figure(house.meter, "nightbell_calls_answered_total") == 1
    assert figure(house.meter, 'nightbell_calls_ended_total{disposition="D5"}') == 1


async def test_two_calls_that_the_other_side_calls_the_same_are_two(house: House) -> None:
    await house.reception.invited(FakeRing())
    await house.reception.invited(FakeRing())
    await until(lambda: len(house.taker.live) == 2)
    assert house.taker.live[0].call != house.taker.live[1].call


async def test_a_number_of_nobody_here_is_not_found(house: House) -> None:
    ring = FakeRing(called="+442079460999")
    await house.reception.invited(ring)
    assert ring.rejected == [(404, "Not Found", {})]
    assert not house.reception.calls


async def test_it_tells_beforehand_how_a_call_would_be_refused_and_takes_no_place_for_it(house: House) -> None:
    asked = [house.reception.refuses(FakeRing(called=called)) for called in (NUMBER, "+442079460999")]
    assert asked == [0, 404]
    for _ in range(2):
        assert house.reception.refuses(FakeRing()) == 0
        await house.reception.invited(FakeRing())
    assert house.reception.refuses(FakeRing()) == 486
    assert figure(house.meter, 'nightbell_calls_refused_total{reason="full"}') == 1
    house.taker.over.set()
    await until(lambda: not house.reception.calls)
    assert house.reception.refuses(FakeRing()) == 0
    await house.reception.drain(within_s=0)
    assert house.reception.refuses(FakeRing()) == 503


async def test_one_call_over_the_cap_is_busy_and_the_place_is_free_again_afterwards(house: House) -> None:
    for _ in range(2):
        await house.reception.invited(FakeRing())
    ring = FakeRing()
    await house.reception.invited(ring)
    assert ring.rejected == [(486, "Busy Here", {})]
    assert figure(house.meter, 'nightbell_calls_refused_total{reason="full"}') == 1
    await until(lambda: len(house.taker.live) == 2)
    house.taker.over.set()
    await until(lambda: not house.reception.calls)
    again = FakeRing()
    await house.reception.invited(again)
    assert again.rejected == []


async def test_a_call_without_a_port_goes_elsewhere_and_takes_no_place(house: House) -> None:
    house.taker.over.set()
    for _ in range(3):
        await house.reception.invited(FakeRing())
        await until(lambda: not house.reception.calls)
    ring = FakeRing()
    await house.reception.invited(ring)
    assert ring.rejected == [(503, "Service Unavailable", {"Retry-After": "7"})]
    assert not house.reception.calls


async def test_a_fault_of_ours_ends_that_call_and_no_other(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: len(house.taker.live) == 1)
    house.taker.breaks = True
    await house.reception.invited(FakeRing())
    await until(lambda: len(house.taker.live) == 2 and len(house.reception.calls) == 1)
    assert house.taker.rescued == [house.taker.live[1].call]
    assert house.lines[1].hung_up == 1
    assert house.lines[0].hung_up == 0


async def test_a_call_that_breaks_before_it_is_picked_up_hears_the_recorded_words_all_the_same(
    house: House,
) -> None:
    house.taker.breaks_before = True
    await house.reception.invited(FakeRing())
    await until(lambda: not house.reception.calls)
    assert house.taker.live[0].answered
    assert house.taker.rescued == [house.taker.live[0].call]
    assert figure(house.meter, 'nightbell_calls_rescued_total{reason="broke"}') == 1


@pytest.mark.parametrize(
    ("source", "caller", "taken"),
    [
        ("127.0.0.1", "+447700900123", True),
        ("::1", None, True),
        ("192.0.2.9", "07700900555", True),
        ("192.0.2.9", "+447700900123", False),
        ("192.0.2.9", None, False),
        ("", "+447700900123", False),
    ],
)
async def test_unsigned_wording_is_for_this_machine_and_listed_callers(
    house: House, rosewood: Entry, source: str, caller: str | None, *, taken: bool
) -> None:
    house.reception.directory = Directory([replace(rosewood, draft=True)])
    ring = FakeRing(source=source, caller=caller)
    await house.reception.invited(ring)
    assert bool(house.reception.calls) == taken
    assert ring.rejected == ([] if taken else [(503, "Service Unavailable", {"Retry-After": "7"})])


async def test_a_reload_serves_the_new_version_and_leaves_live_calls_alone(house: House, rosewood: Entry) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live)
    new = replace(rosewood, flow=replace(rosewood.flow, hash="new"))
    await house.reception.reload(Directory([new]))
    await house.reception.invited(FakeRing())
    await until(lambda: len(house.taker.live) == 2)
    assert [live.entry.flow.hash for live in house.taker.live] == [rosewood.flow.hash, "new"]
    assert house.taker.prepared == ["new"]


async def test_a_reload_that_cannot_be_spoken_keeps_the_old_version(house: House, rosewood: Entry) -> None:
    house.taker.fails_to_prepare = True
    before = house.reception.directory
    with pytest.raises(SynthesisFailed):
        await house.reception.reload(Directory([replace(rosewood, draft=True)]))
    assert house.reception.directory is before


async def test_a_drain_takes_no_new_call_and_lets_the_live_one_finish(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live)
    draining = asyncio.create_task(house.reception.drain(within_s=30))
    await until(lambda: house.reception.draining)
    ring = FakeRing()
    await house.reception.invited(ring)
    assert ring.rejected == [(503, "Service Unavailable", {"Retry-After": "7"})]
    assert not draining.done()
    house.taker.over.set()
    async with asyncio.timeout(5):
        await draining
    assert house.taker.given_up == []


async def test_while_it_drains_options_are_told_that_no_call_is_taken(house: House) -> None:
    config = AgentConfig(trust=Trust(networks=("127.0.0.1",)), close_limit_s=0.05)
    engine = RtpEngine(PortRange("127.0.0.1", 20_000, 20_009), media_timeout_s=1)
    line = OpenLine(
        reception=house.reception, agent=SipAgent(config), engine=engine, meter=house.meter, web=OpenHttp()
    )
    await line.agent.start()
    try:
        async with wire() as peer:
            peer.send(request("before"), line.agent.address())
            assert (await peer.response()).status == 200
            await house.reception.invited(FakeRing())
            await until(lambda: house.taker.live)
            draining = asyncio.create_task(line.drain(within_s=30))
            await until(lambda: house.reception.draining)
            peer.send(request("meanwhile"), line.agent.address())
            assert (await peer.response()).status == 503
            assert not draining.done(), "the live call goes on"
            house.taker.over.set()
            async with asyncio.timeout(5):
                await draining
    finally:
        await line.agent.close()
        engine.close()


async def test_at_its_limit_a_drain_has_the_calls_say_the_recorded_words(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live and house.taker.live[0].give_up)
    async with asyncio.timeout(5):
        await house.reception.drain(within_s=0.05)
    assert house.taker.given_up == [house.taker.live[0].call]
    assert figure(house.meter, 'nightbell_calls_rescued_total{reason="drain"}') == 1


async def test_a_call_that_heeds_nothing_does_not_hold_a_drain_up(house: House) -> None:
    house.taker.heeds = False
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live and house.taker.live[0].give_up)
    async with asyncio.timeout(5):
        await house.reception.drain(within_s=0.05)
    assert not house.reception.calls


async def test_dead_air_is_given_up_once(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live and house.taker.live[0].give_up)
    live, patrol = house.taker.live[0], house.reception._patrol
    house.taker.heeds = False
    live.taken = live.answered + 149
    await patrol.round(live.answered + 149)
    assert house.taker.given_up == []
    live.taken = live.answered + 151
    await patrol.round(live.answered + 151)
    await patrol.round(live.answered + 151)
    assert house.taker.given_up == [live.call]


async def test_a_caller_who_talks_to_a_person_is_no_dead_air(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live and house.taker.live[0].give_up)
    live = house.taker.live[0]
    live.connected = lambda: True
    live.taken = live.answered + 3600
    await house.reception._patrol.round(live.answered + 3600)
    house.reception._patrol.give_up(live, "drain")
    assert house.taker.given_up == []


async def test_a_conversation_that_takes_no_sound_is_taken_from_its_line(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live and house.taker.live[0].answered)
    live = house.taker.live[0]
    await house.reception._patrol.round(live.answered + 4)
    assert not live.rescuing
    for _ in range(2):
        await house.reception._patrol.round(live.answered + 6)
    assert not live.rescuing, "a loop that stood still is no hanging conversation"
    await house.reception._patrol.round(live.answered + 7)
    await until(lambda: not house.reception.calls)
    assert house.taker.rescued == [live.call]
    assert house.lines[0].hung_up == 1


async def test_a_call_that_is_over_and_being_written_down_is_left_alone(house: House) -> None:
    await house.reception.invited(FakeRing())
    await until(lambda: house.taker.live and house.taker.live[0].answered)
    live = house.taker.live[0]
    live.gone = True
    for later in range(6, 300):
        await house.reception._patrol.round(live.answered + later)
    assert not live.rescuing
    assert house.taker.given_up == []


async def test_a_watched_line_notes_what_is_taken_and_passes_all_of_it_on(rosewood: Entry) -> None:
    live = LiveCall(call="one", entry=rosewood)
    line = WatchedLine(FakeLine(length=5), live, caller=None, called=NUMBER)
    await line.answer()
    ticks: list[Tick] = [tick async for tick in line.ticks()]
    assert len(ticks) == 5
    assert live.taken >= live.answered > 0
    assert ticks[-1].gone == "caller"
    assert live.gone
