"""Wake-ups are counted for each question, the one that woke most people needlessly first."""

from __future__ import annotations

from nightbell.call.events import WakeJudged
from nightbell.records.wake_ups import count


def judged(question: str, *, right: bool, clinic: str = "rosewood") -> WakeJudged:
    return WakeJudged(
        clinic=clinic, call="a", seq=1, at_utc=0, audio_ms=0, effect=1, state="screen", question=question, row="3",
        right=right,
    )  # fmt: skip


def test_each_question_of_each_clinic_is_counted_apart() -> None:
    said = [
        judged("pain", right=True),
        judged("colour", right=False),
        judged("pain", right=False),
        judged("colour", right=False),
        judged("pain", right=True, clinic="harbour"),
    ]
    found = [(one.clinic, one.question, one.right, one.wrong) for one in count(said)]
    assert found == [("rosewood", "colour", 0, 2), ("rosewood", "pain", 1, 1), ("harbour", "pain", 1, 0)]


def test_nothing_judged_is_nothing_counted() -> None:
    assert count([]) == ()
