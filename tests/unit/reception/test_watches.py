"""The loop's watch, the last words of a call that hung, and the figures of a line."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

import aiohttp
import numpy as np
import pytest
import structlog
from structlog.testing import capture_logs

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.call.effects import Escalate
from nightbell.call.events import EarsFailed, EscalationChanged
from nightbell.reception.health import health_app, serve_health
from nightbell.reception.last_words import say_last_words
from nightbell.reception.loop_watch import LoopWatch
from nightbell.reception.meter import Meter
from nightbell.terms.disposition import Disposition
from nightbell.testing.line import FakeLine

pytestmark = pytest.mark.asyncio

WORDS = np.arange(FRAME_SAMPLES * 3 + 40, dtype=np.int16)


@dataclass
class Told:
    lags: list[float] = field(default_factory=list)
    blocks: int = 0

    def blocked(self) -> None:
        self.blocks += 1


async def test_a_loop_that_stands_still_is_recorded_once_with_its_place() -> None:
    told = Told()
    watch = LoopWatch(blocked_ms=80, lagged=told.lags.append, blocked=told.blocked)
    task = asyncio.create_task(watch.run())
    async with asyncio.timeout(10):
        while not told.lags:  # noqa: ASYNC110 - the watch tells nobody that it runs
            await asyncio.sleep(0.01)
    before = told.blocks
    with capture_logs() as logs:
        time.sleep(0.6)  # noqa: ASYNC251 - this is what is to be noticed
        await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    mine = [line for line in logs if line["event"] == "loop_blocked"]
    assert told.blocks - before == len(mine) == 1
    assert "test_watches:" in mine[0]["at"]
    assert mine[0]["blocked_ms"] >= 80
    assert max(told.lags) > 0.4
    structlog.reset_defaults()


async def test_last_words_are_said_whole_and_the_phone_put_down() -> None:
    line = FakeLine(length=50)
    await line.answer()
    assert await say_last_words(line, WORDS)
    said = np.concatenate([line.played[number] for number in sorted(line.played)])
    assert (said[: len(WORDS)] == WORDS).all()
    assert not said[len(WORDS) :].any()
    assert line.hung_up >= 1


async def test_a_caller_who_goes_under_the_last_words_is_no_fault() -> None:
    line = FakeLine(length=3)
    await line.answer()
    assert not await say_last_words(line, WORDS)
    assert line.hung_up == 1


async def test_a_line_that_was_never_answered_is_put_down() -> None:
    line = FakeLine()
    assert not await say_last_words(line, WORDS)
    assert line.hung_up == 1


def _figure(meter: Meter, name: str) -> float:
    return next(float(line.split()[-1]) for line in meter.text().splitlines() if line.startswith(f"{name} "))


async def test_pages_are_open_until_somebody_takes_them_or_the_call_is_over() -> None:
    meter = Meter()
    envelope = {"clinic": "rosewood", "call": "one", "seq": 1, "at_utc": 0, "audio_ms": 0}
    watch, other = meter.watch(), meter.watch()

    def page(number: int) -> Escalate:
        return Escalate(call="one", n=number, disposition=Disposition.D1, state="", question="")

    deaf = EarsFailed(reason="hung", **envelope)  # type: ignore[arg-type]
    watch.happened(deaf, [page(3)], 0)
    other.happened(deaf, [page(3), page(4)], 0)
    assert _figure(meter, "nightbell_pages_open") == 3
    taken = EscalationChanged(effect=3, status="acknowledged", **envelope)  # type: ignore[arg-type]
    watch.happened(taken, [], 0)
    watch.happened(taken, [], 0)
    assert _figure(meter, "nightbell_pages_open") == 2
    other.over()
    assert _figure(meter, "nightbell_pages_open") == 0
    assert 'nightbell_recogniser_failures_total{reason="hung"} 2.0' in meter.text()


async def test_no_label_is_open_ended() -> None:
    meter = Meter()
    meter.refused("full")
    meter.began()
    meter.ended("D1")
    meter.rescued("stalled")
    meter.reloaded(good=True)
    meter.heard(received=100, lost=2, mos=4.2)
    labels = set(re.findall(r"\{(\w+)=", meter.text()))
    assert labels == {"reason", "disposition", "outcome", "le"}


async def test_health_is_told_over_http() -> None:
    standing: dict[str, object] = {"ready": False, "why": "starting"}

    async def ready() -> dict[str, object]:
        return standing

    async def metrics() -> str:
        return "figure 1\n"

    async with (
        serve_health(health_app(ready=ready, metrics=metrics), at="127.0.0.1:0") as at,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(f"http://{at}/livez") as answer:
            assert answer.status == 200
        async with session.get(f"http://{at}/readyz") as answer:
            assert (answer.status, await answer.json()) == (503, standing)
        standing = {"ready": True}
        async with session.get(f"http://{at}/readyz") as answer:
            assert answer.status == 200
        async with session.get(f"http://{at}/metrics") as answer:
            assert await answer.text() == "figure 1\n"
            assert answer.content_type == "text/plain"
