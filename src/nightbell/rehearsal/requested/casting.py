"""Casting: which call scripts a carrier can play that tells words and keys and no sound, and why not another.

What is recorded is told as its words in writing: a carrier's recogniser is not rehearsed here, only what comes of
what it tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nightbell.call.compile import compile_flow
from nightbell.call.step import TakeMessage
from nightbell.flow.archive import prompts_of
from nightbell.rehearsal.tiers import LeftOut, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nightbell.flow.model import Flow
    from nightbell.rehearsal.script import Script

__all__ = ["cast_by_request"]


def cast_by_request(
    scripts: Iterable[Script], texts: Mapping[str, str], flow: Flow, *, hears: bool = True
) -> tuple[tuple[Script, ...], tuple[LeftOut, ...]]:
    """Return the scripts that can be played, their words in writing, and those that cannot.

    Args:
        scripts: as loaded.
        texts: recording to its words.
        flow: tells which words must be heard: under these a carrier waits for keys alone (ADR 0041).
        hears: the carrier has a recogniser; without one it records what is said as a message, and nothing else.
    """
    must_hear = frozenset(prompt.name for prompt in prompts_of(flow) if prompt.must_hear)
    recorded = frozenset(step.state for step in compile_flow(flow).steps.values() if isinstance(step, TakeMessage))
    played: list[Script] = []
    left_out: list[LeftOut] = []
    for script in scripts:
        if why := _refusal(script, texts, must_hear) or ("" if hears else _unheard(script, recorded)):
            left_out.append(LeftOut(script, why))
        else:
            played.append(replace(written(script, texts), tier="sip"))
    return tuple(played), tuple(left_out)


def _refusal(script: Script, texts: Mapping[str, str], must_hear: frozenset[str]) -> str:
    if script.replay is not None:
        return "a call that was taken has its sound, and by requests there is none"
    if script.impair is not None or script.echo:
        return "noise and echo need sound: by requests a carrier tells words, or nothing"
    if any(answer.hidden or answer.too_long for answer in script.spoken):
        return "noise over words, and words without an end, are the carrier's to judge: it tells of neither"
    if script.fakes.ears_fail_at:
        return "the recogniser is the carrier's: it does not fail in the middle of a call here"
    if script.fakes.voice_fails_at:
        return "the served line speaks by its own voice, which does not fail when it is told to"
    places = {place for place, answers in script.answers if any(answer.speaks for answer in answers)}
    if places and places <= must_hear and not (script.default is not None and script.default.speaks):
        return "all that is said is said under words that must be heard, where a carrier waits for keys alone"
    for answer in script.spoken:
        if not answer.words and not (answer.say and answer.say in texts):
            return f"nobody wrote down what {answer.say or answer.means} says"
    return ""


def _unheard(script: Script, recorded: frozenset[str]) -> str:
    spoken = {place for place, answers in script.answers if any(answer.speaks for answer in answers)}
    if not spoken <= recorded or (script.default is not None and script.default.speaks):
        return "the carrier has no recogniser: what is said anywhere but in a message is heard by nobody"
    return ""
