"""Whether the ear or the flow failed: the same words in writing tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.rehearsal.conftest import tone

from nightbell.audio.edges import silence
from nightbell.audio.noise import pink, white
from nightbell.audio.wav import read_wav
from nightbell.rehearsal.attribution import attributed
from nightbell.rehearsal.expectations import Failure, FailureKind
from nightbell.rehearsal.known import Known
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import Stage, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.speech.voiced import holds_speech
from nightbell.terms.disposition import Disposition

AUDIO = Path(__file__).parents[3] / "audio"

TEXTS = {"worried": "Worried.", "yes": "Yes."}


def script(say: str, expected: Disposition) -> Script:
    return Script(
        name="call",
        about="",
        file="call.yaml",
        answers=(("reason", (Answer(say="worried"),)), ("screen.sight", (Answer(say=say, words="yes"),))),
        expect=Expect(disposition=expected),
        tier="audio",
    )


async def blame(stage: Stage, one: Script) -> CallResult:
    (result,) = await attributed([await rehearse(one, stage)], stage, TEXTS)
    return result


@pytest.mark.asyncio
async def test_what_passes_in_writing_was_misheard(stage: Stage) -> None:
    misheard = await blame(stage, script("no", Disposition.D0))  # the sound of a no, the words of a yes
    assert not misheard.passed
    assert misheard.blame == "ear"


@pytest.mark.asyncio
async def test_what_fails_in_writing_too_is_the_flow(stage: Stage) -> None:
    assert (await blame(stage, script("yes", Disposition.D5))).blame == "flow"


@pytest.mark.asyncio
async def test_without_written_words_it_cannot_be_told(stage: Stage) -> None:
    (result,) = await attributed([await rehearse(script("yes", Disposition.D5), stage)], stage, {})
    assert result.blame == "unknown"


@pytest.mark.asyncio
async def test_a_failure_that_is_known_and_not_met_in_writing_does_not_make_it_the_flow(stage: Stage) -> None:
    """Slow answers are known, and are not measured in writing: the note is no failure of the flow there."""
    slow = Known(owner="ada", until=stage.today, kinds=(FailureKind.TIMING,), why="slow answers")
    late = Failure(FailureKind.TIMING, "reason: 900 ms, allowed 500")
    misheard = await rehearse(replace(script("no", Disposition.D0), known=slow), stage)
    failed = replace(misheard, excused=(late,))
    (result,) = await attributed([failed], stage, TEXTS)
    assert result.blame == "ear"


@pytest.mark.asyncio
async def test_what_is_known_and_fails_in_writing_too_is_left_out(stage: Stage) -> None:
    known = Known(owner="ada", until=stage.today, kinds=(FailureKind.TURNS,), why="asks too often")
    one = script("no", Disposition.D0)
    one = replace(one, expect=replace(one.expect, turns=(9, 9)), known=known)
    assert (await blame(stage, one)).blame == "ear"
    over = replace(known, until=stage.today - timedelta(days=1))
    assert (await blame(stage, replace(one, known=over))).blame == "flow"


@pytest.mark.asyncio
async def test_a_note_that_nothing_fails_by_any_more_is_laid_to_nobody(stage: Stage) -> None:
    known = Known(owner="ada", until=stage.today, kinds=(FailureKind.TURNS,), why="asked too often")
    result = await blame(stage, replace(script("yes", Disposition.D0), known=known))
    assert {failure.kind for failure in result.failures} == {FailureKind.KNOWN_MENDED}
    assert result.blame == ""


@pytest.mark.asyncio
async def test_a_call_that_passes_is_laid_to_nobody(stage: Stage) -> None:
    assert (await blame(stage, script("yes", Disposition.D0))).blame == ""
    wrong = replace(script("yes", Disposition.D5), tier="text")
    assert (await blame(stage, wrong)).blame == ""


@pytest.mark.asyncio
async def test_a_prompt_without_sound_is_no_fault_of_ear_or_flow(stage: Stage, toy: Any) -> None:
    toy.silent_prompts = True
    result = await blame(stage, script("yes", Disposition.D0))
    assert {failure.kind for failure in result.failures} == {FailureKind.PROMPT_SILENT}
    assert result.blame == ""


@pytest.mark.asyncio
async def test_where_nobody_speaks_in_what_was_said_it_may_be_the_recording(stage: Stage) -> None:
    failed = await rehearse(script("no", Disposition.D0), stage)
    (mute,) = await attributed([failed], stage, TEXTS, lambda sound: len(sound) == 0)
    (heard,) = await attributed([failed], stage, TEXTS, lambda sound: len(sound) > 0)
    assert (mute.blame, heard.blame) == ("recording", "ear")


def test_tones_clicks_and_hiss_are_no_speech_and_a_short_no_is() -> None:
    click = silence(1000)
    click[4000:4008] = 20_000
    for nobody in (silence(1000), tone(440, 1000), click, white(8000, 1), pink(8000, 2)):
        assert not holds_speech(nobody)
    for word in ("no-bella", "two-george"):
        assert holds_speech(read_wav(AUDIO / f"{word}.wav"))
