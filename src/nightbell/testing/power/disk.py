"""Disk: what may be on it after the power went, at any moment of a trace. Pure.

A flush that ended keeps what was written to that file before it began; all else is still the drive's to keep or
to lose. In a prefix each file keeps its writes up to some point, each its own; torn, any of them may be missing or
be there in part, by sectors. A file's name is one more thing to be lost until its folder is flushed. Names keep
their order among themselves, as a journalling filesystem keeps it. It knows no database, and no folder's own name.
"""

from __future__ import annotations

import itertools
import math
import os
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nightbell.testing.power.trace import Op

__all__ = ["SECTORS", "Disk", "State"]

SECTORS: Final = (512, 4096)
"""What a drive writes whole."""
_MOST: Final = 20_000
"""States that one moment may leave; a transaction of a hundred pages leaves two hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is on the disk."""

    at: int
    """Latest moment, by the trace's lines, at which the power may have gone to leave this."""
    told: str
    """How it came to be, to find it again."""
    files: Mapping[str, bytes]


@dataclass(slots=True)
class _Contents:
    """One file's contents, whatever its name."""

    base: bytes
    size: int = 0
    ops: list[Op] = field(default_factory=list)
    began: list[int] = field(default_factory=list)
    flushes: list[Op] = field(default_factory=list)
    flushed: tuple[list[int], list[int]] = ((), ())  # type: ignore[assignment]
    """When a flush ended, and how many of ``ops`` are safe from then on."""

    def add(self, op: Op) -> None:
        if op.kind == "write" and op.offset < 0:
            op = Op(kind="write", path=op.path, began=op.began, ended=op.ended, offset=self.size, data=op.data)
        self.size = op.offset if op.kind == "truncate" else max(self.size, op.offset + len(op.data))
        self.ops.append(op)
        self.began.append(op.began)

    def close(self) -> None:
        ends, safe, most = [], [], 0
        for flush in sorted(self.flushes, key=lambda each: each.ended):
            covered = [n for n, op in enumerate(self.ops, start=1) if op.ended < flush.began]
            most = max([most, *covered[-1:]])
            ends.append(flush.ended)
            safe.append(most)
        self.flushed = (ends, safe)

    def between(self, at: int) -> tuple[int, int]:
        """Return how many operations must be there, and how many may."""
        ends, safe = self.flushed
        number = bisect_right(ends, at)
        return (safe[number - 1] if number else 0), bisect_right(self.began, at)


def _applied(content: bytearray, op: Op, offset: int | None = None, data: bytes | None = None) -> None:
    offset, data = (op.offset if offset is None else offset), (op.data if data is None else data)
    if op.kind == "truncate":
        del content[op.offset :]
        content.extend(bytes(max(0, op.offset - len(content))))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


