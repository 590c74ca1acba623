"""Phrase: one phrase of a closed grammar, and how long a pause must follow it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Phrase"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase a closed question can be answered with."""

    text: str
    """As the flow spells it, lower case words."""
    says: tuple[str, ...] = ()
    """Other spellings by sound, for words a model may not know; the recogniser uses those it knows."""
    pause_ms: int = 300
    """Silence after it before it counts (DESIGN section 5: 300 for choices and yes, 700 for a no in a screen)."""
