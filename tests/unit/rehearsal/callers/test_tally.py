"""Counts, intervals and what so few calls can tell."""

from __future__ import annotations

import pytest
from tests.unit.rehearsal.callers.verdicts import verdict

from nightbell.rehearsal.callers.tally import (
    Share,
    by_row,
    causes,
    negatives,
    rule_of_three,
    wake_ups,
    wilson,
)
from nightbell.terms.disposition import Disposition


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (46, 100, 0.3656, 0.5574)],
)
def test_wilson_gives_the_published_intervals(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=0.0005)


def test_no_miss_in_four_hundred_bounds_the_rate_at_less_than_one_percent() -> None:
    assert rule_of_three(400) == pytest.approx(0.75)
    assert rule_of_three(300) == pytest.approx(1.0)
    assert rule_of_three(0) is None
    assert Share(0, 0).percent is None
    assert Share(0, 0).interval == "none tried"


def test_rows_are_counted_apart_by_level_in_the_order_of_the_table() -> None:
    found = by_row(
        [
            verdict(id="a", row="12", floor=Disposition.D3, got=Disposition.D0, red_flag=False),
            verdict(id="b", row="3", level="20 dB"),
            verdict(id="c", row="3", level="20 dB", got=Disposition.D4, paged=False),
            verdict(id="d", row="", group="bookings"),
        ]
    )

    assert [(each.row, each.level, each.tried, each.missed, each.over_triaged) for each in found] == [
        ("3", "20 dB", 2, 1, 0),
        ("12", "text", 1, 0, 1),
    ]


def test_a_page_for_nothing_is_counted_by_what_caused_it_and_an_allowed_one_is_not_needless() -> None:
    booked = {"row": "", "group": "bookings", "kind": "negative", "red_flag": False, "floor": Disposition.D5}
    found = [
        verdict(id="a", cause="universal pain", **booked),
        verdict(id="b", cause="rule silent", may_page="a call without words", **booked),
        verdict(id="c", paged=False, cause="", got=Disposition.D5, **booked),
        verdict(id="d", cause="question screen.pain (speech)"),
    ]

    assert negatives(found) == Share(1, 3)
    assert causes(found) == (("universal pain", 1), ("rule silent", 1))
    assert ("question screen.pain", 1, 0) in wake_ups(found)
    assert ("universal pain", 1, 1) in wake_ups(found)
