"""Files of callers become people, or all their faults at once, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.document.diagnostic import Diagnostic
from nightbell.errors import CallersError
from nightbell.rehearsal.callers.load import load_company
from nightbell.rehearsal.callers.person import Person
from nightbell.terms.disposition import Disposition

SIGNS = """spec: "1.0"
signs:
  sight: {means: "a change of sight", rows: ["1"]}
  fever: {means: "a temperature", rows: ["12"]}
"""
ROW = """spec: "1.0"
row: "1"
clinics: [here, there]
facts: {product: filler, since: today, for: self}
facts_at: {there: {product: surgery}}
floor: D0
callers:
  - {id: 01-curtain, kind: plain, signs: [sight], says: "There's a curtain over one eye."}
  - id: 01-wife
    kind: third_party
    signs: [sight]
    facts: {for: other, history: {contacts_96h: 1}}
    floor: D1
    clinics: [there]
    says: "My wife sees a shadow."
  - {id: 01-no-wait, kind: correction, signs: [sight], says: "No, nothing.", then: "No, wait, yes, it's misty."}
"""
NEGATIVES = """spec: "1.0"
negatives:
  group: bookings
  expect: D5
  may_page: false
  facts: {product: none}
  callers:
    - {id: neg-friday, clinics: [here], says: "Anything on Friday?"}
    - {id: neg-fax, sound: fax, expect: DU, may_page: "a call without words"}
    - {id: neg-gone, hang_up: greeting}
"""


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    callers = tmp_path / "shared" / "callers"
    callers.mkdir(parents=True)
    for clinic in ("here", "there"):
        (tmp_path / clinic).mkdir()
    (callers / "signs.yaml").write_text(SIGNS, encoding="utf-8")
    (callers / "row-01.yaml").write_text(ROW, encoding="utf-8")
    (callers / "negative-bookings.yaml").write_text(NEGATIVES, encoding="utf-8")
    return tmp_path


def one(people: tuple[Person, ...], name: str) -> Person:
    return next(person for person in people if person.id == name)


def faults(flows: Path, file: str, text: str) -> list[Diagnostic]:
    (flows / "shared" / "callers" / file).write_text(text, encoding="utf-8")
    with pytest.raises(CallersError) as caught:
        load_company(flows)
    return [fault for fault in caught.value.diagnostics if isinstance(fault, Diagnostic)]


def test_every_caller_rings_each_of_their_clinics_with_the_facts_of_that_clinic(flows: Path) -> None:
    company = load_company(flows)

    here, there = company.of("here"), company.of("there")
    assert [person.id for person in here] == ["01-curtain", "01-no-wait", "neg-friday", "neg-fax", "neg-gone"]
    assert "neg-friday" not in {person.id for person in there}
    assert one(here, "01-curtain").facts.product == "filler"
    assert one(there, "01-curtain").facts.product == "surgery"
    wife = one(there, "01-wife")
    assert (wife.facts.whom, wife.facts.since, wife.floor) == ("other", "today", Disposition.D1)
    assert wife.facts.history == (("contacts_96h", 1),)
    assert one(here, "01-no-wait").then == "No, wait, yes, it's misty."
    assert one(here, "01-curtain").is_red_flag
    assert company.rows_of("fever") == ("12",)


def test_a_negative_says_why_a_page_would_be_right_or_that_none_is(flows: Path) -> None:
    here = load_company(flows).of("here")

    friday, fax, gone = (one(here, name) for name in ("neg-friday", "neg-fax", "neg-gone"))
    assert (friday.may_page, friday.negative, friday.is_red_flag) == ("", True, False)
    assert (fax.may_page, fax.sound, fax.floor) == ("a call without words", "fax", Disposition.DU)
    assert gone.hangs_up == "greeting"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("signs: [sight], says: \"There's", "signs: [sigth], says: \"There's", "NB221", 8),
        ("id: 01-wife", "id: 01-curtain", "NB222", 9),
        (', then: "No, wait, yes, it\'s misty."', "", "NB223", 16),
        ('says: "My wife sees a shadow."', 'says: ""', "NB224", 9),
        ('row: "1"', 'row: "2"', "NB225", 2),
        ("clinics: [here, there]", "clinics: [here, nowhere]", "NB226", 3),
        ('says: "My wife sees a shadow."', 'says: "There\'s a curtain over one eye!"', "NB227", 15),
        ("kind: third_party\n    signs: [sight]", "kind: third_party\n    signs: []", "NB228", 11),
        ("kind: plain", "kind: chatty", "NB124", 8),
        ("floor: D0", "flor: D0", "NB121", 6),
    ],
)
def test_a_fault_is_told_with_its_line_and_code(flows: Path, old: str, new: str, code: str, line: int) -> None:
    assert old in ROW

    found = faults(flows, "row-01.yaml", ROW.replace(old, new))

    assert (code, line) in [(fault.code, fault.place.line) for fault in found], [str(fault) for fault in found]
    assert all(fault.place.column for fault in found if fault.code.startswith("NB22"))


def test_a_machine_has_a_sound_and_no_room(flows: Path) -> None:
    found = faults(
        flows, "negative-bookings.yaml", NEGATIVES.replace("id: neg-friday,", "id: neg-friday, machine: true,")
    )

    assert [fault.code for fault in found] == ["NB224"]
    assert "machine" in str(found[0])


def test_faults_of_all_files_are_told_together(flows: Path) -> None:
    (flows / "shared" / "callers" / "signs.yaml").write_text("spec: 1.0\nsigns: [sight]\n", encoding="utf-8")

    found = faults(flows, "negative-bookings.yaml", NEGATIVES.replace("sound: fax, ", ""))

    assert {Path(fault.place.file).name for fault in found} == {"signs.yaml", "negative-bookings.yaml"}


def test_a_page_without_a_reason_is_no_permission(flows: Path) -> None:
    found = faults(flows, "negative-bookings.yaml", NEGATIVES.replace("may_page: false", "may_page: true"))

    assert [fault.code for fault in found] == ["NB124"]
