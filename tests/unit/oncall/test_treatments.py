"""treatments.csv: what is read, what is wrong where, and what is known of a number afterwards."""

from __future__ import annotations

from datetime import date

import pytest

from nightbell.oncall.treatments import LATELY_DAYS, MOST_ROWS, Lately, Treatments, read_treatments
from nightbell.terms.instant import Instant

TODAY = date(2026, 11, 22)
NIGHT = Instant.parse("2026-11-22T22:40:00+00:00")
HEADER = "number,clinician,product,area,date\n"
MIA, NOBODY = "+447700900123", "+447700900999"


def read(
    text: str, *, people: frozenset[str] | None = frozenset({"ann", "bob"}), zone: str = "Europe/London"
) -> Treatments:
    return read_treatments(text, "treatments.csv", country="GB", zone=zone, today=TODAY, people=people)


def faults(text: str) -> list[tuple[int, int, str, str]]:
    return [(each.place.line, each.place.column, each.code, each.severity) for each in read(text).diagnostics]


def row(number: str = MIA, clinician: str = "ann", product: str = "filler", on: str = "2026-11-20") -> str:
    return f"{number},{clinician},{product},lip,{on}\n"


@pytest.mark.parametrize(
    "text",
    [
        HEADER + row(),
        "\ufeff" + HEADER + row(),
        (HEADER + row()).replace(",", ";"),
        (HEADER + row()).replace(",", "\t"),
        (HEADER + row()).replace("\n", "\r\n"),
        "Date,Area,PRODUCT, number ,clinician\n2026-11-20,lip,Filler,07700 900123,ann\n",
        'number,note,clinician,product,area,date\n"+44 7700 900123","so, ok",ann,filler,"lip, top",2026-11-20\n',
        HEADER + "'07700900123,ann,filler,lip,2026-11-20\n\n,,,,\n",
    ],
)
def test_lists_of_every_spreadsheet_read(text: str) -> None:
    known = read(text)
    assert known.diagnostics == ()
    assert known.lookup(MIA, NIGHT) == Lately(treated="yes", filler="yes", product="filler", clinician="ann")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEADER + row("12"), [(2, 1, "NB732", "warning")]),
        (HEADER + row("999"), [(2, 1, "NB732", "warning")]),
        (HEADER + row("7.70E+11"), [(2, 1, "NB732", "warning")]),
        (HEADER + row(clinician="eve"), [(2, 15, "NB733", "warning")]),
        (HEADER + row(product="botox"), [(2, 19, "NB734", "warning")]),
        (HEADER + row(on="20/11/2026"), [(2, 30, "NB735", "warning")]),
        (HEADER + row(on="2026-02-30"), [(2, 30, "NB735", "warning")]),
        (HEADER + row(on=""), [(2, 30, "NB735", "warning")]),
        (HEADER + row(on="2026-11-23"), [(2, 30, "NB735", "warning")]),
        (HEADER + row() + row("07700 900123"), [(3, 1, "NB736", "warning")]),
        (HEADER + row(clinician="=HYPERLINK(A1)"), [(2, 15, "NB737", "warning")]),
        (HEADER + row().replace("lip", "@SUM(A1)"), [(2, 26, "NB737", "warning")]),
        (HEADER + row().replace("lip", "x" * 200), [(2, 26, "NB737", "warning")]),
        ("", [(1, 1, "NB731", "error")] * 5),
        ("number,clinician,product,date\n", [(1, 1, "NB731", "error")]),
        ("number,number,clinician,product,area,date\n", [(1, 1, "NB731", "error")]),
    ],
)
def test_every_fault_has_its_place(text: str, expected: list[tuple[int, int, str, str]]) -> None:
    assert faults(text) == expected


def test_all_faults_are_found_at_once_and_none_shows_a_number() -> None:
    known = read(HEADER + row("bad") + row(clinician="07700900456", product="+44 7700 900777", on="07700900888"))
    found = [(each.place.line, each.code) for each in known.diagnostics]
    assert found == [(2, "NB732"), (3, "NB737"), (3, "NB735")]
    shown = repr(known) + "".join(str(each) + each.hint for each in known.diagnostics)
    assert not any(tail in shown for tail in ("900456", "900777", "900888", "900123"))


