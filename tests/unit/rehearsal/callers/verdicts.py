"""A verdict to begin with: a red flag of row 3 that reached its floor in writing."""

from __future__ import annotations

from typing import Any, Final

from nightbell.rehearsal.callers.verdict import Verdict
from nightbell.terms.disposition import Disposition

__all__ = ["verdict"]

_GOOD: Final[dict[str, Any]] = {
    "id": "03-a",
    "clinic": "toy",
    "tier": "text",
    "level": "",
    "row": "3",
    "group": "",
    "kind": "plain",
    "floor": Disposition.D1,
    "got": Disposition.D1,
    "red_flag": True,
    "may_page": "",
    "paged": True,
    "page_ms": 500,
    "words_ms": 900,
    "page_turns": 0,
    "first_turns": 2,
    "cause": "question screen.pain (speech)",
    "why": "",
    "keys_only": False,
    "said_emergency": False,
    "broken": "",
    "audio_ms": 60_000,
}


def verdict(**changed: Any) -> Verdict:
    """Return it with some fields changed."""
    return Verdict(**(_GOOD | changed))
