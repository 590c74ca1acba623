"""Readback on a bench: every wording of an end, a hold and the emergency words, heard by the other recogniser."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from scripts.benches._triage_line import FLOWS, flow_of
from scripts.figures import Figure

from nightbell.bootstrap.nightbell import open_nightbell
from nightbell.rehearsal.readback import Heardback, Told, read_back, told_by
from nightbell.settings import load_settings
from nightbell.speech.moonshine import MoonshineLimits, MoonshineRecogniser

__all__ = ["ERROR_PERCENT", "hear_back", "readback_figures"]

ERROR_PERCENT: Final = 5.0
_PATIENT: Final = MoonshineLimits(start_s=300.0, answer_s=300.0)
"""Nobody waits on the line here: a busy machine must not be taken for a misheard wording."""


def readback_figures(clinics: Sequence[str]) -> list[Figure]:
    """Hear every wording of the clinics back; the same words of two clinics are heard twice."""
    figures = []
    for clinic in clinics:
        found = hear_back(clinic)
        errors, words = sum(each.errors for each in found), sum(each.length for each in found)
        figures += [
            Figure(
                f"{clinic}: word errors of what is told at the end",
                100 * errors / words if words else None,
                "%",
                at_most=ERROR_PERCENT,
                peer=f"{errors} of {words} words, {len(found)} wordings",
            ),
            Figure(
                f"{clinic}: telephone and emergency numbers, times, keys and counts misheard",
                sum(len(each.lost) for each in found),
                at_most=0,
                peer="; ".join(f"{each.told.prompt}: {', '.join(each.lost)}" for each in found if each.lost),
            ),
        ]
        figures += [
            Figure(f"{clinic}: {each.told.prompt}", 100 * each.rate, "%", peer=f"heard: {each.heard}")
            for each in found
            if 100 * each.rate > ERROR_PERCENT
        ]
    return figures


def hear_back(clinic: str, wanted: Callable[[Told], bool] = lambda _: True) -> list[Heardback]:
    """Hear the wordings of one clinic back, all of them or those that are wanted."""
    return asyncio.run(_hear_back(clinic, wanted))


async def _hear_back(clinic: str, wanted: Callable[[Told], bool]) -> list[Heardback]:
    flow = flow_of(clinic)
    recogniser = MoonshineRecogniser(limits=_PATIENT)
    with tempfile.TemporaryDirectory(prefix="nightbell-readback-") as name:
        try:
            async with open_nightbell(load_settings().rehearsing(Path(name))) as night:
                desk = await night.prepare(flow, FLOWS / clinic)
                return [
                    await read_back(told, desk.samples, recogniser.transcribe, flow.clinic.country)
                    for told in told_by(flow)
                    if wanted(told)
                ]
        finally:
            await recogniser.close()
