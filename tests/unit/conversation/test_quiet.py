"""Time that passes at once: the same events at the same times as tick by tick."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scripts.benches._triage_line import company, flow_of

from nightbell.conversation import conversation
from nightbell.conversation.quiet import quiet_ticks
from nightbell.rehearsal.callers.calling import Ringing, ring
from nightbell.rehearsal.callers.repertoire import written
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.stage import Stage
from nightbell.rehearsal.tiers import take_written


@pytest.mark.parametrize(
    ("number", "dues", "ticks"),
    [
        (10, (), 0),
        (10, (None, None), 0),
        (10, (220,), 0),
        (10, (240,), 1),
        (10, (241,), 2),
        (10, (1000, 600, None), 19),
        (10, (0,), 0),
    ],
)
def test_what_is_due_is_never_left_out(number: int, dues: tuple[int | None, ...], ticks: int) -> None:
    assert quiet_ticks(number, dues) == ticks


def test_a_call_in_writing_has_the_same_journal_tick_by_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"03-chalky", "32-silent", "neg-book-friday-week", "25-yes-want-to-die"}
    people = [person for person in company().of("rosewood") if person.id in wanted]
    assert len(people) >= 3

    def journals(folder: Path) -> dict[str, str]:
        stage = Stage(flow=flow_of("rosewood"), recordings=Recordings(tmp_path), take=take_written, folder=folder)
        calls = [Ringing(person=person, repertoire=written(dict(company().answers))) for person in people]
        asyncio.run(ring(calls, stage, company()))
        return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.jsonl")}

    quick = journals(tmp_path / "quick")
    monkeypatch.setattr(conversation, "quiet_ticks", lambda number, dues: 0 * number)

    assert journals(tmp_path / "slow") == quick
    assert len(quick) == len(people)
