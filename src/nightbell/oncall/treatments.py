"""Treatments: who was treated with what, when and by whom, as treatments.csv says it. Pure.

It reads text and looks numbers up; it never reads a file or a clock. A row that is not sound may raise what is
assumed of its number and never lower it: a product that does not read counts as filler, and who has a date that
does not read is never taken for not treated lately.
A cell is compared or shown, never worked out. No message, no repr and no log holds a number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.errors import TermError
from nightbell.terms.instant import Instant
from nightbell.terms.masking import without_numbers
from nightbell.terms.phone import PhoneNumber
from nightbell.terms.product import PRODUCTS, may_be_filler

__all__ = ["COLUMNS", "LATELY_DAYS", "Lately", "Treatment", "Treatments", "read_treatments"]

COLUMNS: Final = ("number", "clinician", "product", "area", "date")
LATELY_DAYS: Final = 14
"""Days, counted by the clinic's own calendar: a fresh treatment (DESIGN section 4, rule 4; clinical.md row 6)."""
MOST_ROWS: Final = 100_000
"""More than a large clinic treats in years; the rest is not read, so that no file can stop the line."""
_LONGEST_CELL: Final = 120
_UNKNOWN: Final = ("", "unknown")
_RUN: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run when the list is opened there (OWASP, CSV injection)."""

Known = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One treatment."""

    number: str = field(repr=False)
    """E.164."""
    clinician: str
    """A key of oncall.yaml; "" where it is not known."""
    product: str
    """One of ``terms.product.PRODUCTS``; "" where it is not known."""
    area: str = field(repr=False)
    on: date | None
    """None where the date does not read: it may have been any day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """What is known of a number; nothing is the worst case and not "no"."""

    treated: Known = "unknown"
    filler: Known = "unknown"
    """Treated with filler, or with a product that is not known."""
    product: str = ""
    """Of the newest treatment in that time; "" where it is not known."""
    clinician: str = ""
    """Who gave it: a key of oncall.yaml; "" where nobody is known."""


@dataclass(frozen=True, slots=True)
class Treatments:
    """What could be read, and what is wrong."""

    zone: str
    by_number: Mapping[str, tuple[Treatment, ...]] = field(default_factory=dict, repr=False)
    """E.164 to treatments, the newest first."""
    diagnostics: tuple[Diagnostic, ...] = ()

    def lookup(self, number: str | None, now: Instant) -> Lately:
        """Return what is known of a number.

        Args:
            number: E.164; None is a withheld number.
            now: when it is asked.
        """
        found = self.by_number.get(number, ()) if number is not None else ()
        if not found:
            return Lately()
        today = now.datetime().astimezone(ZoneInfo(self.zone)).date()
        lately = [each for each in found if _is_lately(each.on, today)]
        no: Known = "unknown" if any(each.on is None for each in found) else "no"
        newest = lately[0] if lately else None
        return Lately(
            treated="yes" if lately else no,
            filler="yes" if any(may_be_filler(each.product) for each in lately) else no,
            product=newest.product if newest else "",
            clinician=next((each.clinician for each in lately if each.clinician), ""),
        )


def _is_lately(on: date | None, today: date) -> bool:
    """Tell whether a day lies in the last 14 days; one that is still to come is a slip, and may be today."""
    return on is not None and on >= today - timedelta(days=LATELY_DAYS)


def read_treatments(
    text: str, file: str, *, country: str, zone: str, today: date, people: Collection[str] | None
) -> Treatments:
    """Read treatments.csv.

    Args:
        text: the file's text, with commas or semicolons, with or without a byte-order mark.
        file: its name, as faults shall show it.
        country: ISO 3166 alpha-2, for numbers without a country code.
        zone: the clinic's zone: its calendar counts the days.
        today: the clinic's date now; no treatment lies after it.
        people: keys of oncall.yaml; None where nobody is known, then no clinician is held against it.

    Returns:
        What could be read, and every fault: an error where the file as a whole says nothing, a warning where a row
        does. A fault never holds a number.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    reading = _Reading(file, country, today, people)
    try:
        reading.take((lines.line_num, cells) for cells in lines)
    except csv.Error as error:
        reading.faults.append(
            Diagnostic(Place(file, lines.line_num, 1), "NB731", f"the list cannot be read ({error})", _AS_CSV)
        )
    newest = {number: tuple(sorted(rows, key=_newest_first)) for number, rows in reading.rows.items()}
    return Treatments(zone, MappingProxyType(newest), in_order(reading.faults))


_AS_CSV: Final = "save it as CSV, UTF-8, with the columns " + ", ".join(COLUMNS)


def _delimiter(text: str) -> str:
    """Return what parts the cells: spreadsheets of many countries write semicolons."""
    first = text.removeprefix("\ufeff").partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _newest_first(treatment: Treatment) -> int:
    return -(treatment.on or date.max).toordinal()


