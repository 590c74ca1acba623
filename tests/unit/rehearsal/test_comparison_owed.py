"""What a caller is owed - a time, a list that their message stands on, the right number - is not lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.rehearsal.comparing import change, compared, two_versions
from tests.unit.rehearsal.test_comparison import BOOKING
from tests.unit.rehearsal.test_comparison_care import HOLD, NINE, NOBODY

from nightbell.rehearsal.comparison.dialled import numbers_in

FACT = "facts:\n  crisis_line: Samaritans, on 1 1 6, 1 2 3\n"


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    old, new = two_versions(tmp_path, nobody=NOBODY, nine=NINE, booking=BOOKING)
    for version in (old, new):
        change(version, "facts:\n", FACT, file="clinic.yaml")
        change(version, HOLD, f"{HOLD} You can also ring {{{{ crisis_line }}}}, at any hour.")
    return old, new


@pytest.mark.parametrize(
    ("changed", "script", "told"),
    [
        (
            ("{D2: 30m", "{D1: 60m, D2: 30m", "clinic.yaml"),
            "nobody",
            "timing: the call-back is promised for 53 min later",
        ),
        (
            ("next: listed, empty: listed", "next: promised, empty: promised", "flow.yaml"),
            "nobody",
            "action: a message goes on no list any more: morning_list",
        ),
        (
            ("1 1 6, 1 2 3", "5 5 5, 0 0 0", "clinic.yaml"),
            "nobody",
            "prompt: hold names 555000 to dial, 116123 before",
        ),
        (
            ("1 1 6, 1 2 3", "1 1 6, 1 3 2", "clinic.yaml"),
            "nine",
            "prompt: hold names 116132 to dial, 116123 before",
        ),
        (
            ('emergency: "999"', 'emergency: "112"', "clinic.yaml"),
            "nine",
            "prompt: emergency names 112 to dial, 999",
        ),
        ((", on 1 1 6, 1 2 3", "", "clinic.yaml"), "nine", "prompt: hold names no number to dial, 116123 before"),
    ],
)
def test_less_safe(versions: tuple[Path, Path], changed: tuple[str, str, str], script: str, told: str) -> None:
    old, new = versions
    was, now, file = changed
    change(new, was, now, file=file)
    code, kinds, said = compared(old, new, script, "--reworded", "hold")
    assert (code, kinds[script]) == (1, "less_safe"), said
    assert [line for line in said[script] if line.startswith(f"-1 {told}")], said[script]


@pytest.mark.parametrize(
    ("was", "now", "file"),
    [
        ("{D2: 30m", "{D1: 2m, D2: 30m", "clinic.yaml"),
        ("1 1 6, 1 2 3", "116 123", "clinic.yaml"),
        ("Samaritans, on", "the Samaritans, by telephone on", "clinic.yaml"),
        ("behind the fish market", "at 250 Quay Road", "clinic.yaml"),
    ],
)
def test_harmless(versions: tuple[Path, Path], was: str, now: str, file: str) -> None:
    old, new = versions
    change(new, was, now, file=file)
    code, _, said = compared(old, new)
    assert code == 0, said


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Samaritans, on 1 1 6, 1 2 3, at any hour.", ("116123",)),
        ("Hang up and dial nine nine nine now.", ("999",)),
        ("Press nine, or hang up and dial 9 9 9. Or ring 112.", ("999", "112")),
        ("Ring us on +44 20 7946 0000.", ("442079460000",)),
        ("For hours press one, two, three or four.", ()),
        ("Filler is from 250 pounds, since 1998, at 09:00 to 17:30.", ()),
        ("{{ promise_who }} rings you by {{ promise_time }}.", ()),
    ],
)
def test_numbers_to_dial_are_told_from_keys_prices_and_times(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text) == numbers
