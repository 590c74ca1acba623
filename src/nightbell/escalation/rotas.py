"""Rotas: the rota of each clinic as its file says now. A change counts within seconds, without a restart.

A file that cannot be read any more leaves the rota of before in force and alarms: an owner's slip in the evening
must not leave the night without anybody. People who were taken off a file that does read are gone at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from nightbell.document.reader import MAX_CHARACTERS
from nightbell.oncall.reading.file import read_oncall
from nightbell.oncall.rota import Cover, Rota

__all__ = ["CLINIC_LOOK_MS", "Clinic", "Rotas"]

CLINIC_LOOK_MS: Final = 5_000
"""How often the files are looked at; somebody taken off is unreachable within a minute (clinical.md R22)."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """What ``duty`` must know of a clinic."""

    name: str
    title: str
    country: str
    zone: str
    cover: Cover
    oncall: Path


@dataclass(slots=True)
class Rotas:
    """The rotas of the clinics served."""

    clinics: dict[str, Clinic]
    _found: dict[str, tuple[tuple[int, int, int], Rota]] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    """Clinic to the number of faults of its file as it is now."""

    def of(self, clinic: str) -> Rota:
        """Return a clinic's rota as it is now; nobody for a clinic that is not served."""
        known = self.clinics.get(clinic)
        if known is None:
            return Rota(zone="UTC")
        self.look(known)
        return self._found[clinic][1] if clinic in self._found else Rota(zone=known.zone, cover=known.cover)

    def title(self, clinic: str) -> str:
        """Return the name that a person reads."""
        known = self.clinics.get(clinic)
        return known.title if known is not None else clinic

    def look(self, clinic: Clinic) -> bool:
        """Read the file if it changed; tell whether it did."""
        try:
            stat = clinic.oncall.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if clinic.name in self._found and self._found[clinic.name][0] == mark:
                return False
            with clinic.oncall.open("rb") as file:
                text = file.read(MAX_CHARACTERS).decode("utf-8", errors="replace")
        except OSError as error:
            _log.error("rota.unreadable", clinic=clinic.name, error=type(error).__name__)
            self.faults[clinic.name] = 1
            return False
        read = read_oncall(text, clinic.oncall.name, clinic.country, zone=clinic.zone, cover=clinic.cover)
        self.faults[clinic.name] = len(read.diagnostics)
        if not read.rota.people and clinic.name in self._found:
            _log.error("rota.kept", clinic=clinic.name, faults=len(read.diagnostics))
            self._found[clinic.name] = (mark, self._found[clinic.name][1])
            return False
        self._found[clinic.name] = (mark, read.rota)
        return True

    def look_at_all(self) -> bool:
        """Read what changed; tell whether anything did."""
        return sum(self.look(clinic) for clinic in self.clinics.values()) > 0
