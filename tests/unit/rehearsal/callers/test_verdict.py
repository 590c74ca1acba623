"""What counts as reached, missed, late, alone, over-triaged and woken for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.rehearsal.callers.verdicts import verdict

from nightbell.terms.disposition import Disposition

D0, D1, D3, D4, D5, DU = (Disposition(name) for name in ("D0", "D1", "D3", "D4", "D5", "DU"))


@pytest.mark.parametrize(
    ("changed", "missed", "why"),
    [
        ({}, False, "it reached its floor in time"),
        ({"got": D0}, False, "more urgent is no miss"),
        ({"got": D4, "paged": False}, True, "it ended less urgently"),
        ({"paged": False}, True, "nobody was paged"),
        ({"page_turns": 3}, True, "the page came three turns later"),
        ({"page_ms": 20_001}, True, "the page came too late"),
        ({"page_ms": 20_000, "page_turns": 2}, False, "the last moment is in time"),
        ({"broken": "crashed: x"}, True, "the call broke"),
        ({"got": None}, True, "the call has no end"),
        ({"got": D3, "floor": D3, "red_flag": False, "paged": False}, False, "a message needs no page"),
    ],
)
def test_a_miss_is_a_floor_a_page_or_a_time_that_was_not_kept(
    changed: dict[str, Any],
    missed: bool,  # noqa: FBT001 - what is expected
    why: str,
) -> None:
    found = verdict(**changed)

    assert found.missed is missed, why
    assert found.reached is not missed


def test_a_caller_with_nothing_the_matter_is_never_missed_and_may_be_woken_for() -> None:
    booked = {"row": "", "group": "bookings", "kind": "negative", "red_flag": False, "floor": D5}

    assert not verdict(got=D4, paged=False, **booked).missed
    assert verdict(got=D1, **booked).woke_needlessly
    assert not verdict(got=DU, may_page="a call without words", **booked).woke_needlessly
    assert verdict(got=D1, floor=D3, red_flag=False).woke_needlessly
    assert not verdict(got=DU, floor=DU, red_flag=False).woke_needlessly


def test_over_triage_is_a_class_more_and_alone_is_neither_person_nor_words() -> None:
    assert verdict(got=D0).over_triaged
    assert not verdict().over_triaged
    assert verdict(paged=False).alone
    assert not verdict(paged=False, said_emergency=True).alone
    assert not verdict(paged=False, red_flag=False).alone


def test_a_verdict_goes_into_a_table_by_its_codes() -> None:
    row = verdict(got=None).as_row()

    assert (row["floor"], row["got"], row["page_ms"]) == ("D1", "", 500)
