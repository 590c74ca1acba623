"""Shift: one difference between a call under two versions, what it weighs, and how much of one is let pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["By", "Shift", "Slack", "Weight"]

By: TypeAlias = Literal["state", "result", "prompt", "action", "timing", "disposition"]
Weight: TypeAlias = Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference."""

    by: By
    told: str
    weighs: Weight = 0
    """-1 is less safe, 1 is safer, 0 is neither."""


@dataclass(frozen=True, slots=True)
class Slack:
    """What is let pass."""

    care_ms: int = 1000
    """How much later a person, the emergency words, the end of a hold, of a prompt or of the call may be."""
    answer_ms: int = 300
    """How much later the answer to what the caller said may be."""
    reworded: frozenset[str] = frozenset()
    """Prompts whose new words somebody has read and found as good; a lost number to dial counts all the same."""
