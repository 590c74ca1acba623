"""Names of signs that questions ask for, callers who need more time, and what branches read of contacts."""

from __future__ import annotations

import pytest
from tests.unit.flow.sound import CLINIC, FILES, broken, diagnostics

from nightbell.errors import FlowError
from nightbell.flow.model import Branch, Collect, Screen
from nightbell.flow.reading.reader import read_flow

COLOUR = "not_sure: neutral}"
YES_NO = "    type: yes_no\n"
CASE = "{when: {recording: {equals: declined}}, next: reason}"
UNIVERSALS = "shared/universals.yaml"


def test_a_question_names_its_signs_and_no_call_is_another_for_it() -> None:
    files = broken(
        (COLOUR, "not_sure: neutral, asks: [pallor, livedo]}"), (YES_NO, YES_NO + "    asks: [worry]\n")
    )
    flow = read_flow(files, CLINIC)

    sight = flow.state("sight")
    assert isinstance(sight, Screen)
    assert [question.asks for question in sight.questions] == [(), ("pallor", "livedo")]
    asked = [state.asks for state in flow.states if isinstance(state, Collect) and state.type == "yes_no"]
    assert asked == [("worry",)]
    assert flow.hash == read_flow(FILES, CLINIC).hash


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (COLOUR, "not_sure: neutral, asks: [pallor, pallor]}", "NB124"),
        (COLOUR, "not_sure: neutral, asks: [Pallor]}", "NB126"),
        (COLOUR, "not_sure: neutral, asks: pallor}", "NB123"),
        ("    type: phone\n", "    type: phone\n    asks: [worry]\n", "NB121"),
    ],
)
def test_signs_that_are_no_names_are_refused(old: str, new: str, code: str) -> None:
    with pytest.raises(FlowError) as refused:
        read_flow(broken((old, new)), CLINIC)
    assert code in {fault.code for fault in diagnostics(refused.value)}


def test_a_universal_may_give_more_time_and_that_is_another_flow() -> None:
    relay = '  relay: {hear: [relay], key: "8", slower: true, next: same}\n'
    files = broken(("sounds_like:", relay + "sounds_like:"), file=UNIVERSALS)
    flow = read_flow(files, CLINIC)

    assert {each.name for each in flow.universals if each.slower} == {"relay"}
    assert flow.hash != read_flow(FILES, CLINIC).hash


@pytest.mark.parametrize(
    ("when", "of", "test", "value"),
    [
        ('filler_contacts_96h: {at_least: "1"}', "filler_contacts_96h", "at_least", ("1",)),
        ("filler_14d: {in: [yes, unknown]}", "filler_14d", "in", ("yes", "unknown")),
    ],
)
def test_a_branch_reads_contacts_and_treatments_with_filler(
    when: str, of: str, test: str, value: tuple[str, ...]
) -> None:
    flow = read_flow(broken((CASE, f"{{when: {{{when}}}, next: reason}}")), CLINIC)
    known = flow.state("known")
    assert isinstance(known, Branch)
    assert (known.cases[1].of, known.cases[1].test, known.cases[1].value) == (of, test, value)


@pytest.mark.parametrize("when", ['filler_contacts_96h: {at_least: "4"}', "filler_14d: {equals: perhaps}"])
def test_what_neither_can_be_is_refused(when: str) -> None:
    with pytest.raises(FlowError) as refused:
        read_flow(broken((CASE, f"{{when: {{{when}}}, next: reason}}")), CLINIC)
    assert [fault.code for fault in diagnostics(refused.value)] == ["NB124"]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("country: GB\nregion: NSW", "NB170"),
        ("country: GB\nregion: eng", "NB170"),
        ('country: GB\nclosed_on: ["24/12/2026"]', "NB171"),
        ('country: GB\nclosed_on: ["2026-02-30"]', "NB171"),
    ],
)
def test_a_part_of_a_country_and_closed_days_are_looked_at(new: str, code: str) -> None:
    with pytest.raises(FlowError) as refused:
        read_flow(broken(("country: GB", new), file="harbour/clinic.yaml"), CLINIC)
    assert [fault.code for fault in diagnostics(refused.value)] == [code]


def test_a_clinic_says_where_it_is_and_when_else_it_is_closed() -> None:
    new = 'country: GB\nregion: SCT\nclosed_on: ["2026-12-24"]'
    clinic = read_flow(broken(("country: GB", new), file="harbour/clinic.yaml"), CLINIC).clinic
    assert (clinic.region, clinic.closed_on) == ("SCT", ("2026-12-24",))
