"""Two versions of a flow under the same callers: a change of each class is told as what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.rehearsal.comparing import change, compared, two_versions
from typer.testing import CliRunner

from nightbell.cli.app import build

SIGHT = """\
script: sight
about: Cannot see
tier: text
answers: {reason: {press: "1"}, sight.vision: {words: it is blurred, red_flag: true}, hold: {hang_up: true}}
expect: {disposition: D0, red_flag: true}
"""
BOOKING = """\
script: booking
about: Wants an appointment
tier: text
answers: {reason: {words: appointments}, wants_more: {words: "no"}}
expect: {disposition: D5}
"""


TO_SIGHT, SENT_AWAY = 'aches)"], next: sight}', 'aches)"], next: closed}'
"""Whoever is worried is sent away."""


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    return two_versions(tmp_path, sight=SIGHT, booking=BOOKING)


def test_a_version_is_the_same_as_itself(versions: tuple[Path, Path]) -> None:
    old, _ = versions
    assert compared(old, old) == (0, {"booking": "same", "sight": "same"}, {"booking": [], "sight": []})


@pytest.mark.parametrize(
    ("was", "now", "kinds", "told"),
    [
        (TO_SIGHT, SENT_AWAY, "less_safe same", "action: a person is asked for no more"),
        ("yes: D0,", "yes: D1,", "less_safe same", "disposition: D0 before, D1 now"),
        ("yes: D0,", "yes: D1,", "less_safe same", "action: the emergency words begin no more"),
        (
            "Has your sight changed at all?",
            "Has your sight changed at all or in any way that you can think of?",
            "less_safe same",
            "timing: a person is asked for 3.2 s later",
        ),
        ("wants_more:\n    kind", "wants_more:\n    counts: more\n    kind", "same same", ""),
        ("no: closed", "no: promised", "same safer", "disposition: D5 before, D4 now"),
        ('say: "Thank you. If', 'say: "Thanks. If', "same different", "prompt: no more: closed: Thank you. If"),
    ],
)
def test_a_change_is_told_as_what_it_is(
    versions: tuple[Path, Path], was: str, now: str, kinds: str, told: str
) -> None:
    old, new = versions
    change(new, was, now)
    code, found, said = compared(old, new)
    assert f"{found['sight']} {found['booking']}" == kinds
    assert code == (1 if "less_safe" in kinds else 0)
    lines = [line.partition(" ")[2] for lines in said.values() for line in lines]
    assert not told or [line for line in lines if line.startswith(told)], lines


def test_the_other_way_round_it_is_safer(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, TO_SIGHT, SENT_AWAY)
    assert compared(new, old)[:2] == (0, {"booking": "same", "sight": "safer"})


def test_slack_lets_a_person_come_a_little_later(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, "Has your sight changed at all?", "Has your sight changed at all today or yesterday?")
    assert compared(old, new)[1]["sight"] == "less_safe"
    assert compared(old, new, "--slack-ms", "2000")[1]["sight"] == "different"


def test_the_page_for_people_names_the_call_and_what_is_worse(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, TO_SIGHT, SENT_AWAY)
    result = CliRunner().invoke(build("compare"), ["compare", str(old), str(new)])
    assert result.exit_code == 1
    assert "LESS SAFE sight" in result.output
    assert "worse, action: a person is asked for no more" in result.output
    assert "2 calls: 1 less safe, 0 different, 0 safer, 1 same." in result.output
    assert CliRunner().invoke(build("compare"), ["compare", str(old), "nowhere"]).exit_code == 2
