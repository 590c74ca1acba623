"""How fast call scripts are played, on the engine, in writing and with sound; and that no green is an accident."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable
from typing import Any, Final

from scripts.figures import Figure
from scripts.told import told_by

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 6.0
_CLINICS: Final = ("rosewood", "stmarks", "hollow-lane")
_SPOKEN: Final = ("booking", "white-lip", "blisters-day-three", "hang-up-after-flag")
"""A long call, a red flag said at once, one in a screen, one that is cut short."""
_LIMIT_S: Final = 500
_TIMES_REAL: Final = 5.0
_AGAIN: Final = (*_SPOKEN, "nine-by-mistake", "row-25-crisis", "silence", "barge-in-menu", "no-wait-yes")
_SAME: Final = ("script", "disposition", "passed", "states", "response_ms_by_kind", "audio_ms", "failures")
_TIMES_REMEMBERED: Final = 100.0


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Play every script in writing, a few with sound, and both once more with silenced callers."""
    figures: list[Figure] = []
    written, took, engine_s = 0, 0.0, 0.0
    for clinic in _CLINICS:
        spent, told = _nightbell("rehearse", f"flows/{clinic}", "--tier", "engine")
        failed = [call["script"] for call in told["calls"] if not call["passed"]]
        figures.append(Figure(f"{clinic}: scripts on the engine that fail", len(failed), at_most=0))
        engine_s += spent
        spent, told = _nightbell("rehearse", f"flows/{clinic}", "--tier", "text")
        failed = [call["script"] for call in told["calls"] if not call["passed"]]
        say(f"{clinic}: {len(told['calls'])} calls in writing, {spent:.1f} s, failed: {failed or 'none'}")
        figures.append(Figure(f"{clinic}: scripts in writing that fail", len(failed), at_most=0))
        _, muted = _nightbell("rehearse", f"flows/{clinic}", "--tier", "text", "--mute")
        passed = [call["script"] for call in muted["calls"] if call["passed"]]
        about = f"{clinic}: silenced callers in writing that pass"
        figures.append(Figure(about, len(passed), at_most=0, peer=f"of {len(muted['calls'])}"))
        written, took = written + len(told["calls"]), took + spent
    figures.append(Figure("calls a minute, on the engine", 60 * written / engine_s, peer=f"{written} calls"))
    figures.append(Figure("calls a minute, in writing", 60 * written / took, peer=f"{written} calls"))
    spent, told = _nightbell("rehearse", "flows/rosewood", *_SPOKEN, "--tier", "audio", "--jobs", "2")
    audio_s = sum(call["audio_ms"] for call in told["calls"]) / 1000
    failed = [f"{call['script']}: {call['failures']}" for call in told["calls"] if not call["passed"]]
    say(f"with sound: {audio_s:.0f} s of calls in {spent:.0f} s, failed: {failed or 'none'}")
    cores = min(os.cpu_count() or 1, 2)
    figures.append(Figure("scripts with sound that fail", len(failed), at_most=0, peer=f"of {len(_SPOKEN)}"))
    figures.append(Figure("times real time a core", audio_s / spent / cores, at_least=_TIMES_REAL))
    figures.append(Figure("calls a minute, with sound", 60 * len(_SPOKEN) / spent))
    _, muted = _nightbell("rehearse", "flows/rosewood", *_SPOKEN, "--tier", "audio", "--mute")
    passed = [call["script"] for call in muted["calls"] if call["passed"]]
    figures.append(Figure("silenced callers with sound that pass", len(passed), at_most=0))
    figures += _remembered(say, cores)
    spent, told = _nightbell("compare", "flows/rosewood", "flows/rosewood")
    figures.append(Figure("calls that differ between a flow and itself", told["affected"], at_most=0))
    return figures


def _remembered(say: Callable[[str], None], cores: int) -> list[Figure]:
    """Play a few with sound twice, the second time by what the ears made of it the first time."""
    calls = ("rehearse", "flows/rosewood", *_AGAIN, "--tier", "audio", "--jobs", str(cores))
    with tempfile.TemporaryDirectory(prefix="nightbell-remembered-") as folder:
        _, first = _nightbell(*calls, "--remember", folder)
        began, spent = _spent(), 0.0
        _, again = _nightbell(*calls, "--remember", folder)
        spent = _spent() - began
    audio_s = sum(call["audio_ms"] for call in again["calls"]) / 1000
    before, after = ([{name: call[name] for name in _SAME} for call in told["calls"]] for told in (first, again))
    differ = sum(was != now for was, now in zip(before, after, strict=True))
    say(f"remembered: {audio_s:.0f} s of calls in {spent:.1f} s of a core, set-up and all")
    return [
        Figure("remembered: frames that were listened to", again["transcripts"]["frames_heard"], at_most=0),
        Figure("remembered: calls that went otherwise", differ, at_most=0, peer=f"of {len(before)}"),
        Figure("remembered: times real time a core", audio_s / spent, at_least=_TIMES_REMEMBERED),
    ]


def _spent() -> float:
    """Return the processor time of all processes that were waited for, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _nightbell(*words: str) -> tuple[float, dict[str, Any]]:
    """Return how many seconds a verb took, and what it told."""
    began = time.monotonic()
    told = told_by(*words, limit_s=_LIMIT_S)
    return time.monotonic() - began, told
