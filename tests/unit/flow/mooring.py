"""The flow with every newer part of the language, and how a copy of it is broken in one place."""

from __future__ import annotations

from pathlib import Path

from tests.unit.flow.sound import FLOWS, diagnostics

from nightbell.errors import FlowError
from nightbell.flow.reading.reader import read_with_places

CLINIC = "mooring"
FLOW, OWN, SHARED = "mooring/flow.yaml", "mooring/clinic.yaml", "shared/asking.yaml"
FILES = {
    name: (FLOWS / name).read_text(encoding="utf-8") for name in (FLOW, OWN, SHARED, "shared/universals.yaml")
}


def changed(old: str, new: str, file: str = FLOW) -> dict[str, str]:
    """Return the files with ``old``, which stands there once, replaced by ``new``."""
    assert FILES[file].count(old) == 1, f"{old!r} stands {FILES[file].count(old)} times in {file}"
    return {**FILES, file: FILES[file].replace(old, new)}


def faults_of(files: dict[str, str], clinic: str = CLINIC) -> list[str]:
    """Return every fault and warning as ``file:line:column:code hint``."""
    try:
        found = list(read_with_places(files, clinic).warnings)
    except FlowError as error:
        found = diagnostics(error)
    return [
        f"{Path(fault.place.file).stem}:{fault.place.line}:{fault.place.column}:{fault.code} {fault.hint}"
        for fault in found
    ]
