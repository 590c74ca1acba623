"""Country: what follows from where a clinic is - emergency number, time zone, whether its holidays are known.

Telephone numbers and country names come from phonenumbers, holidays from holidays, zones from the system's zone
table. It asks nobody and writes nothing.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import holidays
import phonenumbers
from phonenumbers import timezone
from phonenumbers.geodata.locale import LOCALE_DATA

from nightbell.calendar.hours import regions_of
from nightbell.errors import TermError
from nightbell.terms.phone import PhoneNumber

__all__ = ["Country", "Site", "country_of", "read_site"]

_112: Final = (
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE "  # the Union
    "IS LI NO CH"
)
"""Where 112 reaches an ambulance: by directive 2018/1972, article 109, and beside it."""
_EMERGENCY: Final = {
    **dict.fromkeys(_112.split(), "112"),
    "GB": "999",
    "US": "911",
    "CA": "911",
    "AU": "000",
    "NZ": "111",
}
"""Number by which people of a country call an ambulance. Google's list knows which numbers are emergency numbers,
but not which of them is the ambulance's, so a country that is not here is asked for."""
_CRISIS: Final = {
    **dict.fromkeys(("GB", "IE", "DE"), "116123"),
    **dict.fromkeys(("US", "CA"), "988"),
    "AU": "131114",
    "NZ": "1737",
    "FR": "3114",
    "BE": "1813",
    "NL": "113",
}
"""Number of a crisis line that anybody there can ring at night; ``terms.phone`` says whose each is."""
_SHOWN: Final = 40
"""Zones of a country that a hint names; no country has more."""
_PARTS: Final = {"england": "ENG", "scotland": "SCT", "wales": "WLS", "northern ireland": "NIR"}
"""Parts of Great Britain that people name as if they were a country."""
_ALSO: Final = {"uk": "GB", **dict.fromkeys(_PARTS, "GB"), "usa": "US", "america": "US"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country, as far as a clinic's folder needs it."""

    code: str
    """ISO 3166 alpha-2."""
    name: str
    emergency: str
    """As dialled; empty where it is not known."""
    crisis: str
    """A crisis line, as dialled; empty where none is known."""
    has_holidays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A clinic's public number and what follows from it."""

    country: Country
    number: PhoneNumber
    zone: str
    region: str = ""
    """The part of the country, as the library of holidays calls it; empty where it was not told."""


def country_of(text: str) -> Country:
    """Return the country of a code or an English name.

    Raises:
        TermError: no such country.
    """
    wanted = " ".join(text.split()).strip(" .,")
    code = _ALSO.get(wanted.lower(), wanted.upper())
    if code not in phonenumbers.SUPPORTED_REGIONS:
        code = next((key for key in LOCALE_DATA if _english(key).lower() == wanted.lower()), "")
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise TermError(f"there is no country {wanted!r}", hint="its English name, or two letters such as GB")
    return Country(
        code=code,
        name=_english(code),
        emergency=_EMERGENCY.get(code, ""),
        crisis=_CRISIS.get(code, ""),
        has_holidays=code in holidays.list_supported_countries(),
    )


def _english(code: str) -> str:
    names: Mapping[str, str] = LOCALE_DATA.get(code, {})
    name = names.get("en", code)
    return names.get(name[1:], code) if name.startswith("*") else name  # "*aa": as in that language


def read_site(text: str) -> Site:
    """Read a country, a number and a zone in one line; the number alone is enough where it tells the others.

    Args:
        text: ``+44 20 7946 0142``, ``GB 020 7946 0142``, ``England 020 7946 0142``,
            ``US-CA 415 555 0123``, ``AU 1300 123 456 Australia/Sydney``.

    Raises:
        TermError: one of them cannot be read, or the number does not tell it.
    """
    words = text.split()
    given = words.pop() if words and words[-1][0].isalpha() and "/" in words[-1] else ""
    if given and given not in zoneinfo.available_timezones():
        raise TermError(f"there is no zone {given!r}", hint="a name such as Europe/London")
    text = " ".join(words)
    at = next((place for place, sign in enumerate(text) if sign.isdigit() or sign in "+("), len(text))
    named, typed = text[:at].strip(" ,:;-"), text[at:].strip()
    if not typed:
        raise TermError("there is no number", hint="the clinic's public number, such as +44 20 7946 0142")
    region = ""
    if named:
        whole, _, part = named.partition("-") if re.fullmatch(r"[A-Za-z]{2}-\w{1,4}", named) else (named, "", "")
        country, region = country_of(whole), (part.upper() or _PARTS.get(named.lower(), ""))
        _refuse_unknown(country, region)
    elif typed.startswith("+"):
        country = country_of(_region(typed))
    else:
        raise TermError(
            "a number without a country", hint="begin with + and the country code, or with the country"
        )
    number = PhoneNumber.parse(typed, country.code)
    zone = given or _zone(country.code, number)
    if not zone:
        raise TermError(
            "the number does not tell the time zone",
            hint="put it after the number, one of: "
            + ", ".join(sorted(_zones(country.code))[:_SHOWN] or ["Europe/London"]),
        )
    return Site(country=country, number=number, zone=zone, region=region)


def _refuse_unknown(country: Country, region: str) -> None:
    known = regions_of(country.code)
    if region and region not in known:
        shown = ", ".join(known) or "none has holidays of its own"
        raise TermError(f"{country.name} has no part {region!r}", hint=f"parts of {country.name}: {shown}")


def _region(typed: str) -> str:
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException as error:
        raise TermError("no telephone number", hint="such as +44 20 7946 0142") from error
    found = phonenumbers.region_code_for_number(number)
    if found:
        return str(found)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    if not phonenumbers.is_possible_number(number):
        raise TermError("no telephone number", hint="too few or too many digits")
    if len(regions) != 1 or regions[0] not in phonenumbers.SUPPORTED_REGIONS:
        hint = "put the country before it: US +1 800 555 0123"
        raise TermError("the number does not tell the country", hint=hint)
    return str(regions[0])


def _zone(code: str, number: PhoneNumber) -> str:
    """Return the zone of a number: its country's only one, or the only one of them that the number may be in."""
    by_country = _zones(code)
    by_number = set(timezone.time_zones_for_number(phonenumbers.parse(number.e164)))
    for found in (by_country, [zone for zone in by_country if zone in by_number]):
        if len(found) == 1:
            return found[0]
    return ""


def _zones(code: str) -> list[str]:
    """Return a country's zones, as the system's zone table lists them."""
    for folder in zoneinfo.TZPATH:
        table = Path(folder) / "zone.tab"
        if table.is_file():
            rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()]
            return [row[2] for row in rows if len(row) > 2 and row[0] == code]
    return []
