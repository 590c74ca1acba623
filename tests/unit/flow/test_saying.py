from __future__ import annotations

import pytest

from nightbell.flow.saying import says_unless
from nightbell.flow.wording import words_of

SIGHT = ("(can't|cannot) see", "(sight|vision) ... (gone|funny)")
DROOP = ("(lid|eyelid) ... (droops|drooping)",)


@pytest.mark.parametrize(
    ("hear", "unless", "text", "expected"),
    [
        (SIGHT, ("see your website",), "I can't see your website", False),
        (SIGHT, ("see your website",), "I can't see your website, my sight has gone", True),
        (SIGHT, ("see your website",), "I can't see your website, I can't see at all", True),
        (SIGHT, ("see your website",), "my sight has gone", True),
        (SIGHT, ("see your website",), "do you see your website", False),
        (SIGHT, ("page is faint",), "the page is faint and my sight has gone", True),
        (SIGHT, (), "I can't see your website", True),
        (DROOP, ("(botox|toxin)",), "my lid is drooping since the botox", False),
        (DROOP, ("(botox|toxin)",), "my lid since the botox is drooping", False),
        (DROOP, ("(botox|toxin)",), "my lid is drooping since the filler", True),
        (DROOP, ("never drooping",), "my lid is not drooping", False),
    ],
)
def test_what_makes_a_phrase_harmless_takes_away_no_other(
    hear: tuple[str, ...], unless: tuple[str, ...], text: str, *, expected: bool
) -> None:
    assert says_unless(hear, unless, words_of(text)) is expected
