"""Who is on call: one answer per layer at every instant, over every clock change, and what wins over what."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.oncall.rotas import PEOPLE, USUAL, rota

from nightbell.calendar.walltime import exists, first_at, is_ambiguous, last_at
from nightbell.oncall.rota import on_call
from nightbell.oncall.rotation import Repeating, shifts_at
from nightbell.oncall.timeline import gaps, overlaps, timeline
from nightbell.terms.instant import Instant

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
ODD_NIGHTS = {
    "Europe/London": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Pacific/Apia": ("2011-12-29", "2011-12-30"),
}
HANDS = st.times().map(lambda found: found.replace(second=0, microsecond=0))


def at(text: str) -> Instant:
    return Instant.parse(text)


@st.composite
def odd_instants(draw: st.DrawFn) -> tuple[str, Instant]:
    """Return a zone and an instant within three days of one of its clock changes, or anywhere in years."""
    zone = draw(st.sampled_from(ZONES))
    if draw(st.booleans()):
        night = datetime.fromisoformat(draw(st.sampled_from(ODD_NIGHTS[zone]))).replace(tzinfo=UTC)
        return zone, Instant.of(night + timedelta(minutes=draw(st.integers(-4320, 4320))))
    return zone, Instant(draw(st.integers(1_300_000_000_000, 2_100_000_000_000)))


@given(odd_instants(), HANDS, st.sampled_from([1, 7, 14]), st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_every_instant_has_exactly_one_answer(
    there: tuple[str, Instant], hand_over: time, days: int, people: int
) -> None:
    zone, instant = there
    rotation = Repeating(
        name="r",
        people=tuple(f"p{n}" for n in range(people)),
        days=days,
        anchor=date(2026, 1, 5),
        hand_over=hand_over,
        zone=zone,
    )
    found = shifts_at(rotation, instant)
    assert 1 <= len(found) <= 2
    assert found[0].holds(instant)
    if len(found) == 2:  # an overlap: the one that began last is the answer, and the other began before it
        assert found[0].begins > found[1].begins


@given(odd_instants(), HANDS, st.sampled_from([1, 7]))
@settings(max_examples=200, deadline=None)
def test_turns_follow_one_another_without_a_gap_and_never_run_back(
    there: tuple[str, Instant], hand_over: time, days: int
) -> None:
    zone, instant = there
    rotation = Repeating(
        name="r", people=("a", "b"), days=days, anchor=date(2026, 1, 5), hand_over=hand_over, zone=zone
    )
    day = instant.datetime().astimezone(ZoneInfo(zone)).date()
    turns = list(rotation.around(day, day))
    for before, after in itertools.pairwise(turns):
        assert before.begins <= after.begins
        assert before.ends >= after.begins, "a gap"
        assert before.ends.ms - after.begins.ms <= 3_600_000, "more overlap than the clocks give"
    for turn in turns:
        assert turn.begins <= turn.ends


@pytest.mark.parametrize(
    ("zone", "wall", "first", "last"),
    [
        ("Europe/London", "2026-10-25 01:30", "2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00+00:00", "2026-11-01T06:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00+00:00", "2026-04-04T15:15:00+00:00"),
        ("Europe/London", "2026-03-29 01:30", "2026-03-29T01:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03T15:30:00+00:00", "2026-10-03T15:30:00+00:00"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00+00:00", "2011-12-30T10:00:00+00:00"),
        ("Europe/London", "2026-06-01 12:00", "2026-06-01T11:00:00+00:00", "2026-06-01T11:00:00+00:00"),
    ],
)
def test_a_wall_time_has_a_first_and_a_last_occurrence(zone: str, wall: str, first: str, last: str) -> None:
    local, there = datetime.fromisoformat(wall), ZoneInfo(zone)
    assert (first_at(local, there), last_at(local, there)) == (at(first), at(last))
    assert is_ambiguous(local, there) == (first != last)
    assert exists(local, there) == (not (wall.startswith(("2026-03", "2011")) or "10-04" in wall))


def test_the_night_the_clocks_go_back_overlaps_and_the_other_one_has_no_gap() -> None:
    text = PEOPLE + 'rotations: {first: {kind: daily, people: [anna, ben], hand_over: "01:30"}}\n'
    year = rota(text)
    begins, ends = at("2026-01-01T00:00:00+00:00"), at("2026-12-31T00:00:00+00:00")
    assert gaps(year, begins, ends) == ()
    (overlap,) = overlaps(year, begins, ends)
    assert (overlap.begins, overlap.ends) == (at("2026-10-25T00:30:00+00:00"), at("2026-10-25T01:30:00+00:00"))
    assert overlap.duty.who != overlap.duty.also[0]


def test_a_timeline_has_no_hole() -> None:
    usual = rota()
    begins, ends = at("2026-10-01T00:00:00+00:00"), at("2026-12-01T00:00:00+00:00")
    for layer in ("first", "second"):
        stretches = [each for each in timeline(usual, begins, ends) if each.duty.layer == layer]
        assert stretches[0].begins == begins
        assert stretches[-1].ends == ends
        assert all(one.ends == two.begins for one, two in itertools.pairwise(stretches))


def test_turns_go_on_from_the_anchor_both_ways() -> None:
    usual = rota()
    assert on_call(usual, "first", at("2026-11-02T18:00:00+00:00")).who == "anna"
    assert on_call(usual, "first", at("2026-11-02T17:59:59+00:00")).who == "ben"
    assert on_call(usual, "first", at("2026-11-09T18:00:00+00:00")).who == "ben"
    assert on_call(usual, "first", at("2025-11-17T18:00:00+00:00")).who in {"anna", "ben"}


EXCEPTIONS = (
    USUAL
    + """\
