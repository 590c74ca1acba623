"""Fingerprint: what a call did, in lines that hold no number, no words and no wall clock, and the hash of them.

Two calls with the same fingerprint went the same way and asked for the same things in the same order. It leaves
out what a replay on another day may differ in: ids, times of day, wordings and whom to ring.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nightbell.call.effects import Effect

__all__ = ["fingerprint", "line_of"]

_TOLD: Final = (
    "kind", "prompt", "state", "question", "mode", "bargein", "safe", "timer", "ms", "disposition", "row", "times",
    "within_ms", "then", "channel", "template", "to", "on", "forget", "keep", "answer", "reason", "result",
    "category",
)  # fmt: skip


def line_of(effect: Effect) -> str:
    """Return what an effect asks for, in one line."""
    there = {field.name for field in fields(effect)}
    return " ".join(f"{name}={getattr(effect, name)}" for name in _TOLD if name in there)


def fingerprint(effects: Iterable[Effect]) -> str:
    """Return the hash of a call's effects."""
    return sha256("\n".join(line_of(effect) for effect in effects).encode()).hexdigest()
