"""Open, closed or holiday at the minute: lunch, public holidays by country and part, zones, the two odd nights."""

from __future__ import annotations

import pytest

from nightbell.calendar.hours import OpeningHours, regions_of
from nightbell.terms.instant import Instant

DAYS = ("mon", "tue", "wed", "thu", "fri")
WEEK = [(day, ["09:00-12:30", "13:30-17:30"]) for day in DAYS]
NIGHT = [(day, ["00:00-04:00"]) for day in (*DAYS, "sat", "sun")]
CLINICS = {
    "london": OpeningHours.of(WEEK, zone="Europe/London", country="GB", region="ENG"),
    "edinburgh": OpeningHours.of(WEEK, zone="Europe/London", country="GB", region="SCT"),
    "denver": OpeningHours.of(WEEK, zone="America/Denver", country="US", region="CO"),
    "phoenix": OpeningHours.of(WEEK, zone="America/Phoenix", country="US", region="AZ"),
    "sydney": OpeningHours.of(WEEK, zone="Australia/Sydney", country="AU", region="NSW"),
    "melbourne": OpeningHours.of(WEEK, zone="Australia/Melbourne", country="AU", region="VIC"),
    "auckland": OpeningHours.of(WEEK, zone="Pacific/Auckland", country="NZ", region="AUK"),
    "munich": OpeningHours.of(WEEK, zone="Europe/Berlin", country="DE", region="BY"),
    "berlin": OpeningHours.of(WEEK, zone="Europe/Berlin", country="DE", region="BE"),
    "dublin": OpeningHours.of(WEEK, zone="Europe/Dublin", country="IE"),
    "ascension": OpeningHours.of(WEEK, zone="Atlantic/St_Helena", country="AC"),
    "london night": OpeningHours.of(NIGHT, zone="Europe/London"),
    "denver night": OpeningHours.of(NIGHT, zone="America/Denver"),
    "auckland night": OpeningHours.of(NIGHT, zone="Pacific/Auckland"),
}


@pytest.mark.parametrize(
    ("where", "when", "state"),
    [
        # the edges of the day and of lunch, by the clinic's own clock
        ("london", "2026-11-23T08:59:59.999+00:00", "closed"),
        ("london", "2026-11-23T09:00+00:00", "open"),
        ("london", "2026-11-23T12:29:59.999+00:00", "open"),
        ("london", "2026-11-23T12:30+00:00", "closed"),
        ("london", "2026-11-23T13:29:59.999+00:00", "closed"),
        ("london", "2026-11-23T13:30+00:00", "open"),
        ("london", "2026-11-23T17:29:59.999+00:00", "open"),
        ("london", "2026-11-23T17:30+00:00", "closed"),
        ("london", "2026-11-28T10:00+00:00", "closed"),
        # the same instant in other zones
        ("denver", "2026-11-23T16:00+00:00", "open"),
        ("phoenix", "2026-11-23T16:00+00:00", "open"),
        ("denver", "2026-07-06T15:00+00:00", "open"),
        ("phoenix", "2026-07-06T15:59+00:00", "closed"),
        ("auckland", "2026-11-22T20:00+00:00", "open"),
        ("sydney", "2026-11-22T21:59+00:00", "closed"),
        ("sydney", "2026-11-22T22:00+00:00", "open"),
        # holidays begin and end at the clinic's midnight
        ("london", "2026-12-24T23:59:59.999+00:00", "closed"),
        ("london", "2026-12-25T00:00+00:00", "holiday"),
        ("london", "2026-12-25T10:00+00:00", "holiday"),
        ("auckland", "2026-12-24T10:59:59.999+00:00", "closed"),
        ("auckland", "2026-12-24T11:00+00:00", "holiday"),
        ("denver", "2026-12-25T06:59:59.999+00:00", "closed"),
        ("denver", "2026-12-25T07:00+00:00", "holiday"),
        # a holiday on a Saturday is kept on the Monday
        ("london", "2026-12-28T10:00+00:00", "holiday"),
        # parts of a country
        ("london", "2026-04-06T09:00+01:00", "holiday"),
        ("edinburgh", "2026-04-06T09:00+01:00", "open"),
        ("edinburgh", "2026-11-30T10:00+00:00", "holiday"),
        ("london", "2026-11-30T10:00+00:00", "open"),
        ("melbourne", "2026-11-03T10:00+11:00", "holiday"),
        ("sydney", "2026-11-03T10:00+11:00", "open"),
        ("munich", "2026-01-06T10:00+01:00", "holiday"),
        ("berlin", "2026-01-06T10:00+01:00", "open"),
        ("denver", "2026-11-26T10:00-07:00", "holiday"),
        ("auckland", "2026-02-06T10:00+13:00", "holiday"),
        ("dublin", "2026-03-17T10:00+00:00", "holiday"),
        # a place whose holidays nobody knows is open by its week
        ("ascension", "2026-12-25T10:00+00:00", "open"),
        # the night the clocks go forward: the hour that is left out
        ("london night", "2026-03-29T00:59:59.999+00:00", "open"),
        ("london night", "2026-03-29T02:59:59.999+00:00", "open"),
        ("london night", "2026-03-29T03:00+00:00", "closed"),
        ("denver night", "2026-03-08T09:59:59.999+00:00", "open"),
        ("denver night", "2026-03-08T10:00+00:00", "closed"),
        ("auckland night", "2026-09-26T15:00+00:00", "closed"),
        ("auckland night", "2026-09-26T14:59:59.999+00:00", "open"),
        # the night they go back: the hour that comes twice is open both times
        ("london night", "2026-10-25T00:30+00:00", "open"),
        ("london night", "2026-10-25T01:30+00:00", "open"),
        ("london night", "2026-10-25T03:59:59.999+00:00", "open"),
        ("london night", "2026-10-25T04:00+00:00", "closed"),
        ("denver night", "2026-11-01T10:59:59.999+00:00", "open"),
        ("denver night", "2026-11-01T11:00+00:00", "closed"),
        ("auckland night", "2026-04-04T15:59:59.999+00:00", "open"),
        ("auckland night", "2026-04-04T16:00+00:00", "closed"),
    ],
)
def test_at_the_minute(where: str, when: str, state: str) -> None:
    assert CLINICS[where].state_at(Instant.parse(when)) == state


def test_days_that_the_clinic_closes_itself_are_holidays() -> None:
    shut = OpeningHours.of(WEEK, zone="Europe/London", country="GB", region="ENG", closed_on=("2026-12-24",))
    assert shut.state_at(Instant.parse("2026-12-23T10:00+00:00")) == "open"
    assert shut.state_at(Instant.parse("2026-12-24T10:00+00:00")) == "holiday"
    assert shut.next_opening(Instant.parse("2026-12-23T18:00+00:00")) == Instant.parse("2026-12-29T09:00+00:00")


def test_the_next_opening_is_after_easter_only_where_its_monday_is_one() -> None:
    friday = Instant.parse("2026-04-03T12:00+01:00")
    assert CLINICS["london"].next_opening(friday) == Instant.parse("2026-04-07T09:00+01:00")
    assert CLINICS["edinburgh"].next_opening(friday) == Instant.parse("2026-04-06T09:00+01:00")


@pytest.mark.parametrize(
    ("country", "some"), [("GB", "ENG"), ("US", "CA"), ("AU", "NSW"), ("NZ", "AUK"), ("IE", "")]
)
def test_parts_that_have_holidays_are_known(country: str, some: str) -> None:
    assert (some in regions_of(country)) if some else regions_of(country) == ()
