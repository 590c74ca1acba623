"""Rows 1 to 6 of the triage table in callers' own words, and what callers say who are in no danger.

The wordings were written without looking at the patterns, and then used to mend them, so a pass here is no measure
of recall on words nobody has thought of: that was 57 to 77 % on four fresh sets. The screen's closed questions are
what catches the rest.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.call.flags import find_flag
from nightbell.flow.load import load_flow
from nightbell.flow.model import Universal

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    return (HERE / f"wordings_{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def flags() -> dict[str, Universal | None]:
    flow = load_flow(HERE.parents[2] / "flows" / "rosewood")
    by_priority = sorted(flow.universals, key=lambda universal: -universal.priority)
    urgent = [each for each in by_priority if each.floor is not None and each.name != "speak_to_a_person"]
    return {text: find_flag(urgent, flow.sounds_like, text) for text in lines("danger") + lines("benign")}


def test_every_danger_is_heard(flags: dict[str, Universal | None]) -> None:
    assert len(lines("danger")) >= 160
    assert [text for text in lines("danger") if flags[text] is None] == []


def test_what_is_harmless_pages_nobody(flags: dict[str, Universal | None]) -> None:
    assert len(lines("benign")) >= 130
    assert [text for text in lines("benign") if flags[text] is not None] == []
