"""How many signs a question names: real questions, and ones that only look crowded."""

from __future__ import annotations

import pytest

from nightbell.flow.lint.signs import signs_in


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Has your sight changed at all, even for a minute, or does an eye hurt?", 2),
        ("Is it hurting more than you expected, or getting worse?", 2),
        ("Has any skin, near the treatment or away from it, turned paler, darker or blotchy?", 3),
        ("Are there blisters, spots with pus, or scabs, there or nearby?", 3),
        ("Is the skin cold or numb, or is one side swelling more?", 3),
        ("Is there pain, swelling or heat?", 3),
        ("Is there pain, heat, swelling or redness?", 4),
        ("Do you have a fever? Shivering? A stiff neck? Pain in the back?", 4),
        ("Does the colour take more than two or three seconds to come back, since today?", 1),
        ("Is anything wrong", 1),
        ("I ask about your skin, your lips, your nose and your eyes now. Is any of it pale?", 1),
        ("Is your face, tongue, lips or throat swelling, now or earlier?", 4),
    ],
)
def test_signs_are_counted_as_they_are_heard(text: str, count: int) -> None:
    assert signs_in(text) == count
