"""Every caller of every shipped clinic, in writing: no red flag is missed, and few who are well wake anybody.

Broken flows must be seen by them: that is what the last tests are for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scripts.benches._triage_line import TEXT, batches, company, flow_of, run

from nightbell.flow.model import Flow, Screen
from nightbell.rehearsal.callers.calling import Ringing, ring
from nightbell.rehearsal.callers.person import Person
from nightbell.rehearsal.callers.repertoire import written
from nightbell.rehearsal.callers.tally import negatives
from nightbell.rehearsal.callers.verdict import Verdict
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.stage import Stage
from nightbell.rehearsal.tiers import take_written

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
CLINICS = tuple(sorted(path.parent.name for path in (ROOT / "flows").glob("*/flow.yaml")))
SEED = 3


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    people = [person for clinic in CLINICS for person in company().of(clinic)]
    return [verdict for _, found in run(batches(people, TEXT, seed=SEED, patience="served")) for verdict in found]


def test_nobody_is_missed_in_any_phrasing(verdicts: Sequence[Verdict]) -> None:
    assert len(verdicts) == sum(len(company().of(clinic)) for clinic in CLINICS)
    assert {f"{each.id} at {each.clinic}": each.why for each in verdicts if each.missed} == {}
    assert not [each.id for each in verdicts if each.alone]


def test_every_row_of_the_table_is_rung_about_in_at_least_twelve_ways_at_some_clinic(
    verdicts: Sequence[Verdict],
) -> None:
    rows = {row: {each.id for each in verdicts if each.row == row} for row in map(str, range(1, 34))}

    assert {row: len(ids) for row, ids in rows.items() if len(ids) < 12} == {}


@pytest.mark.parametrize("clinic", CLINICS)
def test_at_most_one_in_twenty_of_those_who_are_well_has_a_person_paged(
    verdicts: Sequence[Verdict], clinic: str
) -> None:
    share = negatives(each for each in verdicts if each.clinic == clinic)

    assert share.total >= 40
    assert share.percent is not None
    assert share.percent <= 5, [(each.id, each.why) for each in verdicts if each.woke_needlessly and each.negative]


def test_a_question_taken_out_is_missed(verdicts: Sequence[Verdict]) -> None:
    callers = _of_question("first_screen.signs", "stroke", verdicts)
    assert callers, "some are caught by that question alone"

    found = _ring(_without(flow_of("rosewood"), "stroke"), callers)

    assert any(each.missed for each in found)


def test_a_no_that_swallows_a_yes_is_missed_and_said_to_be(verdicts: Sequence[Verdict]) -> None:
    flow = flow_of("rosewood")
    callers = _of_question("first_screen.signs", "stroke", verdicts)
    deaf = replace(flow, yes=(), no=(*flow.no, *flow.yes))

    found = _ring(deaf, callers)

    assert any(each.missed and "was taken for no" in each.why for each in found), [each.why for each in found]


def test_a_universal_that_takes_every_booking_for_a_danger_is_counted(verdicts: Sequence[Verdict]) -> None:
    flow = flow_of("rosewood")
    greedy = tuple(
        replace(each, hear=(*each.hear, "(friday|half ten|groups|usual|snoring|earliest|list)"))
        if each.name == "pain"
        else each
        for each in flow.universals
    )
    bookings = [person for person in company().of("rosewood") if person.group == "bookings"]

    share = negatives(_ring(replace(flow, universals=greedy), bookings))

    assert share.percent is not None
    assert share.percent > 20
    assert not [each.id for each in verdicts if each.group == "bookings" and each.woke_needlessly]


def _of_question(state: str, question: str, verdicts: Sequence[Verdict]) -> list[Person]:
    cause = f"question {state}.{question}"
    ids = {each.id for each in verdicts if each.clinic == "rosewood" and each.cause.startswith(cause)}
    return [person for person in company().of("rosewood") if person.id in ids]


def _without(flow: Flow, question: str) -> Flow:
    def kept() -> Iterator[object]:
        for state in flow.states:
            if isinstance(state, Screen) and state.name == "first_screen.signs":
                yield replace(state, questions=tuple(each for each in state.questions if each.name != question))
            else:
                yield state

    return replace(flow, states=tuple(kept()))  # type: ignore[arg-type]  # the same states


def _ring(flow: Flow, people: Sequence[Person]) -> list[Verdict]:
    stage = Stage(flow=flow, recordings=Recordings(ROOT), take=take_written, folder=ROOT, keep=False)
    say = written(dict(company().answers))
    return asyncio.run(
        ring([Ringing(person=person, repertoire=say, seed=SEED) for person in people], stage, company())
    )
