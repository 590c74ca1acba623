"""The steps there are, and a file taken through all it needs."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from nightbell.document.node import Mapping
from nightbell.flow.reading.migrations import v1_0
from nightbell.flow.reading.migrations.migration import Migration

__all__ = ["MIGRATIONS", "NEWEST", "VERSIONS", "migrated"]

NEWEST: Final = "1.1"
"""The version of the flow language that the rest of this package knows."""

_MODULES: Final = (v1_0,)

MIGRATIONS: Final = MappingProxyType[str, Migration](
    {module.MIGRATION.of: module.MIGRATION for module in _MODULES}
)
"""Version to the step that leads on from it."""
VERSIONS: Final = (*MIGRATIONS, NEWEST)
"""Every version that can be read, oldest first."""


def migrated(file: Mapping, version: str) -> Mapping:
    """Return a file in the newest version; one of an unknown version as it stands."""
    while (step := MIGRATIONS.get(version)) is not None:
        file, version = step.migrate(file), step.to
    return file
