"""Attribution: whether the ear or the flow failed. A call that failed with sound is played again in writing.

In writing nothing is misheard. What passes then was misheard with sound; what fails then too fails by the flow, or
by its script. Where nobody wrote the words down it cannot be told. A call that failed by the line's own prompts
alone is laid to neither: nobody misheard the caller.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.runner import rehearse
from nightbell.rehearsal.script import SILENT
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nightbell.rehearsal.result import CallResult
    from nightbell.rehearsal.stage import Stage

__all__ = ["Blame", "attributed"]

_ITS_OWN: Final = frozenset({FailureKind.PROMPT_SILENT, FailureKind.PROMPT_UNHEARD})
"""Failures of what the line says; none at all is a pass."""
Blame: TypeAlias = Literal["", "ear", "flow", "unknown"]


async def attributed(
    results: Iterable[CallResult], stage: Stage, texts: Mapping[str, str]
) -> tuple[CallResult, ...]:
    """Return the results, each that failed with sound with whom it is laid to.

    Args:
        results: of a rehearsal.
        stage: where it took place.
        texts: recording to its words.
    """
    quiet = replace(stage, keep=False, watch=lambda _: (), snr_db=None, mute=False)
    return tuple([await _one(result, quiet, texts) for result in results])


async def _one(result: CallResult, stage: Stage, texts: Mapping[str, str]) -> CallResult:
    if result.script.tier in SILENT or _ITS_OWN.issuperset(failure.kind for failure in result.failures):
        return result
    plain = replace(result.script, tier=None, impair=None, echo=False)
    written, _ = cast([plain], "text", texts)
    if not written:
        return replace(result, blame="unknown")
    again = await rehearse(written[0], stage)
    return replace(result, blame="ear" if again.passed else "flow")
