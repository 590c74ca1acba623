"""Spill: where events go when the records cannot take them - lines of JSON in another folder, flushed one by one.

At the next start ``replay`` puts them into the records; doing so twice is harmless. Files are renamed, never
deleted. It is no store to read from: a call whose events are here takes the safe path only.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import NightbellError, RecordsFailed
from nightbell.records.encoding import effects_from_json, effects_to_json, event_from_json, event_to_json
from nightbell.records.names import flush_names
from nightbell.records.port import APPEND_LIMIT_MS, Records
from nightbell.terms.instant import Instant

__all__ = ["SPILL_NAME", "Replayed", "Spill", "replay"]

SPILL_NAME: Final = "spill.jsonl"
_REPLAYING: Final = "replaying"
REPLAY_LIMIT_MS: Final = 10_000
"""How long one replayed event may take: no caller waits for it, and a fresh disk is slow."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay did, in lines."""

    taken: int = 0
    """In the records now."""
    refused: int = 0
    """Not theirs to take: another event stands there, or its call was never opened. Kept in ``.refused``."""
    torn: int = 0
    """No whole line: the process died while writing, before anybody was told it was kept."""


class Spill:
    """An append-only file that is flushed to the disk after every event."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SPILL_NAME
        self._closed = False
        # One thread, so that lines keep their order and a disk that hangs does not stop the loop.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spill")

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """Keep one event until the records can take it.

        Raises:
            RecordsFailed: it is not on the disk, or not within ``limit_ms``.
        """
        if self._closed:
            raise self._failed("the spill file is closed")
        line = json.dumps([event_to_json(event), effects_to_json(effects), session], ensure_ascii=False)
        try:
            async with asyncio.timeout(limit_ms / 1000):
                await asyncio.get_running_loop().run_in_executor(self._thread, self._write, line.encode() + b"\n")
        except TimeoutError as error:
            raise self._failed(f"the spill file took longer than {limit_ms} ms") from error
        except OSError as error:
            raise self._failed(f"the spill file cannot be written ({error.strerror})") from error

    def close(self) -> None:
        """Let go of the thread; what it is writing is not waited for."""
        self._closed = True
        self._thread.shutdown(wait=False)

    def _write(self, line: bytes) -> None:
        folder, made = self._path.parent, not self._path.parent.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(folder):
            fresh = not self._path.exists()
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(handle).st_size
                if size and os.pread(handle, 1, size - 1) != b"\n":
                    line = b"\n" + line  # the power went amid the line before: it must not take this one with it
                while line:
                    line = line[os.write(handle, line) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            if fresh:
                flush_names(folder)
        if made:
            flush_names(folder.parent)

    def _failed(self, message: str) -> RecordsFailed:
        return RecordsFailed(message, provider=str(self._path), hint="choose a spill folder on another disk")


async def replay(folder: Path, records: Records, *, now: Instant) -> Replayed:
    """Put what was spilled into the records, then rename the file.

    A crash in the middle is made good by the next replay.

    Raises:
        RecordsFailed: the records still fail, or the folder cannot be read; nothing is lost.
    """
    total = Replayed()
    try:
        waiting = await asyncio.to_thread(_set_aside, folder, now)
        for path in waiting:
            done = await _replay_file(path, records)
            total = Replayed(
                taken=total.taken + done.taken,
                refused=total.refused + done.refused,
                torn=total.torn + done.torn,
            )
            path.rename(path.with_name(path.name.replace(_REPLAYING, "replayed", 1)))
    except OSError as error:
        raise RecordsFailed(
            f"the spill folder cannot be used ({error.strerror})", provider=str(folder), hint="look at its rights"
        ) from error
    if waiting:
        _log.warning("records.replayed", taken=total.taken, refused=total.refused, torn=total.torn)
    return total


def _set_aside(folder: Path, now: Instant) -> list[Path]:
    """Rename the spill file, so that a new one can begin; return all that wait, the oldest first."""
    if not folder.is_dir():
        return []
    spilled = folder / SPILL_NAME
    with _alone(folder):
        if spilled.exists():
            spilled.rename(folder / f"{_REPLAYING}-{now.ms}.jsonl")
    return sorted(folder.glob(f"{_REPLAYING}-*.jsonl"))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep everybody else from the spill file: no line may go into one that is being replayed."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


async def _replay_file(path: Path, records: Records) -> Replayed:
    taken = refused = torn = 0
    for line in _lines(path):
        parsed = _parse(line)
        if parsed is None:
            torn += 1
            continue
        event, effects, session = parsed
        try:
            await records.append(event, effects, session, limit_ms=REPLAY_LIMIT_MS)
            taken += 1
        except RecordsFailed as error:
            if error.again:
                raise
            refused += 1
            with path.with_suffix(".refused").open("ab") as kept:
                kept.write(line)
    return Replayed(taken=taken, refused=refused, torn=torn)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _parse(line: bytes) -> tuple[Event, tuple[Effect, ...], str] | None:
    try:
        event, effects, session = json.loads(line)
        return event_from_json(event), effects_from_json(effects), str(session)
    except (ValueError, TypeError, NightbellError):
        return None