overrides:
  - {layer: first, who: chloe, from: 2026-12-24 18:00, to: 2026-12-25 18:00}
swaps:
  - {between: [anna, ben], from: 2026-12-26 18:00, to: 2026-12-27 18:00}
holidays:
  - {layer: first, who: [service], days: [2026-12-28], hand_over: "09:00"}
  - {layer: second, who: [chloe], public: true}
"""
)


@pytest.mark.parametrize(
    ("when", "layer", "who", "why"),
    [
        ("2026-12-24T17:59:00+00:00", "first", "ben", "rotation"),
        ("2026-12-24T18:00:00+00:00", "first", "chloe", "override"),
        ("2026-12-25T17:59:00+00:00", "first", "chloe", "override"),
        ("2026-12-25T18:00:00+00:00", "first", "ben", "rotation"),
        ("2026-12-26T18:00:00+00:00", "first", "anna", "swap"),
        ("2026-12-27T18:00:00+00:00", "first", "ben", "rotation"),
        ("2026-12-28T08:59:00+00:00", "first", "ben", "rotation"),
        ("2026-12-28T09:00:00+00:00", "first", "service", "holiday"),
        ("2026-12-29T08:59:00+00:00", "first", "service", "holiday"),
        ("2026-12-29T09:00:00+00:00", "first", "anna", "rotation"),
        ("2026-12-25T12:00:00+00:00", "second", "chloe", "holiday"),
    ],
)
def test_what_wins_over_what(when: str, layer: str, who: str, why: str) -> None:
    duty = on_call(rota(EXCEPTIONS), layer, at(when))
    assert (duty.who, duty.why) == (who, why)


def test_somebody_who_is_off_the_list_is_nobody_wherever_the_name_stands() -> None:
    from dataclasses import replace

    usual = rota(EXCEPTIONS)
    without = replace(usual, people={key: each for key, each in usual.people.items() if key != "chloe"})
    assert on_call(without, "first", at("2026-12-24T20:00:00+00:00")).who == "ben"
    assert without.pool == ("service",)
    for stretch in timeline(without, at("2026-11-01T00:00:00+00:00"), at("2027-01-10T00:00:00+00:00")):
        assert stretch.duty.who != "chloe"


def test_a_list_with_a_rotation_behind_it_leaves_no_gap() -> None:
    text = USUAL.replace("layers: {first: nights,", "layers: {first: [xmas, nights],").replace(
        "layers:",
        "  xmas: {kind: list, shifts: [{who: chloe, from: 2026-12-24 18:00, to: 2026-12-26 18:00}]}\nlayers:",
        1,
    )
    found = rota(text)
    assert on_call(found, "first", at("2026-12-25T00:00:00+00:00")).who == "chloe"
    assert on_call(found, "first", at("2026-12-26T18:00:00+00:00")).who == "ben"
    assert gaps(found, at("2026-12-01T00:00:00+00:00"), at("2027-01-01T00:00:00+00:00")) == ()


def test_a_file_that_names_only_people_is_a_rota() -> None:
    found = rota(PEOPLE)
    now = at("2026-11-29T00:00:00+00:00")
    assert [on_call(found, layer.name, now).who for layer in found.layers] == ["anna", "ben"]
    assert found.pool == ("anna", "ben", "chloe", "cora", "service")


def test_an_unknown_layer_is_no_answer() -> None:
    with pytest.raises(KeyError):
        on_call(rota(), "third", at("2026-11-29T00:00:00+00:00"))
