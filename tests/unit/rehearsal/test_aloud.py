"""Prompts that must be heard: by the real second recogniser, in sound as the line gives it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio
from rich.console import Console

from nightbell.audio.edges import silence
from nightbell.audio.frame import FRAME_SAMPLES, RATE
from nightbell.audio.noise import pink
from nightbell.audio.wav import read_wav
from nightbell.bootstrap.hearing import open_second
from nightbell.errors import ScriptError
from nightbell.flow.model import Menu, Prompt, Words
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.report import as_json, print_summary
from nightbell.rehearsal.runner import CallResult, Stage, places_of, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Tier

pytestmark = pytest.mark.asyncio

AUDIO = Path(__file__).parents[3] / "audio"
WORDS = "I need to move my appointment to next week."
SPOKEN = "calm-change"
OTHER = "flag-numb-plain"


@pytest_asyncio.fixture
async def stage(flow: Flow, toy: Any, recordings: Recordings, tmp_path: Path) -> AsyncIterator[Stage]:
    """Return the stage, with a menu that says words, and the real recogniser to hear them."""
    said = Prompt(name="reason", parts=(Words(WORDS),))
    states = tuple(replace(each, say=said) if isinstance(each, Menu) else each for each in flow.states)
    async with open_second() as second:
        yield Stage(
            flow=replace(flow, states=states),
            recordings=recordings,
            take=toy,
            folder=tmp_path / "report",
            hear=second.transcribe,
        )


def script(*wanted: tuple[str, float], tier: Tier = "audio", **answer: Any) -> Script:
    return Script(
        name="call",
        about="",
        file="call.yaml",
        tier=tier,
        answers=(("reason", (Answer(press="2", **answer),)),),
        expect=Expect(disposition=Disposition.D5, prompts_heard=wanted),
    )


def whole(sound: Samples) -> Samples:
    """Return sound in whole frames, as the toy plays it."""
    return np.concatenate([sound, silence(20)])[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES + FRAME_SAMPLES]


def kinds(result: CallResult) -> list[FailureKind]:
    return [failure.kind for failure in result.failures]


async def test_a_prompt_that_says_its_words_is_heard(stage: Stage, toy: Any) -> None:
    toy.sounds["reason"] = whole(read_wav(AUDIO / f"{SPOKEN}.wav"))
    assert [str(each) for each in (await rehearse(script(("reason", 0.2)), stage)).failures] == []


@pytest.mark.parametrize("sound", ["other words", "noise", "half of it"])
async def test_other_words_noise_and_half_of_it_are_not(stage: Stage, toy: Any, sound: str) -> None:
    right: Samples = read_wav(AUDIO / f"{SPOKEN}.wav")
    toy.sounds["reason"] = whole(
        {
            "other words": read_wav(AUDIO / f"{OTHER}.wav"),
            "noise": pink(len(right), 3),
            "half of it": right[: len(right) // 2],
        }[sound]
    )
    result = await rehearse(script(("reason", 0.2)), stage)
    assert kinds(result) == [FailureKind.PROMPT_UNHEARD], "loud enough for every other guard"
    assert "words wrong, 20% are allowed" in result.failures[0].detail


@pytest.mark.parametrize(
    ("heard", "lost"),
    [
        ("Please hang up now and dial 999. Or ring us again and press 9.", ""),
        ("Please hang up now and dial 99. Or ring us again and press 9.", "nine nine nine"),
        ("Please hang up now and dial 999. Or ring us again and press 5.", "nine"),
    ],
)
async def test_a_wrong_digit_is_no_small_error(stage: Stage, toy: Any, heard: str, lost: str) -> None:
    """One word of sixteen is wrong, and a fifth would be allowed."""
    words = "Please hang up now and dial nine nine nine. Or ring us again and press nine."
    said = Prompt(name="reason", parts=(Words(words),))
    states = tuple(replace(each, say=said) if isinstance(each, Menu) else each for each in stage.flow.states)
    toy.sounds["reason"] = whole(read_wav(AUDIO / f"{SPOKEN}.wav"))

    async def hear(sound: Samples) -> str:
        return heard

    changed = replace(stage, flow=replace(stage.flow, states=states), hear=hear)
    result = await rehearse(script(("reason", 0.2)), changed)
    assert kinds(result) == ([FailureKind.PROMPT_UNHEARD] if lost else [])
    assert all(f"and lost: {lost};" in failure.detail for failure in result.failures)


async def test_a_prompt_that_is_cut_or_never_said_is_told(stage: Stage, toy: Any) -> None:
    toy.sounds["reason"] = whole(read_wav(AUDIO / f"{SPOKEN}.wav"))
    cut = await rehearse(script(("reason", 0.2), barge_in_ms=300), stage)
    assert [str(each) for each in cut.failures] == ["prompt_unheard: reason was never said to its end"]
    assert kinds(await rehearse(script(("cellar", 0.2)), stage)) == [FailureKind.PROMPT_UNHEARD]


async def test_without_a_recogniser_nothing_passes(stage: Stage) -> None:
    result = await rehearse(script(("reason", 0.2)), replace(stage, hear=None))
    assert [str(each) for each in result.failures] == ["prompt_unheard: nobody listened to reason"]


@pytest.mark.parametrize("tier", ["engine", "text"])
async def test_without_sound_it_is_told_that_it_is_not_judged(stage: Stage, tier: Tier) -> None:
    result = await rehearse(script(("reason", 0.2), tier=tier), replace(stage, hear=None))
    assert result.failures == ()
    assert as_json([result])["calls"][0]["not_judged"] == ["prompts_heard"]
    out = io.StringIO()
    print_summary([result], Console(file=out, width=200), Path("report"))
    assert "not judged without sound (prompts_heard): call" in out.getvalue()


async def test_a_list_of_prompts_has_the_usual_limit(flow: Flow, recordings: Recordings, tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"

    def load(wanted: str) -> tuple[tuple[str, float], ...]:
        path.write_text(
            f"script: call\nabout: x\nexpect: {{disposition: D5, prompts_heard: {wanted}}}\n", encoding="utf-8"
        )
        return load_script(path, recordings, places_of(flow)).expect.prompts_heard

    assert load("[reason, got]") == (("reason", 0.2), ("got", 0.2))
    assert load("reason") == (("reason", 0.2),)
    assert load("{reason: 0.35}") == (("reason", 0.35),)
    with pytest.raises(ScriptError):
        load("{reason: 1}")


async def test_a_long_prompt_that_is_lost_in_one_word_is_listened_to_in_shorter_pieces(
    stage: Stage, toy: Any
) -> None:
    spoken = {
        "calm-change": WORDS,
        "calm-cancel": "I'd like to cancel my appointment, please.",
        "calm-makeup": "Can I wear make-up tomorrow?",
        "calm-denies": "No, nothing hurts, and my skin looks fine.",
        "calm-receipt": "Could you send me a receipt for last week?",
    }
    said = Prompt(name="reason", parts=(Words(" ".join(spoken.values())),))
    states = tuple(replace(each, say=said) if isinstance(each, Menu) else each for each in stage.flow.states)
    toy.sounds["reason"] = whole(np.concatenate([read_wav(AUDIO / f"{name}.wav") for name in spoken]))
    assert len(toy.sounds["reason"]) > 10 * RATE
    second, pieces = stage.hear, []
    assert second is not None

    async def hear(sound: Samples) -> str:
        pieces.append(len(sound) / RATE)
        return "one " * 90 if len(sound) > 10 * RATE else await second(sound)

    changed = replace(stage, flow=replace(stage.flow, states=states), hear=hear)
    assert [str(each) for each in (await rehearse(script(("reason", 0.2)), changed)).failures] == []
    assert pieces[0] > 10
    assert max(pieces[1:]) <= 9
    pieces.clear()
    toy.sounds["reason"] = whole(np.concatenate([read_wav(AUDIO / f"{OTHER}.wav")] * 4))
    assert kinds(await rehearse(script(("reason", 0.2)), changed)) == [FailureKind.PROMPT_UNHEARD]
