"""oncall.yaml: every fault at its place, all at once, and none of them holds a number."""

from __future__ import annotations

import pytest
from tests.unit.oncall.rotas import PEOPLE, USUAL, codes, rota

from nightbell.document.codes import CODES
from nightbell.oncall.ladder import Rung
from nightbell.oncall.person import Method
from nightbell.oncall.reading.file import read_oncall
from nightbell.terms.disposition import Disposition


def with_line(line: str) -> str:
    return PEOPLE + line + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (with_line("cover: solo"), ["7:1 NB121"]),
        (with_line("zone: Europe/Lundon"), ["7:7 NB170"]),
        (with_line("rotations: {a: {kind: monthly, people: [anna]}}"), ["7:23 NB711"]),
        (with_line('rotations: {a: {kind: weekly, people: [anna], hand_over: "18:00"}}'), ["7:58 NB711"]),
        (with_line('rotations: {a: {kind: daily, people: [anna], hand_over: "mon 18:00"}}'), ["7:57 NB711"]),
        (with_line('rotations: {a: {kind: daily, people: [anna], hand_over: "25:00"}}'), ["7:57 NB711"]),
        (with_line('rotations: {a: {kind: daily, people: [], hand_over: "18:00"}}'), ["7:38 NB713"]),
        (with_line('rotations: {a: {kind: daily, people: [zoe], hand_over: "18:00"}}'), ["7:39 NB712"]),
        (with_line("rotations: {a: {kind: daily, people: [anna]}}"), ["7:13 NB122"]),
        (with_line("rotations: {a: {kind: list, shifts: []}}"), ["7:37 NB713"]),
        (with_line("last_resort: []"), ["7:14 NB715"]),
        (with_line("last_resort: [anna, zoe]"), ["7:21 NB712"]),
        (with_line("coordinator: zoe"), ["7:14 NB712"]),
        (with_line("ladders: {D9: [first 45s]}"), ["7:11 NB722"]),
        (with_line("ladders: {D1: [third 45s]}"), ["7:16 NB720"]),
        (with_line("ladders: {D1: [first]}"), ["7:16 NB722"]),
        (with_line("ladders: {D1: [first soon]}"), ["7:16 NB124"]),
        (with_line("ladders: {D1: []}"), ["7:15 NB722"]),
        (with_line("overrides: [{layer: first, who: ben, from: 2026-12-01 18:00}]"), ["7:13 NB718"]),
        (
            with_line("overrides: [{layer: third, who: ben, from: 2026-12-01 18:00, to: 2026-12-02 18:00}]"),
            ["7:21 NB720"],
        ),
        (
            with_line("overrides: [{layer: first, who: ben, from: 2026-03-29 01:30, to: 2026-03-30 18:00}]"),
            ["7:44 NB717"],
        ),
        (
            with_line("overrides: [{layer: first, who: ben, from: 2026-12-03 18:00, to: 2026-12-02 18:00}]"),
            ["7:66 NB719"],
        ),
        (with_line("swaps: [{between: [anna], from: 2026-12-01 18:00, to: 2026-12-02 18:00}]"), ["7:19 NB124"]),
        (with_line("holidays: [{layer: first, who: [ben]}]"), ["7:12 NB122"]),
        (with_line("holidays: [{layer: first, who: [], public: true}]"), ["7:32 NB713"]),
        (with_line("layers: {first: nights}"), ["7:17 NB720"]),
        (PEOPLE.replace('mobile: "+447700900701"', "contact: [pager: 12]"), ["2:39 NB723"]),
        (PEOPLE.replace('mobile: "+447700900701"', "contact: [email: anna]"), ["2:46 NB723"]),
        (PEOPLE.replace('mobile: "+447700900701"', "contact: [webhook: ftp://x]"), ["2:48 NB723"]),
        (PEOPLE.replace('mobile: "+447700900701"', 'mobile: "+447700900701", pin: "9999"'), ["2:59 NB724"]),
        (PEOPLE.replace('mobile: "+447700900701"', 'mobile: "+447700900701", quiet: [night]'), ["2:62 NB711"]),
        (PEOPLE.replace("role: service", "role: cleaner"), ["6:42 NB124"]),
    ],
)
def test_a_fault_has_its_place_and_its_code(text: str, expected: list[str]) -> None:
    assert codes(text) == expected
    assert all(code.split()[1] in CODES for code in expected)


def test_a_hole_in_a_list_is_refused() -> None:
    text = (
        PEOPLE
        + """\
rotations:
  xmas:
    kind: list
    shifts:
      - {who: anna, from: 2026-12-24 18:00, to: 2026-12-25 18:00}
      - {who: ben, from: 2026-12-25 19:00, to: 2026-12-26 18:00}
layers: {first: xmas}
"""
    )
    assert codes(text) == ["13:10 NB716"]
    assert codes(text.replace("19:00", "18:00")) == []


def test_one_person_alone_is_refused_unless_the_clinic_says_solo() -> None:
    alone = 'people:\n  anna: {name: A, mobile: "+447700900701"}\n'
    assert codes(alone) == ["1:1 NB721"]
    assert codes(alone, cover="solo") == []
    assert codes("people:\n  anna: {name: A}\n", cover="solo") == ["1:1 NB714"]
    assert codes("people:\n  anna: {name: A}\n", cover="none") == []


def test_nobody_without_a_telephone_stands_in_the_rota() -> None:
    text = USUAL.replace('anna: {name: Anna Bright, mobile: "+447700900701"}', "anna: {name: Anna Bright}")
    assert [code.split()[1] for code in codes(text)] == ["NB714", "NB714"]


def test_no_fault_holds_a_number() -> None:
    text = PEOPLE.replace("+447700900701", "999").replace("+447700900702", "77009007021234567")
    found = read_oncall(text, "oncall.yaml", "GB")
    assert [one.code for one in found.diagnostics] == ["NB172", "NB172"]
    assert not any("999" in str(one) + one.hint or "770090" in str(one) + one.hint for one in found.diagnostics)


def test_people_are_read_with_all_their_ways() -> None:
    text = """\
people:
  anna:
    name: Anna Bright
    mobile: 07700 900701
    contact: [sms: 07700 900701, email: anna@example.org, push: rosewood-a1b2, webhook: "https://example.org/p"]
    quiet: ["22:00-07:00"]
    pin: "4071"
"""
    (anna,) = read_oncall(text, "oncall.yaml", "GB", cover="solo").people
    assert anna.methods == (
        Method("telephone", "+447700900701"),
        Method("sms", "+447700900701"),
        Method("email", "anna@example.org"),
        Method("push", "rosewood-a1b2"),
        Method("webhook", "https://example.org/p"),
    )
    assert "770" not in repr(anna) + repr(anna.methods)
    assert "4071" not in repr(anna)


def test_a_clinics_ladder_is_read() -> None:
    found = rota(USUAL + "ladders: {D1: [first 30s, chloe 1m, last_resort 45s]}\n")
    assert found.ladders[Disposition.D1].rungs == (
        Rung("first", 30_000),
        Rung("chloe", 60_000),
        Rung("last_resort", 45_000),
    )
