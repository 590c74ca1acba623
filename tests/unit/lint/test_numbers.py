"""Digits in texts: written, said, doubled, and parted by what parts two numbers."""

from __future__ import annotations

import pytest

from nightbell.flow.lint.numbers import is_help, runs


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Ring 020 7946-0321 now.", ["02079460321"]),
        ("oh seven seven double oh nine", ["077009"]),
        ("triple nine", ["999"]),
        ("At 9:30, or 10 minutes later.", ["9", "30", "10"]),
        ("Dial 999. 24 hours a day.", ["999", "24"]),
        ("cero seis dos, dos", ["0622"]),
        ("null drei null eins zwei drei", ["030123"]),
        ("double trouble for one", ["1"]),
        ("nothing at all", []),
        ("oh seven seven hundred, nine hundred, seven seventy seven", ["07700900777"]),
        ("0 7 7 then 0 0 9, dash, 0 0", ["07700900"]),
        ("\uff10\uff17\uff17\uff10\uff10", ["07700"]),
        ("one then hash, in twenty four hours", ["1", "24"]),
    ],
)
def test_runs_of_digits_are_found(text: str, digits: list[str]) -> None:
    assert [run.digits for run in runs(text)] == digits


def test_a_run_keeps_its_words() -> None:
    (run,) = runs("please ring oh seven, seven now")
    assert run.text == "oh seven, seven"


def test_numbers_of_help_are_known_and_counts_are_not() -> None:
    assert all(is_help(digits) for digits in ("999", "911", "112", "111", "988", "116123"))
    assert not any(is_help(digits) for digits in ("9", "100", "120", "2026", "02079460321"))
