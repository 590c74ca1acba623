from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.oncall.promise import PromiseRules, make_promise, spoken_time
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

LONDON = "Europe/London"
RULES = PromiseRules(from_number="01632960100", zone=LONDON)


def at(text: str) -> Instant:
    return Instant.parse(text)


def never(_now: Instant) -> Instant | None:
    return None


@pytest.mark.parametrize(
    ("disposition", "by", "spoken"),
    [
        (Disposition.D1, "2026-11-22T22:06:00+00:00", "ten oh six tonight"),
        (Disposition.D2, "2026-11-22T22:30:00+00:00", "ten thirty tonight"),
        (Disposition.DU, "2026-11-22T22:30:00+00:00", "ten thirty tonight"),
        (Disposition.D3, "2026-11-23T02:00:00+00:00", "two o'clock tomorrow morning, Monday"),
        (Disposition.D4, "2026-11-23T10:00:00+00:00", "ten o'clock tomorrow morning, Monday"),
        (Disposition.D5, "2026-11-23T10:00:00+00:00", "ten o'clock tomorrow morning, Monday"),
    ],
)
def test_each_disposition_has_its_deadline_rounded_down(disposition: Disposition, by: str, spoken: str) -> None:
    made = make_promise(
        disposition, at("2026-11-22T22:01:30+00:00"), RULES, next_opening=lambda _: at("2026-11-23T09:00:00+00:00")
    )
    assert made.by == at(by)
    assert made.by_spoken == spoken
    assert made.from_number == "01632960100"


def test_a_deadline_on_the_five_minutes_is_not_moved() -> None:
    made = make_promise(Disposition.D2, at("2026-11-22T22:15:00+00:00"), RULES, next_opening=never)
    assert made.by_spoken == "ten forty five tonight"


def test_administration_is_rung_back_by_the_office_and_a_worry_by_a_clinician() -> None:
    now = at("2026-11-22T22:00:00+00:00")
    opens = at("2026-11-23T09:00:00+00:00")
    assert make_promise(Disposition.D5, now, RULES, next_opening=lambda _: opens).who == "someone from the clinic"
    assert make_promise(Disposition.D4, now, RULES, next_opening=lambda _: opens).who == "a clinician"


def test_a_clinic_promises_what_it_can_keep() -> None:
    rules = PromiseRules(from_number="1", zone=LONDON, within_ms={Disposition.D2: 20 * 60_000})
    made = make_promise(Disposition.D2, at("2026-11-22T22:00:00+00:00"), rules, next_opening=never)
    assert made.by == at("2026-11-22T22:20:00+00:00")


def test_a_calendar_without_an_opening_gives_a_day() -> None:
    made = make_promise(Disposition.D4, at("2026-11-22T22:00:00+00:00"), RULES, next_opening=never)
    assert made.by_spoken == "eleven o'clock tomorrow night, Monday"


@pytest.mark.parametrize(
    ("when", "now", "spoken"),
    [
        ("2026-11-22T09:00:00+00:00", "2026-11-22T06:00:00+00:00", "nine o'clock this morning"),
        ("2026-11-22T12:00:00+00:00", "2026-11-22T06:00:00+00:00", "twelve noon today"),
        ("2026-11-22T12:05:00+00:00", "2026-11-22T06:00:00+00:00", "twelve oh five this afternoon"),
        ("2026-11-22T17:20:00+00:00", "2026-11-22T06:00:00+00:00", "five twenty this evening"),
        ("2026-11-22T23:55:00+00:00", "2026-11-22T23:30:00+00:00", "eleven fifty five tonight"),
        ("2026-11-23T00:00:00+00:00", "2026-11-22T23:30:00+00:00", "midnight tonight"),
        ("2026-11-23T00:20:00+00:00", "2026-11-22T23:50:00+00:00", "twenty minutes past midnight tonight"),
        ("2026-11-23T00:35:00+00:00", "2026-11-23T00:05:00+00:00", "thirty five minutes past midnight tonight"),
        ("2026-11-24T00:00:00+00:00", "2026-11-23T00:05:00+00:00", "midnight, when Tuesday begins"),
        ("2026-11-23T04:30:00+00:00", "2026-11-23T00:30:00+00:00", "four thirty this morning"),
        ("2026-11-24T10:00:00+00:00", "2026-11-22T22:00:00+00:00", "ten o'clock on Tuesday morning"),
        (
            "2026-12-29T10:00:00+00:00",
            "2026-12-22T22:00:00+00:00",
            "ten o'clock on Tuesday morning, the twenty ninth of December",
        ),
        (
            "2027-01-04T10:00:00+00:00",
            "2026-12-23T22:00:00+00:00",
            "ten o'clock on Monday morning, the fourth of January",
        ),
    ],
)
def test_times_are_said_as_people_say_them(when: str, now: str, spoken: str) -> None:
    assert spoken_time(at(when), now=at(now), zone=LONDON) == spoken


