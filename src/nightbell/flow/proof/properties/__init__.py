"""Properties: what must hold in every call of a flow, one file each; ``PROPERTIES`` lists them."""

from __future__ import annotations

from typing import Final

from nightbell.flow.proof.evidence import Property
from nightbell.flow.proof.properties import emergency, ending, floor, red_flag, screened, silence, worst_case

__all__ = ["PROPERTIES"]

PROPERTIES: Final[tuple[Property, ...]] = (
    emergency.PROPERTY,
    red_flag.PROPERTY,
    silence.PROPERTY,
    screened.PROPERTY,
    floor.PROPERTY,
    ending.PROPERTY,
    worst_case.PROPERTY,
)
