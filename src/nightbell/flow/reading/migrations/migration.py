"""Migration: what a module of this folder gives to the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nightbell.document.node import Mapping

__all__ = ["Migration"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step."""

    of: str
    """The version that is read."""
    to: str
    """The version that comes out."""
    what: str
    """What changes, for the author of an old file."""
    migrate: Callable[[Mapping], Mapping]
    """A flow.yaml or a fragment in the old version to the same in the new one."""
