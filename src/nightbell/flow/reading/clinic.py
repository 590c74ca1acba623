"""Clinic: what may stand in clinic.yaml, and the facts of it that texts can use."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import AfterValidator, Field, ValidationInfo

from nightbell.calendar.hours import regions_of
from nightbell.document.node import Mapping, Scalar
from nightbell.errors import TermError
from nightbell.flow.model import Clinic
from nightbell.flow.reading.fields import Duration, Entry, Names, fault
from nightbell.flow.reading.text import suggestion
from nightbell.terms.disposition import Disposition
from nightbell.terms.phone import PhoneNumber

__all__ = ["ClinicSchema", "facts_of", "make_clinic"]

_DIGITS: Final = dict(enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]))


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise fault("NB170", f"there is no zone {value!r}", "a name such as Europe/London") from error
    return value


def _country(value: str) -> str:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise fault("NB170", f"there is no country {value!r}", "an ISO code of two capitals, such as GB")
    return value


def _region(value: str, info: ValidationInfo[Names]) -> str:
    country = info.data.get("country", "")
    known = regions_of(country)
    if country and value not in known:
        hint = suggestion(value, known, "one of " + ", ".join(known[:20]) if known else "leave it out")
        raise fault("NB170", f"there is no part {value!r} of {country} with holidays of its own", hint)
    return value


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise fault("NB171", f"{value!r} is no day", "year, month, day: 2026-12-24") from error


def _number(value: str, info: ValidationInfo[Names]) -> str:
    try:
        number = PhoneNumber.parse(value, info.data.get("country", ""))
    except TermError as error:
        raise fault("NB172", error.message, error.hint) from error
    return number.e164


def _emergency(value: str, info: ValidationInfo[Names]) -> str:
    country = info.data.get("country", "")
    if not (value.isascii() and value.isdigit()) or (
        country and not phonenumbers.is_emergency_number(value, country)
    ):
        raise fault(
            "NB172", f"{value!r} is no emergency number of {country}", "the number as dialled, such as 999"
        )
    return value


def _spans(value: tuple[str, ...]) -> tuple[str, ...]:
    end = time.min
    for span in value:
        first, _, last = span.partition("-")
        try:
            opens, closes = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
        except ValueError as error:
            raise fault("NB171", f"{span!r} is no span of hours", "write 09:00-17:30") from error
        if len(first.strip()) != 5 or len(last.strip()) != 5 or opens >= closes:
            raise fault(
                "NB171", f"{span!r} does not run forward", "write 09:00-17:30; end at 23:59 for the whole day"
            )
        if opens < end:
            raise fault("NB171", f"{span!r} begins before the last one ends", "spans in order, not overlapping")
        end = closes
    return value


Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Day: TypeAlias = Annotated[str, AfterValidator(_day)]
Spans: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_spans)]


class ClinicSchema(Entry):
    """clinic.yaml."""

    name: str
    """The folder's name."""
    title: str = Field(min_length=1)
    """The clinic as callers know it."""
    country: Annotated[str, AfterValidator(_country)]
    """ISO code of two capitals: GB."""
    region: Annotated[str, AfterValidator(_region)] = ""
    """A part of the country that has public holidays of its own: ENG, NSW, CA."""
    zone: Annotated[str, AfterValidator(_zone)]
    """Time zone: Europe/London."""
    number: Annotated[str, AfterValidator(_number)]
    """The clinic's public number, the only one a caller ever hears."""
    emergency: Annotated[str, AfterValidator(_emergency)]
    """The emergency number as dialled."""
    emergency_department: str = ""
    """The nearest one, as spoken."""
    eye_unit: str = ""
    """The nearest one, as spoken."""
    hours: dict[Weekday, Spans] = Field(default_factory=dict)
    """Day to spans of hours; a day left out is closed."""
    closed_on: tuple[Day, ...] = ()
    """Further days on which the clinic is closed, beside public holidays: [2026-12-24]."""
    promises: dict[Disposition, Duration] = Field(default_factory=dict)
    """Disposition to how soon it is rung back."""
    facts: dict[str, str] = Field(default_factory=dict)
    """Further names for texts."""
    cover: Literal["full", "solo", "none"] = "full"
    """Who else there is when the first person does not answer: others, nobody, or no clinician at all."""


def facts_of(node: Mapping | None) -> dict[str, str]:
    """Return the names that texts can use, as far as clinic.yaml can be read.

    A file with faults still gives its names, so that its faults do not raise others in every text.
    """

    def text(key: str) -> str:
        found = node.get(key) if node is not None else None
        if found is None:
            return "" if node is not None else key
        return found.text if isinstance(found, Scalar) else key

    emergency = text("emergency")
    facts = {
        "emergency": emergency or "emergency",
        "emergency_spoken": " ".join(_DIGITS[int(digit)] for digit in emergency if digit in "0123456789")
        or "emergency",
        "clinic": text("title") or "clinic",
        "emergency_department": text("emergency_department"),
        "eye_unit": text("eye_unit"),
        "clinic_number": _national(text("number"), text("country")) or "number",
    }
    given = node.mapping("facts").items if node is not None else ()
    own = {key.text: value.text for key, value in given if isinstance(value, Scalar)}
    return {**own, **facts}


def _national(number: str, country: str) -> str:
    try:
        return PhoneNumber.parse(number, country).national
    except TermError:
        return number


def make_clinic(schema: ClinicSchema) -> Clinic:
    """Make the model's clinic."""
    return Clinic(
        name=schema.name,
        title=schema.title,
        country=schema.country,
        zone=schema.zone,
        number=schema.number,
        emergency=schema.emergency,
        emergency_department=schema.emergency_department,
        eye_unit=schema.eye_unit,
        facts=tuple(schema.facts.items()),
        hours=tuple(schema.hours.items()),
        region=schema.region,
        closed_on=schema.closed_on,
        cover=schema.cover,
        promises_ms=tuple(schema.promises.items()),
    )
