"""Patients: a clinic's treatments.csv as it stands on the disk now, for the calls that ask who was treated lately.

The list is read again whenever it has changed, so that an export of this evening counts tonight. A list that is
missing, broken or slow never stops a call: what was read before stands, or nothing is known, the worst case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from nightbell.oncall.treatments import Lately, Treatments, read_treatments
from nightbell.terms.instant import Instant

__all__ = ["MOST_BYTES", "READ_LIMIT_MS", "TREATMENTS", "Patients", "list_in"]

TREATMENTS: Final = "treatments.csv"
MOST_BYTES: Final = 8 * 1024 * 1024
"""Far above what the most rows take; more is not read."""
READ_LIMIT_MS: Final = 300
"""How long a call waits for a changed list: AskHistory has 500 ms, and the records answer within it too."""

_log = structlog.get_logger(__name__)


class Patients:
    """The list of one clinic."""

    def __init__(self, path: Path, *, country: str, zone: str, people: Collection[str] | None) -> None:
        """Take where the list is.

        Args:
            path: the file; it may be missing.
            country: ISO 3166 alpha-2.
            zone: the clinic's zone.
            people: keys of oncall.yaml; None where there is none.
        """
        self._path = path
        self._country = country
        self._zone = zone
        self._people = people
        self._known = Treatments(zone)
        self._stamp: tuple[int, int] | None = None
        self._reading: asyncio.Future[None] | None = None

    async def lookup(self, number: str | None, now: Instant) -> Lately:
        """Return what is known of a number, E.164; None is a withheld one."""
        if number is None:
            return Lately()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(asyncio.to_thread(self._read, now))
        try:
            async with asyncio.timeout(READ_LIMIT_MS / 1000):
                await asyncio.shield(self._reading)
        except (OSError, TimeoutError) as error:
            _log.warning("treatments_not_read", error=type(error).__name__)
        return self._known.lookup(number, now)

    def _read(self, now: Instant) -> None:
        """Read the list, in a thread, if it is another one than before."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._known, self._stamp = Treatments(self._zone), None
            return
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp == self._stamp:
            return
        today = now.datetime().astimezone(ZoneInfo(self._zone)).date()
        known = read_treatments(
            list_in(self._path),
            self._path.name,
            country=self._country,
            zone=self._zone,
            today=today,
            people=self._people,
        )
        self._known, self._stamp = known, stamp
        _log.info("treatments_read", numbers=len(known.by_number), faults=len(known.diagnostics))


def list_in(path: Path) -> str:
    """Return the text of a list. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES).decode("utf-8", errors="replace")
