"""The triage bench, soak and page: figures from verdicts, a sample by seed, a run taken up again, a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts import make_triage
from scripts.benches._triage_figures import figures_of
from scripts.benches._triage_line import company, impairment
from scripts.benches.triage import SAMPLE, sample
from scripts.figures import Figure, missed
from scripts.soaks import triage as soak
from tests.unit.rehearsal.callers.verdicts import verdict

from nightbell.rehearsal.callers.rows import ROWS
from nightbell.rehearsal.callers.trace import read_run
from nightbell.terms.disposition import Disposition


def named(figures: list[Figure], name: str) -> Figure:
    return next(figure for figure in figures if figure.name == name)


def test_a_miss_misses_its_goal_in_writing_and_at_20_db_and_is_listed_with_its_cause() -> None:
    lost = {"got": Disposition.D4, "paged": False, "why": "ended as D4; no question asked for pale"}
    good = figures_of([verdict(), verdict(id="03-b", level="20 dB", tier="audio")])
    bad = figures_of([verdict(**lost), verdict(id="03-b", level="10 dB", tier="audio", **lost)])

    assert named(good, "of these missed, text").met
    assert named(good, "no miss, 20 dB").value == pytest.approx(300.0)
    assert "not for the world" in named(good, "no miss, 20 dB").peer
    assert not named(bad, "of these missed, text").met
    assert named(bad, "of these missed, 10 dB").met, "at 10 dB misses are listed"
    assert not named(bad, "of these alone, without a person or the emergency words, 10 dB").met
    assert "no question asked for pale" in named(bad, "missed: 03-a at toy, text").peer
    assert named(bad, "row 3, 10 dB: missed").value == 1
    assert missed(bad)


def test_the_whole_set_wants_four_hundred_red_flags_at_20_db() -> None:
    few = [verdict(level="20 dB", tier="audio")]

    assert not named(figures_of(few, full=True), "red-flag calls, 20 dB").met
    assert named(figures_of(few), "red-flag calls, 20 dB").met


def test_a_line_that_hears_nothing_at_5_db_and_does_not_notice_misses_its_goal() -> None:
    noticed = verdict(level="5 dB", tier="audio", keys_only=True)
    deaf = verdict(level="5 dB", tier="audio", paged=False, got=Disposition.D4)

    assert named(figures_of([noticed]), "noticed: to keys or to a person, 5 dB").met
    assert not named(figures_of([noticed, deaf]), "noticed: to keys or to a person, 5 dB").met


def test_a_sample_takes_rows_in_turn_and_is_the_same_again() -> None:
    people = [person for clinic in ("rosewood", "stmarks", "hollow-lane") for person in company().of(clinic)]

    first, again = sample(people, "20 dB"), sample(people, "20 dB")

    assert first == again
    rows = {person.id: person.row for person in people if person.is_red_flag}
    chosen = [rows[name] for batch in first for name in batch.ids if name in rows]
    assert len(chosen) == SAMPLE["20 dB"]
    assert len(set(chosen)) >= 20


def test_noise_is_by_caller_and_seed() -> None:
    one = company().people[0]

    assert impairment(one, "clean", 1) is None
    assert impairment(one, "10 dB", 1) == impairment(one, "10 dB", 1)
    assert impairment(one, "10 dB", 1) != impairment(one, "10 dB", 2)


def test_no_room_lies_behind_a_machine() -> None:
    machines = [person for person in company().people if person.machine]

    heard = {impairment(person, "20 dB", seed).noise for person in machines for seed in range(4)}  # type: ignore[union-attr]  # 20 dB is noise

    assert {person.sound for person in machines} == {"fax", "fax_answer", "modem", "hiss", "hum"}
    assert heard == {"pink"}


def test_a_soak_goes_on_from_its_table_and_from_no_other_version(tmp_path: Path) -> None:
    path = tmp_path / "soak.csv"
    made = [verdict(level="20 dB"), verdict(id="03-b", level="20 dB", got=None, page_ms=None, broken="x")]

    soak._append(path, "now", made[:1])
    soak._append(path, "now", made[1:])
    soak._append(path, "before", [verdict(id="old", level="20 dB")])

    assert list(soak._read(path, "now").values()) == made
    assert soak._read(tmp_path / "none.csv", "now") == {}


def test_the_page_is_what_flows_scripts_and_callers_say() -> None:
    assert make_triage.PAGE.read_text(encoding="utf-8") == make_triage.text(), "run scripts/make-triage"


def test_every_row_of_the_table_stands_on_the_page_and_is_held() -> None:
    page = make_triage.PAGE.read_text(encoding="utf-8")

    assert all(f"## {row}. {name}" in page for row, (name, _) in ROWS.items())
    assert len(ROWS) == 33
    assert "Rows that nothing holds: none." in page


def test_a_run_is_said_to_be_of_other_flows_when_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    soak._store(path, [verdict(level="20 dB")])

    run = read_run(path, "other")

    assert run is not None
    assert not run.same
    assert run.rows["3"]["20 dB"] == (1, 0)
    assert read_run(tmp_path / "none.json", "x") is None
