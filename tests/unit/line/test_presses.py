"""One press, told once, however many ways it comes."""

from __future__ import annotations

from nightbell.line.presses import SAME_PRESS_MS, Presses, Source


def test_event_info_and_tone_of_one_press_are_one() -> None:
    presses = Presses()
    assert presses.is_new("5", "event", 1000)
    assert not presses.is_new("5", "inband", 1120)
    assert not presses.is_new("5", "info", 1180)


def test_the_tone_may_come_first() -> None:
    presses = Presses()
    assert presses.is_new("5", "inband", 1000)
    assert not presses.is_new("5", "event", 1040)


def test_two_presses_of_one_key_are_two_whatever_order_their_ways_come_in() -> None:
    presses = Presses()
    came: tuple[tuple[Source, int], ...] = (
        ("event", 0),
        ("event", 200),
        ("inband", 220),
        ("inband", 420),
        ("info", 430),
    )
    told = [presses.is_new("9", source, at) for source, at in came]
    assert told == [True, True, False, False, False]


def test_another_key_or_a_later_press_is_new() -> None:
    presses = Presses()
    assert presses.is_new("5", "event", 0)
    assert presses.is_new("6", "inband", 100)
    assert presses.is_new("5", "inband", SAME_PRESS_MS + 1)
