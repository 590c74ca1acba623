"""How long the prompts of a flow are found to be, and what is known of its words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.flow.sound import CLINIC, broken

from nightbell.audio.frame import Samples
from nightbell.cli import lengths, sounds
from nightbell.cli.lengths import lengths_of
from nightbell.cli.sounds import LEXICON_NAME, sounds_of
from nightbell.errors import SynthesisFailed
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow, PromptState, Words
from nightbell.flow.reading.reader import read_flow
from nightbell.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]
HARBOUR = load_flow(ROOT / "tests" / "flows" / "harbour")


class StandIn:
    """A voice that says every word in a second, and keeps what it was asked."""

    name = "stand-in"

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.said: list[str] = []

    async def render(self, words: str) -> Samples:
        self.said.append(words)
        if self.fails:
            raise SynthesisFailed("no voice", provider=self.name)
        return (9000 * np.sin(np.arange(8_000 * len(words.split())) / 3)).astype(np.int16)

    async def close(self) -> None:
        self.said.append("")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_only_what_is_near_a_limit_is_rendered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = StandIn()
    monkeypatch.setattr(lengths, "voice_of", lambda _: voice)
    near = "Has your sight changed at all, even for a minute, or do you see flashes, shadows or curtains?"
    flow = read_flow(broken(("Has your sight changed at all?", f'"{near}"')), CLINIC)
    assert lengths_of(flow, settings, render=False) == {}
    assert voice.said == []
    found = lengths_of(flow, settings)
    assert near in voice.said
    assert found["sight.vision"] == pytest.approx(1_000 * len(near.split()), abs=100)
    assert set(voice.said) <= {near, opening_words(flow), ""}
    voice.said.clear()
    assert lengths_of(flow, settings) == found
    assert voice.said == []


def opening_words(flow: Flow) -> str:
    opening = flow.state("opening")
    assert isinstance(opening, PromptState)
    return "".join(part.text for part in opening.say.parts if isinstance(part, Words))


def test_a_voice_that_fails_is_done_without(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = StandIn(fails=True)
    monkeypatch.setattr(lengths, "voice_of", lambda _: voice)
    near = "Has your sight changed at all, even for a minute, or do you see flashes, shadows or curtains?"
    flow = read_flow(broken(("Has your sight changed at all?", f'"{near}"')), CLINIC)
    assert lengths_of(flow, settings) == {}
    assert len(voice.said) == 2  # one prompt tried, and closed


def test_without_a_model_there_are_no_sounds_and_a_note(settings: Settings) -> None:
    known, note = sounds_of(HARBOUR, settings)
    assert not known
    assert "nightbell setup" in note


def test_a_language_without_recogniser_has_no_sounds_and_needs_no_note(settings: Settings) -> None:
    known, note = sounds_of(replace(HARBOUR, languages=("cy", "en")), settings)
    assert (bool(known), note) == (False, "")


@pytest.mark.audio
def test_sounds_are_looked_up_once(settings: Settings, vosk_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "require_vosk", lambda _: vosk_folder)
    first, note = sounds_of(HARBOUR, settings)
    assert note == ""
    assert first.says["worried"] == ("W ER IY D",)
    monkeypatch.setattr(sounds, "Pronouncing", None)
    assert sounds_of(HARBOUR, settings) == (first, "")
    kept = json.loads((settings.data_dir / LEXICON_NAME).read_text(encoding="utf-8"))
    stale = {"model": "another", "words": kept["words"] | {"worried": {"says": ["X"]}}}
    (settings.data_dir / LEXICON_NAME).write_text(json.dumps(stale), encoding="utf-8")
    monkeypatch.undo()
    monkeypatch.setattr(sounds, "require_vosk", lambda _: vosk_folder)
    assert sounds_of(HARBOUR, settings) == (first, "")


@pytest.mark.audio
@pytest.mark.usefixtures("vosk_folder")
def test_the_shipped_flow_in_the_shipped_voice() -> None:
    rosewood = load_flow(ROOT / "flows" / "rosewood")
    found = lengths_of(rosewood, load_settings(), folder=ROOT / "flows" / "rosewood")
    assert found["opening"] <= 12_000
    assert all(400 < ms < 60_000 for ms in found.values())
