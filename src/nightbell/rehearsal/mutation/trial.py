"""Trial: many mutants over many processes, each with a court of its own. Fates come in the order of the edits.

A run that is broken off leaves no process behind: killed, the kernel ends its workers; stopped by Ctrl-C or by an
error, it ends them itself and waits for no mutant that they are at.
"""

from __future__ import annotations

import gc
import random
import signal
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context, parent_process
from typing import TYPE_CHECKING, Any, NoReturn

import structlog

from nightbell.call.compile import compile_flow
from nightbell.rehearsal.mutation.court import Court
from nightbell.speech.orphan import die_with_parent

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.rehearsal.mutation.court import Fate
    from nightbell.rehearsal.mutation.edit import Edit

__all__ = ["chosen", "tried"]

_court: Court | None = None


def chosen(edits: Iterable[Edit], only: Sequence[str], sample: int, seed: int) -> tuple[Edit, ...]:
    """Return the edits of some operators; at most ``sample`` of them, chosen by seed (0 is all)."""
    found = [edit for edit in edits if edit.operator in only]
    if not sample or sample >= len(found):
        return tuple(found)
    places = sorted(random.Random(seed).sample(range(len(found)), sample))  # noqa: S311 - a sample, no secret
    return tuple(found[place] for place in places)


def tried(
    folder: Path,
    audio: Path,
    edits: Sequence[Edit],
    *,
    jobs: int,
    on_fate: Callable[[Fate], None] = lambda _: None,
) -> tuple[Fate, ...]:
    """Try mutants side by side.

    Args:
        folder: the clinic's folder.
        audio: the caller audio.
        edits: the mutants.
        jobs: processes; 1 tries them here.
        on_fate: told each fate in order.
    """
    fates: list[Fate] = []
    if jobs <= 1:
        _made(folder, audio)
        found: Iterable[Fate] = map(_try, edits)
        return _told(found, on_fate, fates)
    others = set(active_children())
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begun, (folder, audio)) as pool:
        try:
            return _told(pool.map(_try, edits, chunksize=4), on_fate, fates)
        except BaseException:
            for worker in set(active_children()) - others:
                worker.kill()
            raise


def _told(found: Iterable[Fate], on_fate: Callable[[Fate], None], fates: list[Fate]) -> tuple[Fate, ...]:
    for fate in found:
        on_fate(fate)
        fates.append(fate)
    return tuple(fates)


def _begun(folder: Path, audio: Path) -> None:
    """Begin a worker: it ends with who started it, and leaves a Ctrl-C to that one."""
    parent = parent_process()
    assert parent is not None
    assert parent.pid is not None
    die_with_parent(parent.pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _made(folder, audio)
    gc.freeze()  # the clinic and its scripts stay to the end


def _made(folder: Path, audio: Path) -> None:
    global _court  # noqa: PLW0603 - a process has one court, made when it begins
    # A mutant's calls break in every way there is, and each way is counted: nobody needs a line about it.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_drop])
    _court = Court(folder, audio)


def _drop(_logger: object, _method: str, _event: MutableMapping[str, Any]) -> NoReturn:
    raise structlog.DropEvent


def _try(edit: Edit) -> Fate:
    """Try one mutant; garbage is collected between two of them, for compiling one sets it off again and again.

    All of it is, and the mutant's plan is forgotten: the collector's own turn at what lived as long as a mutant
    comes once in a hundred of them, and a worker had grown to 3 GB by then.
    """
    assert _court is not None
    collects = gc.isenabled()
    gc.disable()
    try:
        return _court.try_(edit)
    finally:
        compile_flow.cache_clear()
        gc.collect()
        if collects:
            gc.enable()
