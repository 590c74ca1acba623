"""Places: where in which file each part of a loaded flow stands, so that a rule can point at it."""

from __future__ import annotations

from dataclasses import dataclass

from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Node, walk

__all__ = ["Places"]


@dataclass(frozen=True, slots=True)
class Places:
    """Finds places by the path of keys from the top of flow.yaml, with its fragments merged in."""

    root: Mapping
    """flow.yaml and its fragments, dialogs written out; every node bears its own file."""
    clinic: Mapping
    """clinic.yaml."""

    def of_clinic(self, *path: str | int, value: bool = False) -> Place:
        """Return a place in clinic.yaml, as ``of`` does for the flow."""
        return _deepest(self.clinic, path, value=value)

    def of(self, *path: str | int, value: bool = False) -> Place:
        """Return the place of the deepest part of the path that is there.

        Args:
            path: keys and list positions, such as ``("states", "reason", "choices", "worried", "hear", 2)``.
            value: the place of the value instead of that of its key.
        """
        return _deepest(self.root, path, value=value)

    def node(self, *path: str | int) -> Node | None:
        """Return what stands at the end of the path, None where the path ends early."""
        steps = list(walk(self.root, list(path)))
        return steps[-1][1] if len(steps) == len(path) + 1 else None


def _deepest(root: Mapping, path: tuple[str | int, ...], *, value: bool) -> Place:
    place = root.place
    for key, node in walk(root, list(path)):
        place = node.place if value or key is None else key.place
    return place