@pytest.mark.parametrize(
    ("on", "treated"),
    [
        ("2026-11-22", "yes"),
        ("2026-11-08", "yes"),
        ("2026-11-07", "no"),
        ("2025-01-01", "no"),
        ("2026-12-24", "yes"),
    ],
)
def test_fourteen_days_are_counted_by_the_clinics_calendar(on: str, treated: str) -> None:
    assert LATELY_DAYS == 14
    assert read(HEADER + row(on=on)).lookup(MIA, NIGHT).treated == treated


def test_the_day_begins_at_the_clinics_midnight() -> None:
    text = HEADER + row(on="2026-11-08")
    before, after = Instant.parse("2026-11-22T23:59:59+00:00"), Instant.parse("2026-11-23T00:00:00+00:00")
    assert [read(text).lookup(MIA, at).treated for at in (before, after)] == ["yes", "no"]
    auckland = read(text, zone="Pacific/Auckland")
    assert auckland.lookup(MIA, Instant.parse("2026-11-22T11:00:00+00:00")).treated == "no"


@pytest.mark.parametrize("number", [None, NOBODY])
def test_a_number_of_which_nothing_is_known_is_the_worst_case(number: str | None) -> None:
    assert read(HEADER + row()).lookup(number, NIGHT) == Lately(treated="unknown", filler="unknown")
    assert read("").lookup(MIA, NIGHT) == Lately()


@pytest.mark.parametrize(
    ("rows", "treated", "filler"),
    [
        (row(product="toxin"), "yes", "no"),
        (row(product="unknown"), "yes", "yes"),
        (row(product=""), "yes", "yes"),
        (row(product="botox"), "yes", "yes"),
        (row(product="toxin") + row(product="filler", on="2026-11-10"), "yes", "yes"),
        (row(product="toxin") + row(product="filler", on="2026-10-10"), "yes", "no"),
        (row(on="2026-10-10"), "no", "no"),
        (row(on="2026-10-10") + row(on="last week"), "unknown", "unknown"),
        (row(product="toxin") + row(on="last week"), "yes", "unknown"),
    ],
)
def test_a_row_that_does_not_read_never_lowers_what_is_assumed(rows: str, treated: str, filler: str) -> None:
    found = read(HEADER + rows).lookup(MIA, NIGHT)
    assert (found.treated, found.filler) == (treated, filler)


def test_who_treated_last_is_rung_and_who_left_is_not_looked_for() -> None:
    text = HEADER + row(clinician="bob", on="2026-11-12") + row(clinician="ann", on="2026-11-15")
    assert read(text).lookup(MIA, NIGHT).clinician == "ann"
    assert read(text + row(clinician="", on="2026-11-16")).lookup(MIA, NIGHT).clinician == "ann"
    assert read(text + row(clinician="eve", on="2026-11-16")).lookup(MIA, NIGHT).clinician == "ann"
    assert read(HEADER + row(clinician="eve", on="2026-01-16")).diagnostics == ()
    assert read(HEADER + row(clinician="eve"), people=None).lookup(MIA, NIGHT).clinician == "eve"


def test_damaged_lists_stop_nothing() -> None:
    for text in (HEADER + 'x"\n"open' + row() * 3, HEADER + "\0" + row(), "\0", HEADER + "," * 200_000, "=1+1\n"):
        assert read(text).lookup(NOBODY, NIGHT) == Lately()


def test_no_list_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ROWS >= 50_000
    monkeypatch.setattr("nightbell.oncall.treatments.MOST_ROWS", 2)
    known = read(HEADER + row(on="2026-11-20") + row(on="2026-11-19") + row(NOBODY))
    assert [(each.place.line, each.code) for each in known.diagnostics] == [(4, "NB731")]
    assert known.lookup(NOBODY, NIGHT) == Lately()
