"""Limits: how long a conversation waits for anything, in wall milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every wait has one; bootstrap fills them from the settings."""

    commit_ms: int = 500
    """A commit that takes longer counts as failed (DESIGN section 1)."""
    escalate_ms: int = 5000
    """Handing a page over to whoever sends it; the page's row is durable already."""
    answer_ms: int = 2000
    """Picking up the line."""
    record_bridge: bool = False
    """No wait: whether recording goes on while the caller talks to a person (rule 13 says no)."""
    render_ms: int = 600
    """Putting a prompt together; fixed prompts come from memory."""
