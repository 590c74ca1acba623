"""Promise: what a caller is told will happen - who rings, from which number, by what clock time."""

from __future__ import annotations

from dataclasses import dataclass

from nightbell.terms.instant import Instant

__all__ = ["Promise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A call-back that was promised, made durable before it is spoken."""

    who: str
    """The role that rings, as spoken: "a clinician", never a name."""
    from_number: str
    """The clinic's own number, as dialled (E.164 or national)."""
    by: Instant
    """The deadline."""
    by_spoken: str
    """The deadline in the clinic's local time as spoken: "ten forty five tonight"."""
