"""Run as a program: serves calls by requests over the records of a folder until it is killed.

Its clock is a file that the carrier writes, so a call takes as long as its requests. It prints its address once it
serves. Usage: ``asked_line.py FOLDER``.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tests.peers.by_request import line_of, shipped
from tests.peers.obeying import Clock

from nightbell.bootstrap.records import records_of
from nightbell.flow.archive import flow_to_json
from nightbell.settings import Settings
from nightbell.terms.instant import Instant

__all__ = ["FileClock"]


class FileClock(Clock):
    """The carrier's time, read from where it writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def now(self) -> Instant:  # type: ignore[override]
        """What time it is."""
        return Instant(int(self._path.read_text()))


async def main(folder: Path) -> None:
    http = {"listen": "127.0.0.1:0", "public_url": "https://line.example.org"}
    twilio = {"account": "AC1", "token": "a-token"}
    settings = Settings(data_dir=folder, http={**http, "twilio": twilio})
    flow = shipped("rosewood")
    async with AsyncExitStack() as stack:
        records, missing = await records_of(settings, stack)
        assert missing is None
        await records.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
        clock = FileClock(folder / "clock")
        line = await stack.enter_async_context(line_of(flow, speech={"en": "en-GB"}, records=records, clock=clock))
        sys.stdout.write(line.carrier.here + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
