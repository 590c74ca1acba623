from __future__ import annotations

from nightbell.reception.again import Again


def test_each_failure_doubles_the_pause_up_to_the_longest() -> None:
    again, now, pauses = Again(1.0, 5.0), 100.0, []
    assert again.is_due(now), "the first try is due at once"
    for _ in range(5):
        again.failed(now)
        assert not again.is_due(now)
        began = now
        while not again.is_due(now):
            now += 0.5
        pauses.append(now - began)
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_what_went_well_begins_with_the_shortest_pause_anew() -> None:
    again = Again(1.0, 60.0)
    for _ in range(4):
        again.failed(0.0)
    again.went_well(0.0, next_in_s=10.0)
    assert (again.is_due(9.0), again.is_due(10.0)) == (False, True)
    again.failed(10.0)
    assert (again.is_due(10.5), again.is_due(11.0)) == (False, True)
