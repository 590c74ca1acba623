"""Run as a program: takes the same real call again and again, each time killed (SIGKILL) at another event.

For every event and moment it makes a folder with the records and ``done``, a side file, flushed line by line, with
what a caller or a person can know of: each prompt whose first sample went out, with its words, and each page,
ring-back and note handed over. Usage: ``call_loop.py FOLDER STORY [EVENT]``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.faults.stage import NIGHT

from nightbell.audio.frame import FRAME_MS
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation
from nightbell.conversation.ears import Ears
from nightbell.flow.archive import flow_to_json
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.line.port import Tick
from nightbell.records.sqlite import open_sqlite
from nightbell.testing.flows import short_hold, small_flow
from nightbell.testing.heard import Heard, Marked, Outside, Quiet

MOMENTS: Final = ("before", "after", "performed")
"""Killed before the event is appended; when that returned; when its effects were performed, at the next tick."""
_PATIENT_MS: Final = 10_000
"""It is about being killed, not about being slow: a busy machine must not send the caller on the safe path."""
_HARBOUR: Final = Path(__file__).parents[1] / "flows" / "harbour"


def _harbour() -> Flow:
    return load_flow(_HARBOUR)


@dataclass(frozen=True, slots=True)
class Story:
    """A flow, the caller's keys by audio milliseconds, and when the caller hangs up at the latest."""

    flow: Callable[[], Flow]
    keys: Mapping[int, str]
    hangs_up_ms: int = 60_000


STORIES: Final = {
    "pain": Story(short_hold, {2000: "1", 4000: "2", 5000: "1", 10_000: "1", 11_000: "1"}),
    "nine": Story(small_flow, {700: "9"}, hangs_up_ms=11_000),
    "booking": Story(_harbour, {2000: "2", 4000: "2", 5000: "2"}),
}


class Side:
    """The side file: durable before ``note`` returns."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, *what: object) -> None:
        os.write(self._handle, (json.dumps(what) + "\n").encode())
        os.fsync(self._handle)


class Deadly:
    """Records that kill the process around one event, and know when its effects are due."""

    def __init__(self, real: Any, index: int, moment: str) -> None:
        self._real = real
        self._index = index
        self._moment = moment
        self.due = False

    async def append(self, event: Event, effects: Sequence[Effect], session: str, **_limits: Any) -> None:
        if event.seq == self._index and self._moment == "before":
            die()
        await self._real.append(event, effects, session, limit_ms=_PATIENT_MS)
        if event.seq == self._index and self._moment == "after":
            die()
        self.due = self.due or event.seq == self._index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Dying(Heard):
    """A caller who notes; the process may die before the next tick."""

    def __init__(self, side: Side, prompts: Marked, records: Deadly, **laid_down: Any) -> None:
        super().__init__(side, prompts, **laid_down)
        self._records = records

    async def ticks(self) -> AsyncIterator[Tick]:
        async for tick in super().ticks():
            if self._records.due:
                die()
            yield tick


def die() -> None:
    """Die as a process does whose machine takes it away."""
    os.kill(os.getpid(), signal.SIGKILL)


async def take_call(folder: Path, story: str, index: int, moment: str) -> int:
    """Take the call; return how many events it had, if it comes to its end."""
    told = STORIES[story]
    flow = told.flow()
    real = await open_sqlite(folder / "records.db", now=NIGHT)
    await real.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
    records, side, prompts = Deadly(real, index, moment), Side(folder / "done"), Marked()
    line = Dying(
        side,
        prompts,
        records,
        keys={at // FRAME_MS: (key,) for at, key in told.keys.items()},
        length=told.hangs_up_ms // FRAME_MS,
        caller="+447700900123",
    )
    conversation = Conversation(
        call="killed",
        plan=compile_flow(flow),
        line=line,
        ears=Ears(None, None, Quiet(), patient=True),
        prompts=prompts,
        records=records,
        world=Outside(side),
        clock=AudioClock(NIGHT),
    )
    await conversation.run()
    if records.due:
        die()  # the last events have no tick after them
    count = len(await real.journal("killed"))
    await real.aclose()
    return count


def in_a_child(work: Callable[[], Coroutine[Any, Any, int]]) -> tuple[int, int]:
    """Fork, work; return the child's wait status and what it returned."""
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(tell, str(asyncio.run(work())).encode())
        os._exit(0)
    os.close(tell)
    told = os.read(hear, 32)
    os.close(hear)
    _, status = os.waitpid(child, 0)
    return status, int(told or 0)


def kill_one(place: Path, story: str, index: int, moment: str) -> None:
    """Take the call in a child, and see it killed."""
    place.mkdir(parents=True)
    status, _ = in_a_child(lambda: take_call(place, story, index, moment))
    assert os.WIFSIGNALED(status), f"{place.name} ended by itself: {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def main() -> None:
    """Kill the call at every event and moment, or at the one event that is named."""
    folder, story = Path(sys.argv[1]), sys.argv[2]
    indices: Iterable[int] = [int(event) for event in sys.argv[3:]]
    if not indices:
        (folder / "whole").mkdir(parents=True)
        status, count = in_a_child(lambda: take_call(folder / "whole", story, -1, ""))
        assert status == 0, f"the call did not come to its end: {status}"
        indices = range(count)
    for index in indices:
        for moment in MOMENTS:
            kill_one(folder / f"{index:03d}-{moment}", story, index, moment)


if __name__ == "__main__":
    main()