class _Reading:
    """A file being read."""

    def __init__(self, file: str, country: str, today: date, people: Collection[str] | None) -> None:
        self._file = file
        self._country = country
        self._today = today
        self._people = people
        self._numbers: dict[str, str | None] = {}
        self._seen: dict[tuple[object, ...], int] = {}
        self.rows: dict[str, list[Treatment]] = {}
        self.faults: list[Diagnostic] = []

    def take(self, lines: Iterator[tuple[int, list[str]]]) -> None:
        """Take every line, each with its number."""
        _, header = next(lines, (1, []))
        columns = self._columns(header)
        if columns is None:
            return
        for count, (line, cells) in enumerate(lines):
            if count >= MOST_ROWS:
                hint = "leave old ones out: two weeks are enough, and a year does no harm"
                self._warn(Place(self._file, line, 1), "NB731", f"row {MOST_ROWS} is the last that is read", hint)
                return
            if any(cell.strip() for cell in cells):
                self._row(line, cells, columns)

    def _columns(self, header: list[str]) -> dict[str, int] | None:
        """Return where each column stands; None where something is missing."""
        names = [name.strip().lower() for name in header]
        wrong = [(0, f"there is no column {name!r}: nothing here counts") for name in COLUMNS if name not in names]
        wrong += [(names.index(name), f"{name!r} stands there twice") for name in COLUMNS if names.count(name) > 1]
        self.faults += [
            Diagnostic(Place(self._file, 1, _column(header, at)), "NB731", said, _AS_CSV) for at, said in wrong
        ]
        return None if wrong else {name: names.index(name) for name in COLUMNS}

    def _row(self, line: int, cells: list[str], columns: Mapping[str, int]) -> None:
        given = {name: (cells[at].strip() if at < len(cells) else "") for name, at in columns.items()}
        place = {name: Place(self._file, line, _column(cells, at)) for name, at in columns.items()}
        for name in COLUMNS[1:]:
            if given[name].startswith(_RUN) or len(given[name]) > _LONGEST_CELL:
                message = f"{name!r} holds what a spreadsheet would run, or far too much"
                self._warn(place[name], "NB737", message, "write a word or two")
                given[name] = ""
        number = self._number(given["number"], place["number"])
        product = self._product(given["product"], place["product"])
        on = self._date(given["date"], place["date"])
        clinician = given["clinician"]
        if _is_lately(on, self._today):  # who gave an older treatment may have left since
            clinician = self._clinician(clinician, place["clinician"])
        if number is None:
            return
        key = (number, given["clinician"], product, given["area"], on)
        if key in self._seen:
            message = f"the same treatment stands in line {self._seen[key]}"
            self._warn(Place(self._file, line, 1), "NB736", message, "leave one of them out")
            return
        self._seen[key] = line
        treatment = Treatment(number=number, clinician=clinician, product=product, area=given["area"], on=on)
        self.rows.setdefault(number, []).append(treatment)

    def _number(self, cell: str, place: Place) -> str | None:
        if cell not in self._numbers:
            try:
                self._numbers[cell] = PhoneNumber.parse(cell.removeprefix("'"), self._country).e164
            except TermError:
                self._numbers[cell] = None
        found = self._numbers[cell]
        if found is None:
            hint = "with its country code, or as dialled at home; format the column as text, or its zeros are lost"
            self._warn(place, "NB732", "no telephone number that could be a patient's", hint)
        return found

    def _clinician(self, cell: str, place: Place) -> str:
        if cell in _UNKNOWN or self._people is None or cell in self._people:
            return "" if cell in _UNKNOWN else cell
        hint = "write a key of people: in oncall.yaml; until then whoever is on call is rung first"
        self._warn(place, "NB733", f"{_shown(cell)} does not stand in oncall.yaml", hint)
        return ""

    def _product(self, cell: str, place: Place) -> str:
        name = cell.lower()
        if name in _UNKNOWN:
            return ""
        if name not in PRODUCTS:
            hint = "one of " + ", ".join(PRODUCTS) + ", unknown; what is not known counts as filler"
            self._warn(place, "NB734", f"{_shown(cell)} is no product", hint)
            return ""
        return name

    def _date(self, cell: str, place: Place) -> date | None:
        try:
            on = date.fromisoformat(cell)
        except ValueError:
            self._warn(place, "NB735", f"{_shown(cell)} is no date", "year, month, day: 2026-11-22")
            return None
        if on > self._today:
            self._warn(place, "NB735", f"{on} is still to come", "a treatment is listed when it was given")
        return on

    def _warn(self, place: Place, code: str, message: str, hint: str) -> None:
        """Note a fault of a row."""
        self.faults.append(Diagnostic(place, code, message, hint, "warning"))


def _column(cells: list[str], at: int) -> int:
    """Return where a cell begins in its line, as far as nothing before it is in quotes."""
    return 1 + sum(len(cell) + 1 for cell in cells[:at])


def _shown(cell: str) -> str:
    return repr(without_numbers(cell)[:_LONGEST_CELL]) if cell else "nothing"
