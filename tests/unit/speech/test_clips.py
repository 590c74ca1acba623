"""Clips: every clock time, date and promise can be cut, and only into clips that exist."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from nightbell.speech.clips import DIGIT_CLIPS, TIME_CLIPS, cut
from nightbell.speech.spelling import clock, day


@pytest.mark.parametrize(
    ("spoken", "clips"),
    [
        ("ten forty five tonight", ("ten forty five", "tonight")),
        ("ten forty seven tonight", ("ten", "forty seven", "tonight")),
        ("Half past nine tomorrow morning.", ("half past", "nine", "tomorrow morning")),
        (
            "nine o'clock on Monday the twenty third of November",
            ("nine o'clock", "on", "monday", "the twenty third of", "november"),
        ),
        ("ten oh five p.m., Sunday", ("ten oh five", "p.m.", "sunday")),
        ("ten PM", ("ten", "p.m.")),
        ("when the rooster crows", None),
        ("", ()),
    ],
)
def test_cutting(spoken: str, clips: tuple[str, ...] | None) -> None:
    assert cut(spoken) == clips


def test_every_minute_of_the_day_and_every_day_of_the_year_has_its_clips() -> None:
    for minutes in range(24 * 60):
        found = cut(clock(*divmod(minutes, 60)))
        assert found, clock(*divmod(minutes, 60))
        assert set(found) <= set(TIME_CLIPS)
    for days in range(366):
        assert cut(day(date(2028, 1, 1) + timedelta(days=days)))


def test_no_clip_is_listed_twice() -> None:
    assert len(set(TIME_CLIPS)) == len(TIME_CLIPS)
    assert len(DIGIT_CLIPS) == 11
