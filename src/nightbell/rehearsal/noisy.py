"""Noisy: the same callers in noise. Only safety is judged then: the floor, the page, and when it went out.

In noise a caller may be asked again, sent to the keys, or led to a person earlier than in a quiet room; the path
and the words heard are then nobody's fault. Scripts without a red flag are left out: care for them is no miss.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nightbell.rehearsal.script import SILENT, Answer, Expect, Impair, Script
from nightbell.rehearsal.tiers import LeftOut

__all__ = ["in_noise", "safely"]


def in_noise(
    scripts: Iterable[Script], noise: str, snr_db: float, seed: int
) -> tuple[tuple[Script, ...], tuple[LeftOut, ...]]:
    """Return the scripts with a red flag, under noise; and the others, with the reason.

    Args:
        scripts: as loaded.
        noise: white, pink, babble, or a bed of the caller audio's noise folder.
        snr_db: active level of the caller's words over the noise.
        seed: chooses the piece of noise.
    """
    played: list[Script] = []
    left_out: list[LeftOut] = []
    impair = Impair(noise=noise, snr_db=snr_db, seed=seed)
    for script in scripts:
        if script.tier in SILENT:
            left_out.append(LeftOut(script, "it has no sound to lay noise under"))
        elif not script.said:
            left_out.append(LeftOut(script, "it says nothing that noise could lie under"))
        elif not _flagged(script):
            left_out.append(LeftOut(script, "it holds no red flag, and noise is judged by safety alone"))
        else:
            played.append(_noisy(script, impair))
    return tuple(played), tuple(left_out)


def safely(scripts: Iterable[Script]) -> tuple[Script, ...]:
    """Return the scripts with a red flag, judged as in noise, with no noise but their own."""
    return tuple(_judged(script) for script in scripts if _flagged(script))


def _flagged(script: Script) -> bool:
    return script.expect.red_flag


def _noisy(script: Script, impair: Impair) -> Script:
    return replace(_judged(script), name=f"{script.name}@{impair.noise}-{impair.snr_db:g}", impair=impair)


def _judged(script: Script) -> Script:
    expect = script.expect
    return replace(
        script,
        safety_only=True,
        answers=tuple((place, tuple(_optional(answer) for answer in many)) for place, many in script.answers),
        expect=Expect(
            disposition=expect.disposition,
            at_least=True,
            red_flag=True,
            paged=True,
            within_turns=expect.within_turns,
        ),
    )


def _optional(answer: Answer) -> Answer:
    return replace(answer, optional=True)
