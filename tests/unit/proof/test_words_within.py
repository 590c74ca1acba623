"""Property g of a flow that promises words soon: key 9 is named after every red flag, and nobody is left alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.proof import tables as t

from nightbell.call.proving import prove_flow, table_for
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.flow.proof.prove import prove
from nightbell.flow.proof.table import Table
from nightbell.flow.proof.verdict import Verdict

QUAYSIDE = Path(__file__).parents[2] / "flows" / "broken" / "quayside"
WARNED = "'I am alerting the clinician. If it gets worse, press nine.'}\n\n  screen:\n    kind: screen"
PROMISED = (
    ("seconds: 45}}", "seconds: 45}, words_within: {turns: 2, seconds: 20}}"),
    (
        "on call now. Please stay on the line.\n    next: ring_back_number",
        "on call now. For trouble breathing or any change in sight, press nine.\n    next: urgent",
    ),
    (
        'at_least: "1"}}, floor: D1, next: screen}',
        'at_least: "1"}}, floor: D1, next: warned}',
    ),
    ("  screen:\n    kind: screen", "  warned: {kind: prompt, next: screen, say: " + WARNED),
)
"""What makes Quayside keep the promise."""


def proved(folder: Path, *edits: tuple[str, str]) -> tuple[Flow, Verdict]:
    shutil.copytree(QUAYSIDE, folder / "quayside")
    path = folder / "quayside" / "flow.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    flow = load_flow(path.parent)
    return flow, prove_flow(flow)


def test_a_flow_that_names_key_9_at_once_keeps_it(tmp_path: Path) -> None:
    flow, verdict = proved(tmp_path, *PROMISED)
    assert (flow.bounds.words_turns, flow.bounds.words_seconds) == (2, 20)
    assert verdict.violated == frozenset()
    assert verdict.worst is not None
    assert (verdict.worst.to_begin.turns, verdict.worst.to_begin.ms) == (0, 0)
    assert 90 < verdict.worst.unanswered.seconds < 200
    assert 8 < verdict.worst.to_page.seconds < 30


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("For trouble breathing or any change in sight, press nine.\n    next: urgent",
          "Please stay.\n    next: ring_back_number"), "until key 9 or the emergency number is named"),
        (("    limit: 90s", "    limit: 290s"), "until the caller is told to dial"),
    ],
)  # fmt: skip
def test_a_number_before_it_and_a_hold_without_an_end_are_refused(
    tmp_path: Path, fault: tuple[str, str], words: str
) -> None:
    _, verdict = proved(tmp_path, *PROMISED, fault)
    assert verdict.violated == {"g"}
    found = [each for each in verdict.violations if words in each.message]
    assert found
    assert all(each.code == "NB406" for each in found)


def test_what_no_flow_promises_is_told_and_not_judged(tmp_path: Path) -> None:
    _, verdict = proved(tmp_path)
    assert verdict.violated == frozenset()
    assert verdict.worst is not None
    assert verdict.worst.to_begin.seconds > 20


def promising() -> Table:
    """The small table, whose hold names key 9, and whose alert before it does not."""
    return t.changed(replace(t.sound(), words_turns=2, words_seconds=20), "hold", nine=True)


def test_the_times_are_exact_on_a_small_table() -> None:
    """A yes leads to the alert, 2 s (1 turn for who presses 9 there); the hold names key 9, and lasts 90 s."""
    table = promising()
    worst = prove(table).worst
    assert worst is not None
    assert (worst.to_begin.turns, worst.to_begin.ms) == (1, 2_000)
    told = t.changed(table, "taken", words=True, must_hear=True)
    worst = prove(told).worst
    assert worst is not None
    assert worst.unanswered.ms == 2_000 + 90_000


def test_the_flag_from_which_it_takes_longest_is_blamed() -> None:
    alert = promising().rows["alert"]
    moves = tuple(replace(move, ms=21_000) if move.outcome == "said" else move for move in alert.moves)
    slow = t.changed(promising(), "alert", moves=moves, ms=21_000)
    found = prove(slow)
    assert found.violated == {"g"}
    (violation,) = found.violations
    assert violation.blamed[0] == "ask"
    assert "21 s until key 9" in violation.message
    assert prove(replace(slow, words_turns=None, words_seconds=None)).violated == frozenset()


def test_keys_that_cannot_be_taken_back_page_at_once(tmp_path: Path) -> None:
    flow, _ = proved(tmp_path)
    firm = replace(flow, mistake=None, after_mistake="", hash="1" * 64)
    worst = prove(table_for(firm, {})).worst
    assert worst is not None
    assert worst.to_page.ms == 0
