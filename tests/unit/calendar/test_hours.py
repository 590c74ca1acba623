"""Opening hours, holidays and the nights on which clocks change."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.calendar.hours import OpeningHours, Span
from nightbell.terms.instant import Instant

WEEK = [(day, ["09:00-12:30", "13:30-17:30"]) for day in ("mon", "tue", "wed", "thu", "fri")]
LONDON = OpeningHours.of([*WEEK, ("sat", ["10:00-14:00"])], zone="Europe/London", country="GB", region="ENG")
NIGHTS = OpeningHours.of([("sun", ["01:30-05:00"])], zone="Europe/London")
LORD_HOWE = OpeningHours.of([("sun", ["02:10-05:00"])], zone="Australia/Lord_Howe")


def at(text: str) -> Instant:
    return Instant.parse(text)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-23T08:59:59+00:00", False),
        ("2026-11-23T09:00:00+00:00", True),
        ("2026-11-23T12:30:00+00:00", False),
        ("2026-11-23T13:30:00+00:00", True),
        ("2026-11-23T17:30:00+00:00", False),
        ("2026-11-28T11:00:00+00:00", True),
        ("2026-11-22T11:00:00+00:00", False),
        ("2026-07-06T08:30:00+00:00", True),  # half past nine in summer
        ("2026-12-25T10:00:00+00:00", False),
    ],
)
def test_the_week(when: str, is_open: bool) -> None:  # noqa: FBT001 - a column of the table
    assert LONDON.is_open(at(when)) is is_open


def test_holidays_are_named_and_shut() -> None:
    assert LONDON.holiday(date(2026, 12, 25)) == "Christmas Day"
    assert LONDON.holiday_at(at("2026-12-24T23:59:59+00:00")) == ""
    assert LONDON.next_opening(at("2026-12-24T18:00:00+00:00")) == at("2026-12-29T09:00:00+00:00")


def test_a_day_the_clinic_adds() -> None:
    shut = OpeningHours(week=LONDON.week, zone=LONDON.zone, extra_closed=frozenset({date(2026, 11, 23)}))
    assert not shut.is_open(at("2026-11-23T10:00:00+00:00"))


def test_next_opening_while_open_is_the_one_after() -> None:
    assert LONDON.next_opening(at("2026-11-23T09:00:00+00:00")) == at("2026-11-23T13:30:00+00:00")


def test_a_clinic_that_never_opens() -> None:
    assert OpeningHours.of([], zone="UTC").next_opening(at("2026-11-23T09:00:00+00:00")) is None


def test_clocks_forward_in_london() -> None:
    """01:00 becomes 02:00 on 2026-03-29: half past one does not exist, so it opens as the clocks change."""
    assert NIGHTS.next_opening(at("2026-03-28T12:00:00+00:00")) == at("2026-03-29T01:00:00+00:00")
    assert not NIGHTS.is_open(at("2026-03-29T00:59:59+00:00"))
    assert NIGHTS.is_open(at("2026-03-29T01:00:00+00:00"))


def test_clocks_back_in_london() -> None:
    """01:30 comes twice on 2026-10-25: it opens at the first, and is shut again only until the second."""
    assert NIGHTS.next_opening(at("2026-10-24T12:00:00+00:00")) == at("2026-10-25T00:30:00+00:00")
    assert NIGHTS.is_open(at("2026-10-25T00:45:00+00:00"))
    assert not NIGHTS.is_open(at("2026-10-25T01:15:00+00:00"))
    assert NIGHTS.is_open(at("2026-10-25T01:45:00+00:00"))


def test_half_an_hour_forward_on_lord_howe() -> None:
    """02:00 becomes 02:30 on 2026-10-04: ten past two opens at the change, half past three in universal time."""
    assert LORD_HOWE.next_opening(at("2026-10-03T00:00:00+00:00")) == at("2026-10-03T15:30:00+00:00")
    assert not LORD_HOWE.is_open(at("2026-10-03T15:29:59+00:00"))
    assert LORD_HOWE.is_open(at("2026-10-03T15:30:00+00:00"))


def test_half_an_hour_back_on_lord_howe() -> None:
    """02:00 becomes 01:30 on 2026-04-05."""
    assert LORD_HOWE.next_opening(at("2026-04-04T00:00:00+00:00")) == at("2026-04-04T15:40:00+00:00")


@pytest.mark.parametrize("text", ["9-17", "17:00-09:00", "09:00", "25:00-26:00", "09:00-09:00"])
def test_no_span(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Span.parse(text)


@given(st.integers(1_770_000_000_000, 1_800_000_000_000), st.sampled_from([LONDON, NIGHTS, LORD_HOWE]))
def test_the_next_opening_is_open_and_the_second_before_is_not_or_is_another_span(
    ms: int, hours: OpeningHours
) -> None:
    opening = hours.next_opening(Instant(ms))
    assert opening is not None
    assert opening > Instant(ms)
    assert hours.is_open(opening)
    assert not hours.is_open(opening.plus(ms=-1000))
