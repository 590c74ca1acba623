"""Components: which parts of a directed graph lead back to themselves (Tarjan, without recursion). Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

__all__ = ["all_components", "components"]

Node = TypeVar("Node", bound=Hashable)


def components(led: Mapping[Node, Iterable[Node]]) -> Iterator[frozenset[Node]]:
    """Yield the strongly connected components that hold a ring: several nodes, or one that leads to itself."""
    for found in all_components(led):
        node = next(iter(found))
        if len(found) > 1 or node in set(led[node]):
            yield found


def all_components(led: Mapping[Node, Iterable[Node]]) -> Iterator[frozenset[Node]]:
    """Yield every strongly connected component, each after those it leads to; unknown targets are left out."""
    tarjan = _Tarjan(led)
    for root in led:
        if root not in tarjan.number:
            yield from tarjan.from_root(root)


class _Tarjan(Generic[Node]):
    def __init__(self, led: Mapping[Node, Iterable[Node]]) -> None:
        self.number: dict[Node, int] = {}
        self._led = led
        self._low: dict[Node, int] = {}
        self._open: list[Node] = []
        self._inside: set[Node] = set()

    def from_root(self, root: Node) -> Iterator[frozenset[Node]]:
        work = [(root, self._opened(root))]
        while work:
            node, targets = work[-1]
            fresh = next((target for target in targets if self._is_fresh(node, target)), None)
            if fresh is not None:
                work.append((fresh, self._opened(fresh)))
                continue
            work.pop()
            if work:
                before = work[-1][0]
                self._low[before] = min(self._low[before], self._low[node])
            if self._low[node] == self.number[node]:
                yield self._closed(node)

    def _opened(self, node: Node) -> Iterator[Node]:
        self.number[node] = self._low[node] = len(self.number)
        self._open.append(node)
        self._inside.add(node)
        return iter(self._led[node])

    def _is_fresh(self, node: Node, target: Node) -> bool:
        if target not in self._led:
            return False
        if target in self._inside:
            self._low[node] = min(self._low[node], self.number[target])
        return target not in self.number

    def _closed(self, node: Node) -> frozenset[Node]:
        found = {node}
        while (member := self._open.pop()) != node:
            found.add(member)
        self._inside -= found
        return frozenset(found)
