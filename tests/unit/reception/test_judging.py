"""Who was woken is asked once the caller is gone; what they say stands in the call's journal with its question."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import pytest_asyncio

from nightbell.audio.frame import Samples
from nightbell.call.effects import Close, Escalate
from nightbell.call.events import CallStarted, HungUp, WakeJudged
from nightbell.reception.judging import Judging
from nightbell.records.story import tell
from nightbell.terms.disposition import Disposition
from nightbell.testing.records import MemoryRecords

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]

WORDS = np.full(800, 1000, dtype=np.int16)


@dataclass
class Leg:
    """A person who presses a key when asked; "" is one who hung up."""

    key: str
    asked: list[tuple[Samples, str]] = field(default_factory=list)
    down: int = 0

    async def ask(self, words: Samples, *, keys: str, answer_s: float) -> str:
        self.asked.append((words, keys))
        return self.key

    async def hang_up(self) -> None:
        self.down += 1


@pytest_asyncio.fixture
async def records() -> MemoryRecords:
    """A call whose screen raised a flag, and that is over."""
    made = MemoryRecords()
    began = CallStarted(
        clinic="rosewood", call="c", seq=0, at_utc=1_000, audio_ms=0, flow="f", line="sip", caller=None,
        called="+442079460142",
    )  # fmt: skip
    flag = Escalate(call="c", n=4, disposition=Disposition.D1, state="screen", question="white_skin", row="3")
    bare = Escalate(call="c", n=5, disposition=Disposition.DU, state="opening", question="")
    await made.append(began, (flag, bare), "saved")
    close = Close(call="c", n=9, disposition=Disposition.D1, state="hold", reason="connected")
    over = HungUp(clinic="rosewood", call="c", seq=1, at_utc=9_000, audio_ms=8_000, by="caller")
    await made.append(over, (close,), "saved")
    return made


def judging(records: MemoryRecords, *, live: list[bool] | None = None, words: Samples | None = WORDS) -> Judging:
    left = live or []
    return Judging(records, words=lambda: words, live=lambda _: bool(left) and left.pop())


@pytest.mark.parametrize(("key", "right"), [("1", True), ("2", False)])
async def test_a_key_is_kept_with_the_question_that_woke_them(
    records: MemoryRecords, key: str, *, right: bool
) -> None:
    leg = Leg(key)
    await judging(records, live=[False, True]).ask("c", "c:4", leg)  # type: ignore[arg-type]
    assert [keys for _, keys in leg.asked] == ["12"]
    assert leg.down == 1
    event = (await records.journal("c"))[-1].event
    assert isinstance(event, WakeJudged)
    assert (event.effect, event.state, event.question, event.row) == (4, "screen", "white_skin", "3")
    assert (event.right, event.seq, event.audio_ms) == (right, 2, 8_000)
    (judged,) = tell(await records.journal("c")).judged
    assert (judged.state, judged.question, judged.right) == ("screen", "white_skin", right)
    record = await records.call("c")
    assert (record.disposition, record.reason, record.audio_ms) == (Disposition.D1, "connected", 8_000)


@pytest.mark.parametrize("escalation", ["c:5", "c:9", "gone:1"])
async def test_nobody_is_asked_where_no_answer_raised_it(records: MemoryRecords, escalation: str) -> None:
    leg = Leg("1")
    await judging(records).ask(escalation.partition(":")[0], escalation, leg)  # type: ignore[arg-type]
    assert (leg.asked, leg.down) == ([], 1)
    assert len(await records.journal("c")) == 2


async def test_who_hung_up_first_leaves_nothing(records: MemoryRecords) -> None:
    await judging(records).ask("c", "c:4", Leg(""))  # type: ignore[arg-type]
    assert len(await records.journal("c")) == 2


async def test_a_question_that_was_never_spoken_is_not_asked(records: MemoryRecords) -> None:
    leg = Leg("1")
    await judging(records, words=None).ask("c", "c:4", leg)  # type: ignore[arg-type]
    assert (leg.asked, leg.down) == ([], 1)


async def test_two_who_were_woken_by_one_call_are_both_kept(records: MemoryRecords) -> None:
    held = judging(records)
    await held.ask("c", "c:4", Leg("1"))  # type: ignore[arg-type]
    await held.ask("c", "c:4", Leg("2"))  # type: ignore[arg-type]
    assert [judged.right for judged in tell(await records.journal("c")).judged] == [True, False]


async def test_records_that_fail_cost_the_answer_and_no_more(records: MemoryRecords) -> None:
    records.failing = True
    leg = Leg("1")
    await judging(records).ask("c", "c:4", leg)  # type: ignore[arg-type]
    assert leg.down == 1
