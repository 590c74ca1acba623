"""Opening hours as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.calendar.hours import DAYS, OpeningHours
from nightbell.calendar.week import read_week, week_as_text
from nightbell.errors import TermError

WORKING = dict.fromkeys(DAYS[:5], ("09:00-17:30",))


@pytest.mark.parametrize(
    "typed",
    [
        "mon-fri 09:00-17:30",
        "Mon - Fri 9.00 - 17.30",
        "monday to friday, 9am to 5:30pm",
        "weekdays 9am-5.30pm",
        "mon, tue, wed, thu and fri: 9:00-17:30",
        "weekdays 09:00-17:30, sat and sun closed",
        "Mondays 9:00-17:30; tue-fri 9:00-17:30",
        "mon\N{EN DASH}fri open 09:00\N{EN DASH}17:30",
    ],
)
def test_one_week_in_many_ways(typed: str) -> None:
    assert read_week(typed) == WORKING


def test_lunch_and_saturday() -> None:
    week = read_week("mon-tue 09:00-12:30 13:30-17:30, thurs 12-20, sat 10-14")
    assert week == {
        "mon": ("09:00-12:30", "13:30-17:30"),
        "tue": ("09:00-12:30", "13:30-17:30"),
        "thu": ("12:00-20:00",),
        "sat": ("10:00-14:00",),
    }
    assert week_as_text(week) == "mon-tue 09:00-12:30 13:30-17:30, thu 12:00-20:00, sat 10:00-14:00"


def test_midnight_noon_and_round_the_weekend() -> None:
    assert read_week("sat 12am-12pm") == {"sat": ("00:00-12:00",)}
    assert list(read_week("sat-mon 10:00-14:00")) == ["mon", "sat", "sun"]
    assert list(read_week("every day 8-20")) == list(DAYS)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "no hours at all"),
        ("09:00-17:30", "hours without a day"),
        ("mon-fri", "no hours for fri"),
        ("mon 9-17, tue", "no hours for tue"),
        ("mon - closed", "closed until when?"),
        ("mun 9-17", "'mun' is no day"),
        ("mon 17:30-09:00", "ends before it begins"),
        ("mon 9-5", "may mean the morning or the evening"),
        ("mon 9-25", "'25' is no time"),
        ("mon 9:70-10:00", "'9:70' is no time"),
        ("mon 13pm-14pm", "'13pm' is no time"),
        ("mon 9-12 11-14", "two hours of mon overlap"),
        ("mon 9-12 mon 11-14", "two hours of mon overlap"),
        ("mon 9-17 ?", "'?' is not understood"),
        ("mon 0900-1730", "'0900-1730' is not understood"),
    ],
)
def test_what_is_not_understood_is_named(typed: str, said: str) -> None:
    with pytest.raises(TermError) as refused:
        read_week(typed)
    assert said in refused.value.message
    assert refused.value.hint


@given(
    st.dictionaries(
        st.sampled_from(DAYS),
        st.sampled_from([("09:00-17:30",), ("00:00-23:59",), ("08:15-12:00", "13:00-19:45")]),
    ).filter(bool)
)
def test_written_out_it_reads_back(week: dict[str, tuple[str, ...]]) -> None:
    in_order = {str(day): week[day] for day in DAYS if day in week}
    again = read_week(week_as_text(in_order))
    assert again == in_order
    hours = OpeningHours.of(tuple(again.items()), zone="Europe/London")
    assert len(hours.week) == len(week)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(typed: str) -> None:
    try:
        week = read_week(typed)
    except TermError:
        return
    assert week
    assert set(week) <= set(DAYS)
