"""How long the openings and the questions take, said by the line's own voice."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.flows.clinics import CLINICS, flow_of, questions, words

from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.flow.model import PromptState
from nightbell.speech.hibari import HibariVoice

OPENING_MS = 12_000
QUESTION_MS = 6_000


async def _lengths(texts: set[str]) -> dict[str, int]:
    voice = HibariVoice()
    try:
        return {text: (await voice.render(text)).size // SAMPLES_PER_MS for text in sorted(texts)}
    finally:
        await voice.close()


@pytest.mark.audio
def test_every_opening_takes_twelve_seconds_at_most_and_every_question_six() -> None:
    flows = [flow_of(clinic) for clinic in CLINICS]
    openings = {words(state.say) for flow in flows if isinstance(state := flow.state(flow.starts_at), PromptState)}
    asked = {words(question.ask) for flow in flows for _, question in questions(flow)}
    assert len(openings) == len(CLINICS)
    assert len(asked) >= 30
    lengths = asyncio.run(_lengths(openings | asked))
    assert {text: lengths[text] for text in openings if not 5_000 < lengths[text] <= OPENING_MS} == {}
    assert {text: lengths[text] for text in asked if not 1_000 < lengths[text] <= QUESTION_MS} == {}
