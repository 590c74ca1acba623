"""A call that is given up, or taken from its conversation: record closed, a person paged, words said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.faults.stage import Watch, hears_safe_words, nightbell_in, settings_in

from nightbell.call.effects import Close
from nightbell.conversation.conversation import Conversation
from nightbell.flow.load import load_flow
from nightbell.reception.last_words import say_last_words
from nightbell.testing.line import FakeLine

pytestmark = pytest.mark.asyncio

ROSEWOOD = Path(__file__).parents[2] / "flows" / "rosewood"


async def test_given_up_it_is_closed_as_interrupted_and_the_caller_hears_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, watch, line = load_flow(ROSEWOOD), Watch(), FakeLine(length=20_000, caller="+447700900123")
    made: list[Conversation] = []

    class GivesUp(Watch):
        def speaking(self, prompt: str, audio_ms: int) -> None:
            if prompt != "safe_words":
                made[0].give_up()
                made[0].give_up()

    async with nightbell_in(settings_in(tmp_path / "data", tmp_path / "spill"), flow, monkeypatch) as night:
        outcome = await night.take(line, flow, call="one", observers=(watch, GivesUp()), started=made.append)
        record = await night.records.call("one")
    assert outcome.disposition == "DU"
    assert (record.reason, len(record.pages), len(record.ring_backs)) == ("interrupted", 1, 1)
    assert sum(isinstance(effect, Close) for effect in watch.effects) == 1
    assert hears_safe_words(line)
    assert line.hung_up >= 1


async def test_taken_from_its_conversation_it_is_closed_and_paged_and_no_other_call_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = load_flow(ROSEWOOD)
    stuck, other = FakeLine(length=200_000), FakeLine(length=5_000_000)
    async with nightbell_in(settings_in(tmp_path / "data", tmp_path / "spill"), flow, monkeypatch) as night:
        spoke = asyncio.Event()

        class Speaks(Watch):
            def speaking(self, prompt: str, audio_ms: int) -> None:
                spoke.set()

        tasks = [
            asyncio.create_task(night.take(line, flow, call=name, observers=(Speaks(),)))
            for line, name in ((stuck, "stuck"), (other, "other"))
        ]
        async with asyncio.timeout(30):
            await spoke.wait()
        tasks[0].cancel()
        await asyncio.gather(tasks[0], return_exceptions=True)
        assert await say_last_words(stuck, night.safe_words(flow))
        await night.close_interrupted("stuck")
        record = await night.records.call("stuck")
        assert record.reason == "interrupted"
        assert len(record.pages) == 1
        assert hears_safe_words(stuck)
        assert (await night.records.call("other")).closed is None
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
