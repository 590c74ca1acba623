"""A person who took a call just as it ended waits for nobody: whatever crosses, they are put down."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from nightbell.conversation.by_request.meeting import Meeting

if TYPE_CHECKING:
    from nightbell.line.port import Line

pytestmark = pytest.mark.asyncio


class Waits:
    """A person in a conference, until the caller is there no more."""

    def __init__(self) -> None:
        self.down = asyncio.Event()

    async def talk(self, line: Line) -> None:
        """See the port."""
        meeting: Any = line
        meeting.join("a-room")
        await meeting.parted.wait()
        await self.hang_up()

    async def hang_up(self) -> None:
        """See the port."""
        self.down.set()


async def put_down(*people: Waits) -> bool:
    async with asyncio.timeout(2):
        await asyncio.gather(*(one.down.wait() for one in people))
    return True


async def test_who_takes_the_call_as_its_caller_goes_is_put_down() -> None:
    meeting, person = Meeting(), Waits()
    meeting.begin(person)
    meeting.part()  # before anything of the talk was begun
    assert await put_down(person)


async def test_who_waits_when_the_call_is_over_and_who_comes_after_it_are_put_down() -> None:
    meeting, first, late = Meeting(), Waits(), Waits()
    meeting.begin(first)
    await asyncio.sleep(0)
    assert meeting.room
    meeting.end()
    meeting.begin(late)
    assert await put_down(first, late)
    assert not meeting.room


async def test_one_at_a_time_meets_the_caller_and_another_does_after_them() -> None:
    meeting, first, second, third = Meeting(), Waits(), Waits(), Waits()
    meeting.begin(first)
    await asyncio.sleep(0)
    meeting.begin(second)
    assert await put_down(second)
    assert not first.down.is_set()
    meeting.part()
    assert await put_down(first)
    await asyncio.sleep(0.01)
    meeting.begin(third)
    await asyncio.sleep(0.01)
    assert meeting.room
    assert not third.down.is_set()
    meeting.end()
    assert await put_down(third)


class Fetches:
    """Fetches callers back, and remembers whom."""

    def __init__(self, *waits_s: float) -> None:
        self.waits_s = waits_s
        self.asked: list[str] = []

    async def fetch(self, sid: str) -> bool:
        """See the port."""
        self.asked.append(sid)
        return True


async def test_nobody_is_fetched_back_who_is_sent_nowhere() -> None:
    back = Fetches(0.02, 0.02)
    meeting = Meeting(back)
    meeting.begin(Leaves())
    await asyncio.sleep(0)
    meeting.sent("CA1")
    async with asyncio.timeout(2):
        while not back.asked:  # noqa: ASYNC110 - the meeting brings it about
            await asyncio.sleep(0.005)
    meeting.part()
    meeting.parted.clear()
    await asyncio.sleep(0.1)
    assert set(back.asked) == {"CA1"}


class Leaves(Waits):
    """A person who is gone as soon as the caller was sent to them."""

    async def talk(self, line: Line) -> None:
        """See the port."""
        meeting: Any = line
        meeting.join("a-room")
        await asyncio.sleep(0.001)
