from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from nightbell.flow.model import Prompt, Slot, Words
from nightbell.flow.spoken import MARGIN, SLOT_MS, guessed_ms, spoken_ms

# Milliseconds that hibari-tts 0.2.1 (heart, seed 7) takes for texts of flows/rosewood, trimmed as in a call.
MEASURED = {
    "Has any skin, near the treatment or away from it, turned paler, darker or blotchy?": 4620,
    "Please use the keys. Worried about a treatment: one. Anything else: two.": 5270,
    "I am getting a person for you. For trouble breathing or any change in sight, press nine.": 5200,
    "The clinic is being alerted, and will ring you from 020 7946 0142.": 6480,
    "Are you worried about a treatment you have had? Say yes, or press one. "
    "For appointments or anything else, say appointments, or press two.": 8170,
}


@pytest.mark.parametrize(("text", "ms"), MEASURED.items())
def test_a_guess_is_within_its_margin_of_what_the_voice_takes(text: str, ms: int) -> None:
    assert ms * (1 - MARGIN) < spoken_ms(text) < ms * (1 + MARGIN)


def test_what_has_no_words_takes_no_time() -> None:
    assert spoken_ms(". ,") == 0
    assert spoken_ms("yes") > 0


def test_every_slot_has_a_length() -> None:
    assert set(SLOT_MS) == set(get_args(get_type_hints(Slot)["name"]))


def test_a_prompt_takes_its_words_and_its_slots_in_its_language() -> None:
    prompt = Prompt(
        name="x",
        parts=(Words("That is"), Slot("caller_number")),
        others=(("cy", (Words("Ydy hynny yn iawn i chi heno?"),)),),
    )
    assert guessed_ms(prompt) == spoken_ms("That is") + SLOT_MS["caller_number"]
    assert guessed_ms(prompt, "cy") == spoken_ms("Ydy hynny yn iawn i chi heno?")
