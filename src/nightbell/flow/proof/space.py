"""Space: every combination of values that a flow's variables can have, as the bits of one whole number.

A set of valuations is an int: bit n is set where valuation n is in it. Python's whole numbers do a test (and), a
change (shift) and a union (or) over all valuations at once, eight to the byte, and a set without high bits takes
no room for them. It knows nothing of rows or of safety.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nightbell.flow.proof.table import Change, Test, Variable

__all__ = ["Axis", "Shift", "Shifts", "Space", "apply", "undo"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One variable in the mixed radix."""

    variable: Variable
    stride: int

    @property
    def size(self) -> int:
        """How many values it has."""
        return len(self.variable.values)


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of one variable for the valuations in ``mask``: up by ``by`` bits, or down where negative."""

    mask: int
    by: int
    low: int
    """Number of the lowest bit in ``mask``: a set that ends below it is not touched."""

    @classmethod
    def of(cls, mask: int, by: int) -> Shift:
        """Make the change of the valuations in a mask that is not empty."""
        return cls(mask, by, (mask & -mask).bit_length() - 1)


Shifts = tuple[Shift, ...]
"""A change of one variable for every valuation."""


class Space:
    """The combinations of some variables, the first with the smallest stride."""

    def __init__(self, variables: Sequence[Variable]) -> None:
        self.axes: dict[str, Axis] = {}
        stride = 1
        for variable in variables:
            self.axes[variable.name] = Axis(variable, stride)
            stride *= len(variable.values)
        self.size = stride
        """Number of valuations."""
        self._masks: dict[tuple[str, int], int] = {}
        self._down: dict[str, Shifts] = {}

    @cached_property
    def all(self) -> int:
        """The set of every valuation."""
        return (1 << self.size) - 1

    def _mask(self, name: str, index: int) -> int:
        found = self._masks.get((name, index))
        if found is None:
            axis = self.axes[name]
            period = axis.stride * axis.size
            found = _repeated(((1 << axis.stride) - 1) << (index * axis.stride), period, self.size // period)
            self._masks[name, index] = found
        return found

    def having(self, name: str, values: Iterable[str]) -> int:
        """Return the valuations in which a variable has one of the values; unknown values add none."""
        order = self.axes[name].variable.values
        bits = 0
        for value in set(values):
            if value in order:
                bits |= self._mask(name, order.index(value))
        return bits

    def passing(self, tests: Iterable[Test]) -> int:
        """Return the valuations that pass every test."""
        bits = self.all
        for test in tests:
            bits &= self.having(test.variable, test.values)
        return bits

    def beginnings(self) -> int:
        """Return the valuations that a call can begin with."""
        bits = self.all
        for axis in self.axes.values():
            bits &= self.having(axis.variable.name, axis.variable.begins)
        return bits

    def shifts(self, change: Change) -> Shifts:
        """Return a change as masks and shifts, one for each distance."""
        axis = self.axes[change.variable]
        values = axis.variable.values
        to = dict(change.to)
        masks: dict[int, int] = {}
        for index, value in enumerate(values):
            by = (values.index(to.get(value, value)) - index) * axis.stride
            masks[by] = masks.get(by, 0) | self._mask(change.variable, index)
        return tuple(Shift.of(mask, by) for by, mask in masks.items())

    def forgotten(self, name: str) -> Shifts:
        """Return the change that makes every value of a variable its first."""
        found = self._down.get(name)
        if found is None:
            first, *others = self.axes[name].variable.values
            found = self.shifts(Change(name, tuple((value, first) for value in others)))
            self._down[name] = found
        return found

    def values_of(self, valuation: int) -> Mapping[str, str]:
        """Return the values of one valuation, given by its number."""
        return {
            name: axis.variable.values[(valuation // axis.stride) % axis.size] for name, axis in self.axes.items()
        }

    def number_of(self, values: Mapping[str, str]) -> int:
        """Return the set of the one valuation that has these values."""
        return 1 << sum(axis.variable.values.index(values[name]) * axis.stride for name, axis in self.axes.items())

    def values_in(self, bits: int, name: str) -> frozenset[str]:
        """Return the values that a variable has somewhere in a set."""
        values = self.axes[name].variable.values
        return frozenset(value for n, value in enumerate(values) if bits & self._mask(name, n))


def apply(shifts: Shifts, bits: int) -> int:
    """Return where a change takes a set."""
    moved, length = 0, bits.bit_length()
    for shift in shifts:
        if shift.low >= length:
            continue
        part = bits & shift.mask
        if part:
            moved |= part << shift.by if shift.by >= 0 else part >> -shift.by
    return moved


def undo(shifts: Shifts, bits: int) -> int:
    """Return every valuation that a change takes into a set."""
    before, length = 0, bits.bit_length()
    for shift in shifts:
        if length - shift.by <= shift.low:
            continue
        back = bits >> shift.by if shift.by >= 0 else bits << -shift.by
        before |= back & shift.mask
    return before


def _repeated(pattern: int, period: int, times: int) -> int:
    """Return a pattern of ``period`` bits repeated, lowest first."""
    whole, have, filled = 0, 1, 0
    while times:
        if times & 1:
            whole |= pattern << filled
            filled += have * period
        times >>= 1
        if times:
            pattern |= pattern << (have * period)
            have *= 2
    return whole
