"""Red flags of the triage table in callers' own words, and what callers say who are in no danger.

The wordings were written without looking at the patterns, and then used to mend them, so a pass here is no measure
of recall on words nobody has thought of: that was 57 to 77 % on four fresh sets. The screen's closed questions are
what catches the rest.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from nightbell.call.flags import find_flag
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow, Universal

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    return (HERE / f"wordings_{name}.txt").read_text(encoding="utf-8").splitlines()


@cache
def flow_of(clinic: str) -> Flow:
    return load_flow(HERE.parents[2] / "flows" / clinic)


def found(clinic: str, texts: list[str]) -> dict[str, Universal | None]:
    flow = flow_of(clinic)
    by_priority = sorted(flow.universals, key=lambda universal: -universal.priority)
    urgent = [each for each in by_priority if each.floor is not None and each.name != "speak_to_a_person"]
    return {text: find_flag(urgent, flow.sounds_like, text) for text in texts}


@pytest.fixture(scope="module")
def flags() -> dict[str, Universal | None]:
    return found("rosewood", lines("danger") + lines("benign"))


def test_every_danger_is_heard(flags: dict[str, Universal | None]) -> None:
    assert len(lines("danger")) >= 240
    assert [text for text in lines("danger") if flags[text] is None] == []


def test_what_is_harmless_pages_nobody(flags: dict[str, Universal | None]) -> None:
    assert len(lines("benign")) >= 200
    assert [text for text in lines("benign") if flags[text] is not None] == []


@pytest.mark.parametrize("clinic", ["stmarks", "hollow-lane"])
def test_what_is_harmless_pages_nobody_elsewhere(clinic: str) -> None:
    assert [text for text, flag in found(clinic, lines("benign")).items() if flag is not None] == []


def test_what_only_looks_denied_is_heard() -> None:
    """Each was silent once: an answer "no", a "not" about something else, a denial that holds until today."""
    wanted = [line.split("|") for line in lines("not_denied")]
    assert len(wanted) >= 300
    unheard = []
    for clinic in ("rosewood", "stmarks", "hollow-lane"):
        signs = {text: sign for where, sign, text in wanted if where == clinic}
        priorities = {each.name: each.priority for each in flow_of(clinic).universals}
        for text, flag in found(clinic, list(signs)).items():
            if flag is None or flag.priority < priorities[signs[text]]:
                unheard.append((clinic, text, flag and flag.name))
    assert unheard == []


def test_after_a_spinal_the_legs_and_the_bladder_are_heard() -> None:
    texts = {
        "my legs have gone to jelly": "cord",
        "my legs won't hold me": "cord",
        "I had it yesterday and I can't walk yet": "cord",
        "she can't stand, her legs are no use": "cord",
        "I haven't had a wee since the operation": "cord",
        "I've started wetting the bed": "cord",
        "I can't hold my water": "cord",
        "there's no feeling between my legs": "cord",
        "my foot drags when I walk": "one_leg",
        "my foot's gone floppy": "one_leg",
        "my knee buckles since the epidural": "one_leg",
        "my wound's come apart": "wound",
    }
    flags = found("stmarks", list(texts))

    assert {text: flag.name if flag else None for text, flag in flags.items()} == texts
