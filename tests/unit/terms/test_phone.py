"""Telephone numbers, and the ones that are never rung."""

from __future__ import annotations

import pytest

from nightbell.errors import TermError
from nightbell.terms.masking import masked, without_numbers
from nightbell.terms.phone import PhoneNumber, is_emergency_or_crisis, must_not_be_rung


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("020 7946 0000", "GB", "+442079460000"),
        ("+44 20 7946 0000", "US", "+442079460000"),
        ("07700 900999", "GB", "+447700900999"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("0044 7700 900123", "GB", "+447700900123"),
    ],
)
def test_a_number_as_it_is_typed(text: str, country: str, e164: str) -> None:
    assert PhoneNumber.parse(text, country).e164 == e164


def test_at_home() -> None:
    number = PhoneNumber.parse("+442079460000", "GB")
    assert number.national == "020 7946 0000"
    assert number.national_digits == "02079460000"


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("999", "GB"),
        ("9 9 9", "GB"),
        ("112", "FR"),
        ("911", "US"),
        ("000", "AU"),
        ("111", "NZ"),
        ("988", "US"),
        ("116123", "GB"),
        ("116 123", "IE"),
        ("+44116123", "GB"),
        ("0044 116 123", "GB"),
        ("00 44 999", "GB"),
        ("+49 116117", "DE"),
        ("+1 800 273 8255", "US"),
        ("1-800-273-8255", "US"),
        ("800 273 8255", "US"),
        ("0800 1111", "GB"),
        ("+448001111", "GB"),
        ("13 11 14", "AU"),
        ("+61 13 11 14", "AU"),
        ("15", "FR"),
        ("1813", "BE"),
    ],
)
def test_never_rung_and_never_a_number(text: str, country: str) -> None:
    assert must_not_be_rung(text, country)
    with pytest.raises(TermError) as caught:
        PhoneNumber.parse(text, country)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["07700 900911", "020 7946 0999", "07999 999999"])
def test_nines_inside_a_number_are_digits(text: str) -> None:
    assert not is_emergency_or_crisis(text, "GB")
    assert PhoneNumber.parse(text, "GB").national_digits == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "abc", "0770090012345678901", "+"])
def test_no_number(text: str) -> None:
    with pytest.raises(TermError):
        PhoneNumber.parse(text, "GB")


def test_a_number_shows_three_digits_only() -> None:
    number = PhoneNumber.parse("07700 900123", "GB")
    assert f"{number} {number!r} {number.masked}" == "...123 PhoneNumber(...123) ...123"


def test_masking() -> None:
    assert masked("+44 7700 900123") == "...123"
    assert masked("12345") == "..."
    assert without_numbers("ring 07700 900-123 by 10:45, room 12") == "ring ...123 by 10:45, room 12"
