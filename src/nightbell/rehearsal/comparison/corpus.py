"""Corpus: the same scripts under two versions of a flow, in writing. What a script expects is not asked here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nightbell.errors import ScriptError
from nightbell.rehearsal.comparison.traits import Watcher
from nightbell.rehearsal.comparison.verdict import compare_call
from nightbell.rehearsal.runner import Stage, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nightbell.flow.model import Flow
    from nightbell.rehearsal.comparison.traits import Traits
    from nightbell.rehearsal.comparison.verdict import Compared
    from nightbell.rehearsal.port import IncomingCall
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Script

__all__ = ["compare_flows"]


async def compare_flows(
    old: Flow, new: Flow, scripts: Iterable[Script], recordings: Recordings, *, slack_ms: int
) -> tuple[Compared, ...]:
    """Play every script under both; calls come by name, whatever their order was.

    Args:
        old: the version that is in use.
        new: the version that is to take its place.
        scripts: the callers, cast in writing.
        recordings: the caller audio.
        slack_ms: see ``compare_call``.
    """
    return tuple(
        [
            compare_call(
                script.name,
                await _traits(old, script, recordings),
                await _traits(new, script, recordings),
                slack_ms=slack_ms,
            )
            for script in sorted(scripts, key=lambda script: script.name)
        ]
    )


async def _traits(flow: Flow, script: Script, recordings: Recordings) -> Traits:
    watcher = Watcher(emergency=flow.emergency)
    stage = Stage(
        flow=flow, recordings=recordings, take=_silent, folder=Path(), keep=False, watch=lambda _: (watcher,)
    )
    return watcher.traits(await rehearse(replace(script, path=()), stage))


async def _silent(call: IncomingCall) -> NoReturn:
    raise ScriptError(f"{call.id} has sound, and versions are compared in writing")
