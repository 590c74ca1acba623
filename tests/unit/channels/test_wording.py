"""No message holds a name, a symptom or anybody's number."""

from __future__ import annotations

import re

import pytest

from nightbell.channels.wording import TEMPLATES, check_template, code_of, words
from nightbell.errors import TermError
from nightbell.terms.disposition import Disposition


@pytest.mark.parametrize("template", list(TEMPLATES))
@pytest.mark.parametrize("disposition", list(Disposition))
def test_every_message_says_how_urgent_and_nothing_of_the_caller(template: str, disposition: Disposition) -> None:
    made = words(template, clinic="Rosewood  Clinic", disposition=disposition, code="A1B2", copy=2)  # type: ignore[arg-type]
    assert "Rosewood Clinic" in made.subject
    assert "A1B2" in made.text
    assert made.text.startswith("REPEAT 2")
    assert not re.search(r"\d{3,}", made.subject + made.text.replace("A1B2", ""))
    assert not re.search(r"pain|sight|bleed|lip|filler|skin|breath", (made.subject + made.text).lower())
    assert len(made.text) <= 320  # two text messages


def test_the_first_copy_does_not_say_repeat() -> None:
    assert "REPEAT" not in words("page", clinic="R", disposition=Disposition.D1, code="A1B2").text


@pytest.mark.parametrize("pair", TEMPLATES.values())
def test_the_templates_keep_to_the_list(pair: tuple[str, str]) -> None:
    for text in pair:
        check_template(text)


@pytest.mark.parametrize(
    "text",
    [
        "{name} waits",
        "{symptom}",
        "{0}",
        "{clinic!r}",
        "{clinic.zone}",
        "{urgency:>9}",
        "ring 020 7946 0142",
        "{}",
    ],
)
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(TermError):
        check_template(text)


def test_a_code_comes_from_the_id_and_shows_no_digit_run_of_a_caller() -> None:
    assert code_of("01j9zx-abcd:3") == "ABCD"
    assert code_of("::") == "CASE"
