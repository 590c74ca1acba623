"""How fast calls may begin: for the whole process, and for each source."""

from __future__ import annotations

import pytest

from nightbell.reception.pace import Pace, Rates

RATES = Rates(per_s=10, burst=5, source_per_s=4, source_burst=3, retry_after_s=7)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_comes_in_and_what_is_over_it_is_told_when_to_come_back(clock: Clock) -> None:
    told: list[str] = []
    pace = Pace(RATES, refused=told.append, clock=clock)
    assert [pace.refuses(f"192.0.2.{number}") for number in range(8)] == [None] * 5 + [7] * 3
    assert told == ["rate"] * 3


def test_over_a_minute_exactly_the_rate_comes_in(clock: Clock) -> None:
    pace = Pace(RATES, clock=clock)
    let_in = 0
    for number in range(60 * 50):
        clock.now += 0.02
        let_in += pace.refuses(f"192.0.2.{number % 200}") is None
    assert 600 <= let_in <= 605


def test_one_source_gone_mad_leaves_room_for_another(clock: Clock) -> None:
    told: list[str] = []
    pace = Pace(RATES, refused=told.append, clock=clock)
    assert [pace.refuses("192.0.2.9") for _ in range(50)].count(None) == 3
    assert pace.refuses("192.0.2.10") is None
    assert pace.refuses("192.0.2.10") is None
    assert set(told) == {"source_rate"}


def test_a_call_that_met_the_common_rate_costs_its_source_nothing(clock: Clock) -> None:
    pace = Pace(Rates(per_s=1, burst=1, source_per_s=0.001, source_burst=1, retry_after_s=7), clock=clock)
    assert pace.refuses("192.0.2.9") is None
    assert pace.refuses("192.0.2.10") == 7
    clock.now += 1
    assert pace.refuses("192.0.2.10") is None


def test_nobody_is_shut_out(clock: Clock) -> None:
    pace = Pace(RATES, clock=clock)
    for _ in range(1000):
        pace.refuses("192.0.2.9")
    clock.now += 1
    assert pace.refuses("192.0.2.9") is None


def test_a_flood_from_everywhere_is_not_remembered_for_ever(clock: Clock) -> None:
    pace = Pace(RATES, clock=clock)
    for number in range(30_000):
        clock.now += 0.2
        pace.refuses(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(pace._sources) < 10
    for number in range(30_000):
        pace.refuses(f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(pace._sources) <= 4_096
