"""Paging on the line's side: who is connected with whom once a key was written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from nightbell.errors import LineFailed
from nightbell.escalation.port import How, Ring, Status
from nightbell.line.dialler import Outcome, PersonLeg, Rung
from nightbell.reception import paging as module
from nightbell.reception.hand_overs import HandOvers
from nightbell.reception.paging import Paging

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]

RING = Ring(
    page="c:1/1.1.anna",
    escalation="c:1",
    call="c",
    clinic="rosewood",
    number="+447700900701",
    whisper="Rosewood: urgent.",
    ring_ms=5000,
)


class Leg:
    """A person's leg that only remembers being put down."""

    def __init__(self) -> None:
        self.down = False
        self.lines: list[object] = []

    async def talk(self, line: object, *, keep: bool = False) -> str:
        assert keep
        self.lines.append(line)
        return "caller"

    async def hang_up(self) -> None:
        self.down = True


@dataclass
class Outside:
    """The way out in memory."""

    rung: list[Rung]
    caller_is: Outcome = "taken"
    words: list[str] = field(default_factory=list)
    joined: asyncio.Queue[object] = field(default_factory=asyncio.Queue)
    told: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    held: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def person(self, ring: Ring, words: str, ring_s: float) -> Rung:
        self.words.append(words)
        return self.rung.pop(0)

    async def caller(self, call: str, number: str, reason: str) -> Rung:
        return Rung(self.caller_is)

    async def join(self, call: str, leg: PersonLeg, ring_s: float) -> Outcome:
        self.joined.put_nowait(leg)
        return self.caller_is

    async def hold(self, leg: PersonLeg, words: str) -> None:
        self.held.put_nowait(words)
        await self.left.wait()

    async def tell(self, leg: PersonLeg, words: str) -> None:
        self.told.put_nowait(words)


class Rows:
    """Where an escalation stands, as a test says."""

    def __init__(self) -> None:
        self.says: asyncio.Queue[Status] = asyncio.Queue()

    async def follow(self, escalation: str) -> AsyncIterator[Status]:
        while True:
            yield await self.says.get()


class Asked:
    """What asks who was woken, in memory."""

    def __init__(self) -> None:
        self.whom: asyncio.Queue[tuple[str, str, object]] = asyncio.Queue()

    async def ask(self, call: str, escalation: str, leg: object) -> None:
        self.whom.put_nowait((call, escalation, leg))


def paging(outside: Outside, hand_overs: HandOvers, *, live: bool = False, asked: Asked | None = None) -> Paging:
    return Paging(outside, hand_overs, asked or Asked(), live=lambda _: live)  # type: ignore[arg-type]


async def won(how: How) -> bool:
    return True


async def beaten(how: How) -> bool:
    return False


async def test_a_caller_who_waits_gets_the_person_before_they_hear_that_somebody_has_it() -> None:
    rows, leg = Rows(), Leg()
    hand_overs = HandOvers(rows.follow)
    changes = hand_overs.follow("c:1")
    rows.says.put_nowait("ringing")
    assert await anext(changes) == "ringing"
    waiting: asyncio.Task[Any] = asyncio.ensure_future(anext(changes))

    async def written(how: How) -> bool:
        rows.says.put_nowait("acknowledged")  # the row says so before the key's own end knows
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        return True

    outside, asked = Outside([Rung("taken", leg)]), Asked()  # type: ignore[arg-type]
    held = paging(outside, hand_overs, asked=asked)
    assert await held.ring(RING, written) == "taken"
    person = await waiting
    assert await anext(changes) == "acknowledged"
    await changes.aclose()  # type: ignore[attr-defined]
    assert (leg.down, outside.joined.empty(), asked.whom.empty()) == (False, True, True)
    await person.talk("the caller's line")
    assert leg.lines == ["the caller's line"]
    async with asyncio.timeout(5):
        assert await asked.whom.get() == ("c", "c:1", leg), "the caller has left them"


async def test_a_caller_who_is_gone_is_rung_for_the_person() -> None:
    leg = Leg()
    outside, asked = Outside([Rung("taken", leg)]), Asked()  # type: ignore[arg-type]
    held = paging(outside, HandOvers(Rows().follow), asked=asked)
    assert await held.ring(RING, won) == "taken"
    async with asyncio.timeout(5):
        assert await outside.joined.get() is leg
        assert await asked.whom.get() == ("c", "c:1", leg), "once the caller has hung up"


@pytest.mark.parametrize("leaves", [False, True], ids=["waits", "leaves"])
async def test_a_person_is_kept_company_until_the_caller_has_heard_their_last_words(*, leaves: bool) -> None:
    leg, live = Leg(), [True]
    outside = Outside([Rung("taken", leg)])  # type: ignore[arg-type]
    held = Paging(outside, HandOvers(Rows().follow), Asked(), live=lambda _: live[0])  # type: ignore[arg-type]
    assert await held.ring(RING, won) == "taken"
    async with asyncio.timeout(5):
        assert "stay on the line" in await outside.held.get()
        assert outside.joined.empty(), "the caller is still on the line"
        if leaves:
            outside.left.set()
            await asyncio.wait(held._tasks)
            assert (leg.down, outside.joined.empty()) == (True, True), "nobody is rung for nobody"
        else:
            live[0] = False
            assert await outside.joined.get() is leg
    await held.aclose()


