"""Sentences that a line must never say, and harmless ones beside them, put into its mouth one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.unit.lint.sound import subject

from nightbell.flow.lint.registry import RULES
from nightbell.flow.lint.rule import Subject
from nightbell.flow.model import PromptState, Words

SAYINGS = YAML(typ="safe").load(Path(__file__).with_name("sayings.yml"))
BY_CODE = {rule.code: rule for rule in RULES}


@pytest.fixture(scope="module")
def sound() -> Subject:
    return subject()


def is_found(sound: Subject, code: str, sentence: str) -> bool:
    """Tell whether the rule finds the sentence in the mouth of a prompt."""
    states = tuple(
        replace(state, say=replace(state.say, parts=(Words(sentence),)))
        if isinstance(state, PromptState) and state.name == "get_clinician"
        else state
        for state in sound.flow.states
    )
    return any(BY_CODE[code].find(replace(sound, flow=replace(sound.flow, states=states))))


@pytest.mark.parametrize("code", SAYINGS)
def test_what_must_never_be_said_is_found(sound: Subject, code: str) -> None:
    sentences = SAYINGS[code]["never"]
    assert len(sentences) > 20
    assert [sentence for sentence in sentences if not is_found(sound, code, sentence)] == []


@pytest.mark.parametrize("code", SAYINGS)
def test_what_may_be_said_is_left_alone(sound: Subject, code: str) -> None:
    sentences = SAYINGS[code]["allowed"]
    assert len(sentences) > 20
    assert [sentence for sentence in sentences if is_found(sound, code, sentence)] == []
