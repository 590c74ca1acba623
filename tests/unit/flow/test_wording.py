"""Wording: what matching sees of a text."""

from __future__ import annotations

import pytest

from nightbell.flow.wording import normal


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Don\u2019t send any body", "don't send anybody"),
        ("some body, every body; no body", "somebody everybody nobody"),
        ("I can not see", "i can't see"),
        ("I cannot see", "i can't see"),
        ("my body can, not his", "my body can not his"),
        ("The colour is grey", "the color is gray"),
    ],
)
def test_a_word_has_one_spelling_however_it_is_written(written: str, seen: str) -> None:
    assert normal(written) == seen
