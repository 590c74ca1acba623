"""Spelling for the ear: what is heard for every way a number is written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.speech.spelling import cardinal, clock, day, digit_groups, digits, number, ordinal, spell


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Hang up and dial 999.", "Hang up and dial nine nine nine."),
        ("dial 911 or 112 now", "dial nine one one or one one two now"),
        ("dial 000", "dial zero zero zero"),
        ("call 101, then press 9", "call one zero one, then press nine"),
        ("open 24 hours", "open twenty four hours"),
        ("open 24/7.", "open twenty four hours a day, seven days a week."),
        ("at 10:45 tonight", "at ten forty five a.m. tonight"),
        ("at 22:45", "at ten forty five p.m."),
        ("at 22:05", "at ten oh five p.m."),
        ("9am-5pm", "nine a.m. to five p.m."),
        ("9.30 a.m. to 12pm", "nine thirty a.m. to midday"),
        ("until 0:00", "until midnight"),
        ("within 48 hours", "within forty eight hours"),
        ("10-15 minutes", "ten to fifteen minutes"),
        ("on the 22nd", "on the twenty second"),
        ("0.5 ml", "zero point five millilitres"),
        ("costs £50, or 5%", "costs fifty pounds, or five percent"),
        ("£1,250.50", "one thousand two hundred and fifty pounds fifty"),
        ("in 2026", "in twenty twenty six"),
        ("room 007", "room zero zero seven"),
        ("B12", "B twelve"),
        ("on 2026-11-22", "on Sunday the twenty second of November"),
        ("text 85258", "text eight five two, five eight"),
        ("at 25:99", "at two five nine nine"),
        ("\u0669\u0669\u0669", "nine nine nine"),
        ("  two\n lines ", "two lines"),
        ("ring 020 7946 0958.", "ring zero two zero, seven nine four six, zero nine five eight."),
    ],
)
def test_what_is_heard(written: str, heard: str) -> None:
    assert spell(written, "GB") == heard


def test_a_date_in_figures_is_read_as_the_clinics_country_writes_it() -> None:
    assert spell("3/4/2026", "GB") == "Friday the third of April"
    assert spell("3/4/2026", "US") == "Wednesday the fourth of March"
    assert spell("22/11/2026", "US") == spell("11/22/2026", "GB") == "Sunday the twenty second of November"
    assert spell("31/2/2026", "GB") == "three one two two zero two six"


@pytest.mark.parametrize(
    ("written", "country", "heard"),
    [
        ("+442079460958", "GB", "zero two zero, seven nine four six, zero nine five eight"),
        ("02079460958", "GB", "zero two zero, seven nine four six, zero nine five eight"),
        ("+12025550143", "US", "two zero two, five five five, zero one four three"),
        ("+12025550143", "GB", "plus one, two zero two, five five five, zero one four three"),
        ("+61491570006", "AU", "zero four nine one, five seven zero, zero zero six"),
        ("999", "GB", "nine nine nine"),
        ("1234567", "GB", "one two three, four five six seven"),
    ],
)
def test_telephone_numbers_in_the_form_of_their_country(written: str, country: str, heard: str) -> None:
    assert number(written, country) == heard


def test_zero_is_never_oh_in_a_number() -> None:
    assert " oh" not in number("07700900100", "GB")
    assert digits("0") == "zero"


def test_every_minute_of_the_day_is_said_differently() -> None:
    said = {clock(hour, minute) for hour in range(24) for minute in range(60)}
    assert len(said) == 24 * 60
    assert clock(24, 0) == clock(0, 0) == "midnight"
    assert clock(12, 0) == "midday"
    assert clock(0, 1) == "one minute past midnight"


def test_every_day_of_a_leap_year_is_said() -> None:
    assert day(date(2028, 2, 29)) == "Tuesday the twenty ninth of February"
    assert [ordinal(n) for n in (1, 2, 3, 4, 5, 8, 9, 12, 20, 21, 30, 31)] == [
        *("first", "second", "third", "fourth", "fifth", "eighth", "ninth", "twelfth", "twentieth"),
        *("twenty first", "thirtieth", "thirty first"),
    ]


def test_counts_below_a_million() -> None:
    assert cardinal(0) == "zero"
    assert cardinal(119) == "one hundred and nineteen"
    assert cardinal(999_999) == "nine hundred and ninety nine thousand nine hundred and ninety nine"
    assert cardinal(20_001) == "twenty thousand and one"


@given(
    st.text(st.sampled_from("0123456789:/-.,+() £%apm ndDial\u0663"), max_size=40),
    st.sampled_from(["GB", "US", "FR"]),
)
def test_no_digit_is_ever_left_for_the_voice(text: str, country: str) -> None:
    heard = spell(text, country)
    assert not any(sign.isdecimal() for sign in heard)
    assert spell(heard, country) == heard


@given(st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True), st.sampled_from(["GB", "US", "DE", "AU"]))
def test_no_digit_of_a_telephone_number_is_lost_or_added_at_home(text: str, country: str) -> None:
    groups = digit_groups(text, country)
    spoken = "".join(groups).lstrip("+")
    written = text.lstrip("+")
    # Only the country code and the national prefix may come or go.
    assert spoken.endswith(written[-4:])
    assert abs(len(spoken) - len(written)) <= 3
