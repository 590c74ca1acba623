"""Kind: what a module of this folder gives to the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from nightbell.document.node import Mapping, Scalar
from nightbell.flow.model import State
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.schema import StateSchema

__all__ = ["Kind", "no_further_faults"]

Schema = TypeVar("Schema", bound=StateSchema)


def no_further_faults(name: Scalar, node: Mapping, names: Names, faults: Faults) -> None:
    """Find nothing: the schema says all there is to say about this kind."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[Schema]):
    """One kind of state."""

    name: str
    schema: type[Schema]
    build: Callable[[Schema, Maker], State]
    """Make the state; called only when no fault was found anywhere."""
    faults: Callable[[Scalar, Mapping, Names, Faults], None] = no_further_faults
    """Find faults between values; works on the nodes, so that other faults do not hide these."""