def test_the_summer_clock_is_the_clinics() -> None:
    made = make_promise(Disposition.D2, at("2026-06-01T21:15:00+00:00"), RULES, next_opening=never)
    assert made.by_spoken == "ten forty five tonight"  # 22:45 in London, 21:45 UTC


def test_the_hour_that_comes_twice_says_which_one_it_is() -> None:
    # London, 25 October 2026: 02:00 BST becomes 01:00 GMT at 01:00 UTC.
    first = make_promise(Disposition.D2, at("2026-10-25T00:00:00+00:00"), RULES, next_opening=never)
    second = make_promise(Disposition.D2, at("2026-10-25T00:40:00+00:00"), RULES, next_opening=never)
    assert first.by_spoken == "one thirty this morning, before the clocks go back"
    assert second.by_spoken == "one ten this morning, after the clocks go back"
    assert second.by == at("2026-10-25T01:10:00+00:00")


def test_the_hour_that_never_comes_is_never_said() -> None:
    # London, 29 March 2026: 01:00 GMT becomes 02:00 BST at 01:00 UTC.
    made = make_promise(Disposition.D2, at("2026-03-29T00:45:00+00:00"), RULES, next_opening=never)
    assert made.by_spoken == "two fifteen this morning"


def test_four_hours_across_the_change_are_four_hours() -> None:
    made = make_promise(Disposition.D3, at("2026-10-24T23:00:00+00:00"), RULES, next_opening=never)
    assert made.by == at("2026-10-25T03:00:00+00:00")
    assert made.by_spoken == "three o'clock this morning"


def test_half_an_hour_given_twice_is_told_too() -> None:
    # Lord Howe, 5 April 2026: 02:00 (+11) becomes 01:30 (+10:30) at 15:00 UTC the day before.
    said = spoken_time(
        at("2026-04-04T15:10:00+00:00"), now=at("2026-04-04T14:00:00+00:00"), zone="Australia/Lord_Howe"
    )
    assert said == "one forty this morning, after the clocks go back"


@given(
    st.integers(min_value=1_700_000_000, max_value=1_900_000_000),
    st.sampled_from(list(Disposition)),
    st.sampled_from([LONDON, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_a_promise_is_never_late_at_most_five_minutes_earlier_and_in_words(
    second: int, disposition: Disposition, zone: str
) -> None:
    now = Instant(second * 1000)
    rules = PromiseRules(from_number="1", zone=zone)
    made = make_promise(disposition, now, rules, next_opening=lambda when: when.plus(ms=3_600_000))
    opening = 3_600_000 if disposition in (Disposition.D4, Disposition.D5) else 0
    within = {"D0": 5, "D1": 5, "DM": 5, "D2": 30, "DU": 30, "D3": 240, "D4": 60, "D5": 60}[disposition] * 60_000
    early = now.ms + opening + within - made.by.ms
    step = 60_000 if within < 900_000 else 300_000
    assert 0 <= early < step
    assert made.by.ms % step == 0
    assert re.fullmatch(r"[A-Za-z', ]+", made.by_spoken)
