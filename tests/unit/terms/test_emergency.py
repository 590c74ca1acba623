"""Which number is the emergency where; that none of any country is ever a number to ring."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata
from phonenumbers.shortdata import _AVAILABLE_REGION_CODES as REGIONS

from nightbell.errors import TermError
from nightbell.terms.emergency import OWN, entries_of, is_emergency_number, own_numbers
from nightbell.terms.phone import CRISIS, PhoneNumber, must_not_be_rung

SHORT = [f"{number:0{width}d}" for width in (2, 3) for number in range(10**width)]


@pytest.mark.parametrize(
    ("country", "yes", "no"),
    [
        ("GB", ("999", "112"), ("111", "911", "000", "101")),
        ("US", ("911",), ("112", "999", "111")),
        ("CA", ("911",), ("112", "000")),
        ("AU", ("000",), ("112", "106", "111", "911")),
        ("NZ", ("111",), ("999", "911", "112", "000")),
        ("IE", ("112", "999"), ("111", "911")),
        ("FR", ("15", "112"), ("111", "999")),
        ("DE", ("112", "110"), ("911", "111")),
    ],
)
def test_each_country_has_its_own(country: str, yes: tuple[str, ...], no: tuple[str, ...]) -> None:
    assert all(is_emergency_number(number, country) for number in yes)
    assert not any(is_emergency_number(number, country) for number in no)
    assert own_numbers(country) == (yes if country in OWN else ())


def test_111_is_the_whole_entry_where_it_is_the_emergency() -> None:
    assert "111" in entries_of("111")
    assert "111" not in entries_of("999")
    assert all({"9", "999", "911", "112", "000"} <= entries_of(own) for own in ("111", "999", "15", ""))
    assert "" not in entries_of("")


def test_no_emergency_number_of_any_country_is_a_number_to_ring() -> None:
    tried = 0
    for region in REGIONS:
        known = PhoneMetadata.short_metadata_for_region(region)
        if known is None or known.emergency is None or not known.emergency.national_number_pattern:
            continue
        pattern = re.compile(known.emergency.national_number_pattern)
        code = phonenumbers.country_code_for_region(region)
        for number in filter(pattern.fullmatch, SHORT):
            assert must_not_be_rung(number)
            for text in (number, f"+{code}{number}", f"00{code}{number}"):
                tried += 1
                with pytest.raises(TermError):
                    PhoneNumber.parse(text, region)
    assert tried > 1_000


@pytest.mark.parametrize("country", ["GB", "US", "AU", "NZ", "FR"])
@pytest.mark.parametrize("number", ["111", "999", "911", "112", "000", *sorted(CRISIS)])
def test_whatever_country_it_is_dialled_from(number: str, country: str) -> None:
    with pytest.raises(TermError) as refused:
        PhoneNumber.parse(number, country)
    assert number not in str(refused.value)
