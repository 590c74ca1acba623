"""Corpus: the same scripts under two versions of a flow, a model or a voice; the last two need sound.

What a script expects is not asked here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nightbell.errors import ScriptError
from nightbell.rehearsal.comparison.told import Book
from nightbell.rehearsal.comparison.traits import Watcher
from nightbell.rehearsal.comparison.verdict import compare_call
from nightbell.rehearsal.runner import Stage, rehearse_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nightbell.flow.model import Flow
    from nightbell.rehearsal.comparison.shift import Slack
    from nightbell.rehearsal.comparison.traits import Traits
    from nightbell.rehearsal.comparison.verdict import Compared
    from nightbell.rehearsal.port import IncomingCall
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Script

__all__ = ["compare_all", "in_writing", "traits_of"]


def in_writing(flow: Flow, recordings: Recordings) -> Stage:
    """Return a stage for calls without sound, of which nothing is kept."""
    return Stage(flow=flow, recordings=recordings, take=_silent, folder=Path(), keep=False)


async def traits_of(stage: Stage, scripts: Sequence[Script], *, jobs: int = 1) -> dict[str, Traits]:
    """Play every script on a stage; return what each call was like, by name.

    Args:
        stage: one of the versions.
        scripts: the callers; no two have the same name.
        jobs: calls side by side.

    Raises:
        ProviderError: something the calls need is missing or broken.
    """
    book = Book(stage.flow)
    watchers = {script.name: Watcher(book) for script in scripts}
    results = await rehearse_all(
        [replace(script, path=()) for script in scripts],
        replace(stage, watch=lambda script: (watchers[script.name],)),
        jobs=jobs,
    )
    return {result.script.name: watchers[result.script.name].traits(result) for result in results}


def compare_all(old: Mapping[str, Traits], new: Mapping[str, Traits], slack: Slack) -> tuple[Compared, ...]:
    """Compare the same calls under both versions; they come by name.

    Args:
        old: under the version that is in use.
        new: under the version that is to take its place.
        slack: see ``compare_call``.
    """
    return tuple(compare_call(name, old[name], new[name], slack) for name in sorted(old))


async def _silent(call: IncomingCall) -> NoReturn:
    raise ScriptError(f"{call.id} has sound, and versions are compared in writing")
