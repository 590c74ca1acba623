"""Attribution: whether the ear or the flow failed. A call that failed with sound is played again in writing.

In writing nothing is misheard. What passes then was misheard with sound; what fails then too fails by the flow, or
by its script. Where nobody wrote the words down it cannot be told. A call that failed by the line's own prompts
alone is laid to neither: nobody misheard the caller. And where voice activity finds no speech in what the caller
said, the recording is told instead of the ear: there was nothing to hear.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.audio.frame import Samples
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.runner import rehearse
from nightbell.rehearsal.script import SILENT
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from nightbell.rehearsal.result import CallResult
    from nightbell.rehearsal.stage import Stage

__all__ = ["Blame", "attributed"]

_ITS_OWN: Final = frozenset({FailureKind.PROMPT_SILENT, FailureKind.PROMPT_UNHEARD, FailureKind.KNOWN_MENDED})
"""Failures of what the line says, or of a note that is out of date; none at all is a pass."""
Blame: TypeAlias = Literal["", "ear", "flow", "recording", "unknown"]
HoldsSpeech: TypeAlias = Callable[[Samples], bool]


async def attributed(
    results: Iterable[CallResult],
    stage: Stage,
    texts: Mapping[str, str],
    holds_speech: HoldsSpeech = lambda _: True,
) -> tuple[CallResult, ...]:
    """Return the results, each that failed with sound with whom it is laid to.

    Args:
        results: of a rehearsal.
        stage: where it took place.
        texts: recording to its words.
        holds_speech: tells whether somebody speaks in a recording.
    """
    quiet = replace(stage, keep=False, watch=lambda _: (), snr_db=None, mute=False)
    return tuple([await _one(result, quiet, texts, holds_speech) for result in results])


async def _one(
    result: CallResult, stage: Stage, texts: Mapping[str, str], holds_speech: HoldsSpeech
) -> CallResult:
    if result.script.tier in SILENT or _ITS_OWN.issuperset(failure.kind for failure in result.failures):
        return result
    plain = replace(result.script, tier=None, impair=None, echo=False)
    written, _ = cast([plain], "text", texts)
    if not written:
        return replace(result, blame="unknown")
    again = await rehearse(written[0], stage)
    if not again.passed:
        return replace(result, blame="flow")
    said = {turn.what for turn in result.turns if turn.kind == "say"} & set(result.script.said)
    sounds = [stage.recordings.words(name) for name in sorted(said)]
    mute = any([not await asyncio.to_thread(holds_speech, sound) for sound in sounds])
    return replace(result, blame="recording" if mute else "ear")