class Disk:
    """The files of a group, as a trace left them at each moment."""

    def __init__(self, base: Mapping[str, bytes], ops: Sequence[Op], *, group: str) -> None:
        """Follow the trace.

        Args:
            base: files that were safe before it began.
            ops: the trace.
            group: how the paths of the group begin; they lie in one folder. SQLite's ``-shm`` is in none.

        Raises:
            ValueError: the trace writes to a file that it never made.
        """

        def keep(path: str) -> bool:
            return path.startswith(group) and not path.endswith("-shm")

        self._contents = [_Contents(data, size=len(data)) for path, data in base.items() if keep(path)]
        self._first = {path: number for number, path in enumerate(filter(keep, base))}
        self._names = _Contents(b"")
        self._made: list[int] = []
        """For each operation on names the contents that it is about."""
        now = dict(self._first)
        for op in ops:
            if op.kind == "flush_names" and op.path == (os.path.dirname(group) or "."):  # noqa: PTH120 - pure
                self._names.flushes.append(op)
            elif op.kind != "flush_names" and keep(op.path):
                self._follow(op, now)
        for each in (*self._contents, self._names):
            each.close()
        self._moments = sorted({0} | {moment for op in ops for moment in (op.began, op.ended)})
        self._last: dict[int, tuple[int, bytearray]] = {}

    def _follow(self, op: Op, now: dict[str, int]) -> None:
        match op.kind:
            case "create":
                if op.path not in now:
                    self._contents.append(_Contents(b""))
                    now[op.path] = len(self._contents) - 1
                    self._name(op, now[op.path])
            case "unlink":
                self._name(op, now.pop(op.path, -1))
            case "rename":
                now[op.to] = now.pop(op.path)
                self._name(op, now[op.to])
            case "flush":
                self._contents[now[op.path]].flushes.append(op)
            case _ if op.path in now:
                self._contents[now[op.path]].add(op)
            case "write":
                raise ValueError(f"{op.path} is written and was never made")

    def _name(self, op: Op, about: int) -> None:
        self._names.ops.append(op)
        self._names.began.append(op.began)
        self._made.append(about)

    def prefixes(self) -> Iterator[State]:
        """Yield every state in which each file, and the folder, keeps its operations up to some point.

        Raises:
            ValueError: so little is flushed that they are too many.
        """
        latest: dict[tuple[int, ...], int] = {}
        boxes: set[tuple[tuple[int, int], ...]] = set()
        for at in reversed(self._moments):
            box = tuple(each.between(at) for each in (self._names, *self._contents))
            if box in boxes:
                continue
            boxes.add(box)
            if math.prod(high - low + 1 for low, high in box) > _MOST:
                raise ValueError("hardly anything is flushed; take a sample")
            for vector in itertools.product(*(range(low, high + 1) for low, high in box)):
                latest.setdefault(vector, at)
        for vector in sorted(latest):
            files = {path: bytes(self._content(n, vector[n + 1])) for path, n in self._named(vector[0]).items()}
            yield State(at=latest[vector], told=f"prefix {vector}", files=files)

    def torn(self, seed: int, count: int) -> Iterator[State]:
        """Yield so many states in which what was not flushed is there in part: writes missing, writes torn."""
        dice = random.Random(seed)  # noqa: S311 - a seed is the point
        moments = [
            at
            for at in self._moments
            if any(high > low for low, high in (each.between(at) for each in self._contents))
        ]
        for number in range(count if moments else 0):
            at = dice.choice(moments)
            names = dice.randint(*self._names.between(at))
            files = {path: self._torn(n, at, dice) for path, n in self._named(names).items()}
            yield State(at=at, told=f"torn {seed}/{number} at {at}", files=files)

    def _named(self, count: int) -> dict[str, int]:
        """Return path to contents after so many operations on names."""
        there = dict(self._first)
        for op, about in zip(self._names.ops[:count], self._made, strict=False):
            if op.kind == "create":
                there[op.path] = about
            elif op.kind == "unlink":
                there.pop(op.path, None)
            else:
                there[op.to] = there.pop(op.path)
        return there

    def _content(self, number: int, count: int) -> bytearray:
        """Return contents after so many operations; asked in rising order it goes on from the last answer."""
        there = self._contents[number]
        done, content = self._last.get(number, (0, bytearray(there.base)))
        if done > count:
            done, content = 0, bytearray(there.base)
        for op in there.ops[done:count]:
            _applied(content, op)
        self._last[number] = (count, content)
        return content

    def _torn(self, number: int, at: int, dice: random.Random) -> bytes:
        there = self._contents[number]
        low, high = there.between(at)
        content = bytearray(self._content(number, low))
        for op in there.ops[low:high]:
            if op.kind == "truncate":  # a file's size is the filesystem's, and in its journal
                _applied(content, op)
                continue
            fate = dice.random()
            if fate < 0.4:
                _applied(content, op)
            elif fate < 0.75:
                sector = dice.choice(SECTORS)
                for begins in range(op.offset - op.offset % sector, op.offset + len(op.data), sector):
                    if dice.random() < 0.5:
                        first, last = max(begins, op.offset), min(begins + sector, op.offset + len(op.data))
                        _applied(content, op, first, op.data[first - op.offset : last - op.offset])
        return bytes(content)
