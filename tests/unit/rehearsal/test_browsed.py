"""A call from the phone page that is rehearsed: when and how its handset is taken, and what the page is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from nightbell.audio.frame import Frame
from nightbell.call.effects import Close, Effect, Escalate, Play, Transfer
from nightbell.call.events import EscalationChanged, Event, KeyPressed
from nightbell.flow.load import load_flow
from nightbell.line.port import Tick
from nightbell.rehearsal.browsed import page as page_module
from nightbell.rehearsal.browsed.casting import cast_by_page
from nightbell.rehearsal.browsed.page import Page
from nightbell.rehearsal.script import Expect, Fakes, Script
from nightbell.rehearsal.witness import Witness
from nightbell.terms.disposition import Disposition
from nightbell.terms.segment import Segment

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

FLOW = load_flow(Path(__file__).parents[3] / "flows" / "rosewood")
SCRIPT = Script(
    name="one",
    about="",
    file="one.yaml",
    expect=Expect(disposition=Disposition("D1")),
    answers=(),
    fakes=Fakes(acknowledged_after_ms=100, hours="closed"),
)
PAGED = Escalate(call="c", n=1, disposition=Disposition("D1"), state="reason", question="")
PUT_THROUGH = Transfer(call="c", n=2, to="reception", limit_ms=60_000)
NEXT = {"up": "asking", "1": "talking", "3": "idle", "down": "idle"}


@dataclass
class Phone:
    """A page whose handset does what it is told."""

    told: list[tuple[str, str]] = field(default_factory=list)
    handset: str = "idle"
    did: list[str] = field(default_factory=list)

    async def do(self, what: str) -> None:
        self.did.append(what)
        self.handset = NEXT[what]

    async def ticks(self) -> AsyncIterator[Tick]:
        raise AssertionError("nobody listens")
        yield

    def play(self, frame: Frame) -> None: ...

    def press(self, keys: str) -> None: ...

    async def hang_up(self) -> None: ...


def key(name: str) -> Event:
    return KeyPressed(key=name, source="event", clinic="rosewood", call="c", seq=1, at_utc=1, audio_ms=1000)


def taken() -> Event:
    return EscalationChanged(effect=1, status="acknowledged", clinic="r", call="c", seq=2, at_utc=1, audio_ms=2000)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "_LOOK_S", 0.005)
    monkeypatch.setattr(page_module, "_LISTENS_S", 0.01)
    monkeypatch.setattr(page_module, "_TALKS_S", 0.01)


@asynccontextmanager
async def calling(phone: Phone, fakes: Fakes = SCRIPT.fakes) -> AsyncIterator[Page]:
    async def place(name: str) -> Phone:
        assert name == "rehearsal-1"
        return phone

    page = Page(replace(SCRIPT, fakes=fakes), FLOW, place)
    assert await page.call("rehearsal-1") is phone
    try:
        yield page
    finally:
        await page.close()


@pytest.mark.parametrize(
    ("where", "did"),
    [("hold", ["up", "1", "down"]), ("first_screen.signs", ["up", "3"]), ("", ["up", "3"])],
)
async def test_who_waits_is_connected_and_who_answers_is_rung_back(where: str, did: Sequence[str]) -> None:
    phone = Phone(told=[("way", where)] if where else [])
    async with calling(phone) as page:
        assert page.fakes == Fakes(hours="closed"), "who takes it is at the handset, and nowhere else"
        page.happened(key("1"), [PAGED], 1000)
        phone.handset = "ringing"
        await asyncio.sleep(0.05)
        assert phone.did == [], "it is not taken before its time"
        await asyncio.sleep(0.3)
        assert phone.did == did


async def test_nobody_takes_what_nobody_was_said_to_take_and_a_second_page_is_the_same_hurry() -> None:
    phone = Phone(handset="ringing")
    async with calling(phone, Fakes()) as page:
        page.happened(key("1"), [PAGED], 1000)
        page.happened(key("1"), [PUT_THROUGH], 1000)
        await asyncio.sleep(0.1)
    assert phone.did == []


async def test_who_is_put_through_is_answered_where_the_script_says_so() -> None:
    phone = Phone(handset="ringing")
    async with calling(phone, Fakes(transfer="answered", transfer_after_ms=50)) as page:
        page.happened(key("1"), [PUT_THROUGH], 1000)
        await asyncio.sleep(0.3)
    assert phone.did == ["up", "1", "down"]


async def test_what_the_page_was_told_must_be_what_happened() -> None:
    words = Play(
        call="c", n=3, prompt="p", segments=(Segment("words", "Good evening."),), bargein="keys", state="reason"
    )
    closed = Close(call="c", n=4, disposition=Disposition("D1"), state="taken", reason="end")
    right = [
        *(("way", state) for state in ("opening", "reason")),
        ("you", "key 1"),
        ("page", "a person would be paged now: D1"),
        ("place", "reason"),
        ("clinic", "Good evening."),
        ("handset", "The handset of who is on call rings."),
        ("end", "D1"),
    ]

    async def held(told: list[tuple[str, str]], *, put_down: bool = False) -> str:
        witness = Witness(FLOW)
        effects: list[Effect] = [PAGED, words]
        witness.happened(key("1"), effects, 1000)
        witness.states = ["opening", "reason"]
        witness.speaking("p", 1100)
        witness.happened(taken(), [closed], 2000)
        witness.states = ["opening", "reason"]
        witness.finish()
        async with calling(Phone(told=told)) as page:
            return page.wrong(witness, put_down=put_down)

    assert await held(right) == ""
    assert await held(right[:4], put_down=True) != "", "somebody took it, and no handset rang"
    assert await held([*right[:5], right[6]], put_down=True) == ""
    for at, what in ((0, "way"), (1, "way"), (2, "you"), (3, "person"), (4, "place"), (5, "clinic"), (7, "end")):
        assert what in await held([*right[:at], *right[at + 1 :]]), "one is missing"
    assert "handset" in await held([*right[:6], right[7]])
    assert "which was 'D1'" in await held([*right[:7], ("end", "D5")])
    assert "which was nothing" in await held([*right, ("clinic", "More.")])
    assert "which was" in await held([("you", "key 9"), *right[3:]], put_down=True)


async def test_what_no_handset_can_do_is_left_out_by_name() -> None:
    scripts = [
        SCRIPT,
        replace(SCRIPT, name="busy", fakes=Fakes(transfer="busy")),
        replace(SCRIPT, name="nobody", fakes=Fakes(exhausted_after_ms=1)),
    ]
    played, left_out = cast_by_page(scripts, ())
    assert [script.name for script in played] == ["one"]
    assert [(left.script.name, bool(left.why)) for left in left_out] == [("busy", True), ("nobody", True)]