async def test_a_caller_who_does_not_answer_is_told_to_the_person() -> None:
    outside, asked = Outside([Rung("taken", Leg())], caller_is="no_answer"), Asked()  # type: ignore[arg-type]
    held = paging(outside, HandOvers(Rows().follow), asked=asked)
    assert await held.ring(RING, won) == "taken"
    async with asyncio.timeout(5):
        assert "does not answer" in await outside.told.get()
    assert asked.whom.empty()


async def test_three_rings_the_person_again_and_then_the_caller() -> None:
    leg = Leg()
    outside = Outside([Rung("ring_back"), Rung("taken", leg)])  # type: ignore[arg-type]
    held = paging(outside, HandOvers(Rows().follow))
    assert await held.ring(RING, won) == "ring_back"
    async with asyncio.timeout(5):
        assert await outside.joined.get() is leg
    assert outside.words[0] == RING.whisper


async def test_two_people_talk_as_long_as_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OVER_S", 0.02)
    monkeypatch.setattr(module, "_RING_CALLER_S", 0.02)
    over = asyncio.Event()

    class Talk(Outside):
        async def join(self, call: str, leg: PersonLeg, ring_s: float) -> Outcome:
            self.joined.put_nowait(leg)
            await asyncio.sleep(0.3)  # a talk longer than all the waiting before it may last
            over.set()
            return "taken"

    asked, leg = Asked(), Leg()
    held = paging(Talk([Rung("ring_back"), Rung("taken", leg)]), HandOvers(Rows().follow), asked=asked)  # type: ignore[arg-type]
    assert await held.ring(RING, won) == "ring_back"
    async with asyncio.timeout(5):
        assert await asked.whom.get() == ("c", "c:1", leg)
    assert over.is_set()


async def test_a_person_whose_caller_went_as_they_pressed_the_key_gets_them_rung() -> None:
    rows, leg = Rows(), Leg()
    hand_overs = HandOvers(rows.follow)
    changes = hand_overs.follow("c:1")
    rows.says.put_nowait("ringing")
    assert await anext(changes) == "ringing"
    outside = Outside([Rung("taken", leg)])  # type: ignore[arg-type]
    assert await paging(outside, hand_overs).ring(RING, won) == "taken"
    assert outside.joined.empty(), "the caller is there"
    await changes.aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(5):
        assert await outside.joined.get() is leg
    assert not leg.down


async def test_a_person_who_comes_after_the_caller_was_told_is_kept_company_and_the_caller_rung() -> None:
    rows, leg = Rows(), Leg()
    hand_overs = HandOvers(rows.follow)
    changes = hand_overs.follow("c:1")
    rows.says.put_nowait("acknowledged")  # duty wrote the key down, and was stopped before it said so
    assert await anext(changes) == "acknowledged"
    outside = Outside([Rung("taken", leg)])  # type: ignore[arg-type]
    assert await paging(outside, hand_overs).ring(RING, won) == "taken"
    async with asyncio.timeout(5):
        assert await outside.joined.get() is leg
    await changes.aclose()  # type: ignore[attr-defined]
    assert not leg.down


async def test_a_person_whose_caller_cannot_be_rung_is_not_left_on_a_silent_line() -> None:
    class Broken(Outside):
        async def join(self, call: str, leg: PersonLeg, ring_s: float) -> Outcome:
            raise LineFailed("gone", provider="line")

    leg = Leg()
    held = paging(Broken([Rung("taken", leg)]), HandOvers(Rows().follow))  # type: ignore[arg-type]
    assert await held.ring(RING, won) == "taken"
    async with asyncio.timeout(5):
        while not leg.down:  # noqa: ASYNC110 - a flag rings no bell
            await asyncio.sleep(0)


async def test_who_comes_second_connects_nobody() -> None:
    outside = Outside([Rung("taken", Leg()), Rung("ring_back")])  # type: ignore[arg-type]
    held = paging(outside, HandOvers(Rows().follow))
    assert await held.ring(RING, beaten) == "no_answer"
    async with asyncio.timeout(5):
        assert "nothing to take" in await outside.told.get()
    assert await held.ring(RING, beaten) == "ring_back"
    await held.aclose()
    assert outside.joined.empty()


async def test_a_person_whose_key_nobody_wrote_down_is_told_so_and_put_down() -> None:
    async def gone(how: How) -> bool:
        raise LineFailed("gone", provider="duty")

    outside = Outside([Rung("taken", Leg())])  # type: ignore[arg-type]
    with pytest.raises(LineFailed):
        await paging(outside, HandOvers(Rows().follow)).ring(RING, gone)
    async with asyncio.timeout(5):
        assert "not yours yet" in await outside.told.get()


@pytest.mark.parametrize(
    ("outcome", "told"),
    [("passed", "passed"), ("no_key", "no_answer"), ("busy", "busy"), ("refused", "failed"), ("failed", "failed")],
)
async def test_nothing_but_a_key_is_taken(outcome: Outcome, told: str) -> None:
    async def never(how: How) -> bool:
        raise AssertionError(how)

    held = paging(Outside([Rung(outcome)]), HandOvers(Rows().follow))
    assert await held.ring(RING, never) == told


@pytest.mark.parametrize(("outcome", "told"), [("taken", "reached"), ("no_key", "no_answer"), ("busy", "busy")])
async def test_a_ring_back_reaches_who_presses_a_key(outcome: Outcome, told: str) -> None:
    held = paging(Outside([], caller_is=outcome), HandOvers(Rows().follow))
    assert await held.ring_back("c", "+447700900101", reason="dropped") == told
