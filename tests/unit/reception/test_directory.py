"""Which clinic a called number belongs to, in every form that a trunk may send it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nightbell.errors import SettingsError
from nightbell.flow.load import load_flow
from nightbell.reception.directory import Directory, Entry

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rosewood() -> Entry:
    folder = ROOT / "flows" / "rosewood"
    return Entry(flow=load_flow(folder), folder=folder, draft=True)


def other(entry: Entry, *, name: str, number: str) -> Entry:
    clinic = replace(entry.flow.clinic, name=name, number=number)
    return replace(entry, flow=replace(entry.flow, clinic=clinic), folder=Path(name))


@pytest.mark.parametrize(
    "called",
    [
        "+442079460142",
        "442079460142",
        "00442079460142",
        "02079460142",
        "020 7946 0142",
        "sip:+442079460142@192.0.2.1:5060;user=phone",
        "sip:+442079460142;npdi@192.0.2.1",
        "sips:02079460142@clinic.example.com",
        "tel:+44-20-7946-0142",
        "rosewood",
        "sip:Rosewood@127.0.0.1",
    ],
)
def test_a_number_is_known_in_every_form(rosewood: Entry, called: str) -> None:
    assert Directory([rosewood]).find(called) is rosewood


@pytest.mark.parametrize(
    "called", ["", "sip:192.0.2.1", "+442079460143", "2079460142", "roses", "sip:@x", "+", "999"]
)
def test_any_other_is_nobodys(rosewood: Entry, called: str) -> None:
    assert Directory([rosewood]).find(called) is None


def test_each_clinic_has_its_number(rosewood: Entry) -> None:
    mooring = other(rosewood, name="mooring", number="+442079460777")
    directory = Directory([rosewood, mooring])
    assert directory.find("+442079460777") is mooring
    assert directory.find("+442079460142") is rosewood


@pytest.mark.parametrize(("name", "number"), [("mooring", "+442079460142"), ("rosewood", "+442079460777")])
def test_two_clinics_with_one_number_or_name_are_refused(rosewood: Entry, name: str, number: str) -> None:
    with pytest.raises(SettingsError, match="same number or name"):
        Directory([rosewood, other(rosewood, name=name, number=number)])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+447700900123", "+447700900123"),
        ("07700900123", "+447700900123"),
        ("447700900123", "+447700900123"),
        (None, None),
        ("", None),
        ("anonymous", None),
        ("999", None),
        ("201", None),
    ],
)
def test_a_caller_is_read_by_the_clinics_country(rosewood: Entry, text: str | None, number: str | None) -> None:
    assert rosewood.caller(text) == number
