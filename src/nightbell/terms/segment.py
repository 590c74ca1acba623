"""Segment: a piece of a prompt as it is spoken - words rendered beforehand, or numbers and times from clips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Segment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a prompt."""

    form: Literal["words", "number", "time"]
    text: str
    """Words to say, digits (a leading ``+`` allowed), or a spoken time such as "ten forty five tonight"."""
