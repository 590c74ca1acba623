"""The feed of a served line: a call that was booked is followed, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from nightbell.call.effects import Effect, Play
from nightbell.call.events import Event, KeyPressed
from nightbell.errors import LineFailed
from nightbell.rehearsal.caller import Turn
from nightbell.rehearsal.feed import Feed
from nightbell.rehearsal.follower import Follower
from nightbell.rehearsal.phoning import in_served_time
from nightbell.rehearsal.script import Fakes
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.conversation.world import World
    from nightbell.reception.live import LiveCall

pytestmark = pytest.mark.asyncio

NOW = Instant.parse("2026-11-21T22:40:00+00:00")


@dataclass
class Ringing:
    display: str


@dataclass
class Call:
    """As much of a LiveCall as the feed looks at."""

    ring: Ringing
    answered: float = 0.0


@dataclass
class Watch:
    events: list[tuple[Event, list[Effect], int]] = field(default_factory=list)
    spoken: list[tuple[str, int]] = field(default_factory=list)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        self.events.append((event, list(effects), audio_ms))

    def speaking(self, prompt: str, audio_ms: int) -> None:
        self.spoken.append((prompt, audio_ms))


def call(display: str) -> LiveCall:
    return cast("LiveCall", Call(Ringing(display)))


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "feed"


async def test_what_happens_in_a_booked_call_is_followed(socket: Path) -> None:
    watch, fakes = Watch(), Fakes(contacts_96h=2, hours="closed")
    event = KeyPressed(key="9", source="event", clinic="rosewood", call="one", seq=3, at_utc=NOW.ms, audio_ms=1200)
    play = Play(call="one", n=7, prompt="emergency", segments=(), bargein="keys", state="emergency")
    async with Feed(socket) as feed:
        follower = Follower(socket, token="t-1", now=NOW, fakes=fakes, observers=[watch], caller="+447700900123")
        async with follower:
            following = asyncio.create_task(follower.run())
            assert feed.stage(call("t-2")) is None
            assert feed.stage(call("")) is None
            live = call("t-1")
            staged = feed.stage(live)
            assert staged is not None
            assert feed.stage(call("t-1")) is None, "a booking is for one call"
            assert staged.caller == "+447700900123"
            assert staged.clock.at(60_000) == NOW.plus(ms=60_000)
            past = await staged.world(cast("World", object())).past("rosewood", None, NOW)
            assert past.contacts_96h == 2
            live.answered = 12.5
            (observer,) = staged.observers
            observer.happened(event, [play], 1200)
            observer.speaking("emergency", 1220)
            staged.over("D0")
            async with asyncio.timeout(5):
                await following
    assert watch.events == [(event, [play], 1200)]
    assert watch.spoken == [("emergency", 1220)]
    assert follower.disposition == "D0"
    assert follower.answered == 12.5


async def test_a_caller_who_goes_takes_the_booking_along(socket: Path) -> None:
    async with Feed(socket) as feed:
        async with Follower(socket, token="t-1", now=NOW, fakes=Fakes(), observers=[]):
            pass
        async with asyncio.timeout(5):
            while feed._booked:  # noqa: ASYNC110 - the other end goes in its own time
                await asyncio.sleep(0.01)
        assert feed.stage(call("t-1")) is None


async def test_what_is_no_booking_is_shown_the_door(socket: Path) -> None:
    async with Feed(socket) as feed:
        for line in (b"nothing\n", b'{"token": "x"}\n', b'{"token": "x", "now": 1, "fakes": {"no": 1}}\n', b"\n"):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            writer.write(line)
            async with asyncio.timeout(5):
                assert await reader.read() == b""
            writer.close()
        assert feed._booked == {}


async def test_a_line_without_a_feed_cannot_be_followed(socket: Path) -> None:
    with pytest.raises(LineFailed, match="lets nobody follow"):
        async with Follower(socket, token="t", now=NOW, fakes=Fakes(), observers=[]):
            pass


async def test_the_callers_turns_are_told_in_the_lines_time() -> None:
    turn = Turn(place="reason", kind="press", what="1", start_ms=1000, last_sound_ms=1100, end_ms=1200)
    (moved,) = in_served_time([turn], 60)
    assert (moved.start_ms, moved.last_sound_ms, moved.end_ms) == (940, 1040, 1140)
