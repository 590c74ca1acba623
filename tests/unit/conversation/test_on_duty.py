"""Who is on call for a call that is being taken: the clinic's own file, as it says at that moment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nightbell.bootstrap import rota
from nightbell.bootstrap.rota import on_duty_of, rota_of
from nightbell.flow.load import load_flow
from nightbell.oncall.reading.file import OncallFile, read_oncall
from nightbell.oncall.routing import OnDuty
from nightbell.terms.instant import Instant

ROSEWOOD = Path(__file__).parents[3] / "flows" / "rosewood"
FLOW = load_flow(ROSEWOOD)
FIRST_WEEK = Instant(round(datetime(2026, 11, 4, 22, tzinfo=UTC).timestamp() * 1000))
TEXT = """\
people:
  anna: {name: Anna Bright, mobile: "+447700900701"}
  ben: {name: Ben Harrow, mobile: "+447700900702"}
rotations:
  nights: {kind: weekly, people: [anna, ben], hand_over: "mon 18:00", starts: 2026-11-02}
layers: {first: nights}
last_resort: [ben]
"""


def test_the_rota_says_who_is_on_call_and_who_is_in_the_pool() -> None:
    found = on_duty_of(ROSEWOOD, FLOW)(FIRST_WEEK)
    assert found == OnDuty(on_call=("anna", "chloe"), pool=("anna", "ben", "chloe", "service"))


def test_a_change_of_the_file_counts_for_the_next_call(tmp_path: Path) -> None:
    duty = on_duty_of(tmp_path, FLOW)
    assert duty(FIRST_WEEK) == OnDuty(), "no file, nobody known"
    file = tmp_path / "oncall.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert duty(FIRST_WEEK) == OnDuty(on_call=("anna",), pool=("ben",))
    file.write_text(TEXT.replace("people: [anna, ben]", "people: [ben, anna]"), encoding="utf-8")
    assert duty(FIRST_WEEK) == OnDuty(on_call=("ben",), pool=("ben",))
    assert on_duty_of(None, FLOW)(FIRST_WEEK) == OnDuty()


def test_a_file_that_is_the_same_is_read_once_however_many_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def reading(text: str, *words: Any, **named: Any) -> OncallFile:
        read.append(text)
        return read_oncall(text, *words, **named)

    monkeypatch.setattr(rota, "read_oncall", reading)
    file = tmp_path / "oncall.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert [rota_of(tmp_path, FLOW) is not None for _ in range(5)] == [True] * 5
    file.write_text(TEXT.replace("weekly", "daily"), encoding="utf-8")
    assert rota_of(tmp_path, FLOW) is not None
    assert read == [TEXT, TEXT.replace("weekly", "daily")]
