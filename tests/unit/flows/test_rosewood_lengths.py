from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.flow.load import load_flow
from nightbell.flow.model import Prompt, PromptState, Screen, Slot
from nightbell.speech.hibari import HibariVoice

ROOT = Path(__file__).resolve().parents[3]


async def _lengths(prompts: list[Prompt]) -> dict[str, int]:
    voice = HibariVoice()
    try:
        texts = {
            prompt.name: "".join("" if isinstance(part, Slot) else part.text for part in prompt.parts)
            for prompt in prompts
        }
        return {name: (await voice.render(text)).size // SAMPLES_PER_MS for name, text in texts.items()}
    finally:
        await voice.close()


@pytest.mark.audio
def test_the_opening_takes_twelve_seconds_at_most_and_each_question_six() -> None:
    flow = load_flow(ROOT / "flows" / "rosewood")
    opening = flow.state(flow.starts_at)
    screen = flow.state("screen")
    assert isinstance(opening, PromptState)
    assert isinstance(screen, Screen)
    lengths = asyncio.run(_lengths([opening.say, *(question.ask for question in screen.questions)]))
    first = lengths.pop(opening.say.name)
    assert 5_000 < first <= 12_000
    assert lengths
    assert {name: ms for name, ms in lengths.items() if not 1_500 < ms <= 6_000} == {}
