"""Run as a program: takes the same made-up call again and again, each time killed (SIGKILL) at another instant.

For every event and moment it makes a folder with the records and ``performed``, the side file with the effects
that were carried out: written only after ``append`` had returned. Usage: ``kill_loop.py FOLDER``.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from pathlib import Path

from nightbell.records.sqlite import open_sqlite
from nightbell.terms.instant import Instant
from nightbell.testing.journal import T0, made_up_journal

MOMENTS = ("amid", "after", "performed")
"""Killed while the event is appended; when that returned; when its effects were performed too."""


PATIENT_MS = 10_000
"""The test is about being killed, not about being slow: a busy machine must not end an append."""


async def take_call(folder: Path, index: int, moment: str, tell: int) -> None:
    """Append and perform the call's events; die at ``index``."""
    records = await open_sqlite(folder / "records.db", now=Instant(T0))
    performed = os.open(folder / "performed", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for event, effects in made_up_journal("killed"):
        if event.seq == index and moment == "amid":
            os.write(tell, b"!")  # from here on the parent may strike
        await records.append(event, effects, f"session {event.seq}", limit_ms=PATIENT_MS)
        if event.seq == index and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        for effect in effects:
            os.write(performed, f"{event.seq} {effect.n}\n".encode())
        if event.seq == index and moment == "performed":
            os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()  # the parent strikes late: everything was performed


def kill_one(folder: Path, index: int, moment: str) -> None:
    """Fork, let the child take the call, see it killed."""
    folder.mkdir(parents=True)
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        asyncio.run(take_call(folder, index, moment, tell))
        os._exit(1)
    os.close(tell)
    if moment == "amid":
        os.read(hear, 1)
        select.select([], [], [], index * 0.0002)  # strike 0 to 2.2 ms into the append
        os.kill(child, signal.SIGKILL)
    os.close(hear)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{folder.name} ended by itself: {status}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def main() -> None:
    """Kill at every event and moment."""
    for index in range(len(made_up_journal("killed"))):
        for moment in MOMENTS:
            kill_one(Path(sys.argv[1]) / f"{index:02d}-{moment}", index, moment)


if __name__ == "__main__":
    main()
