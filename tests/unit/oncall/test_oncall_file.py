"""oncall.yaml: people with names and mobiles."""

from __future__ import annotations

from nightbell.oncall.reading.file import read_oncall

SOUND = """\
people:
  anna: {name: Anna  Bright, mobile: "07700 900777"}
  ben:
    name: Ben Harrow
"""


def places(text: str) -> list[str]:
    return [f"{one.place} {one.code}" for one in read_oncall(text, "oncall.yaml", "GB", cover="solo").diagnostics]


def test_people_are_read() -> None:
    read = read_oncall(SOUND, "oncall.yaml", "GB", cover="solo")
    assert read.diagnostics == ()
    assert [(one.key, one.name, one.mobile) for one in read.people] == [
        ("anna", "Anna Bright", "+447700900777"),
        ("ben", "Ben Harrow", ""),
    ]
    assert read.private == ("Anna Bright", "+447700900777", "Ben Harrow")


def test_each_fault_has_its_place() -> None:
    assert places("zone: UTC\n") == ["oncall.yaml:1:1 NB122"]
    assert places("people: none\n") == ["oncall.yaml:1:9 NB122"]
    assert places("people:\n  anna: Bright\n") == ["oncall.yaml:2:9 NB123"]
    assert places('people:\n  anna: {mobile: "+447700900777"}\n') == ["oncall.yaml:2:3 NB122"]
    assert places("people:\n  anna: {name: A, mobile: [1]}\n") == ["oncall.yaml:2:27 NB123"]
    assert places("people:\n  Anna B: {name: A}\n") == ["oncall.yaml:2:3 NB126"]
    assert places("people: {anna: {name: A\n") != []


def test_an_emergency_number_is_nobodys_mobile_and_is_not_repeated() -> None:
    (one,) = read_oncall('people:\n  anna: {name: A, mobile: "999"}\n', "oncall.yaml", "GB").diagnostics
    assert (one.code, str(one.place)) == ("NB172", "oncall.yaml:2:27")
    assert "999" not in one.message + one.hint


def test_a_person_does_not_show_a_number() -> None:
    (anna, _) = read_oncall(SOUND, "oncall.yaml", "GB").people
    assert "7700" not in repr(anna)
    assert "Bright" not in repr(anna)
