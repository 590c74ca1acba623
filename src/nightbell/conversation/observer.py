"""Observer: whoever follows a call while it happens - a rehearsal, a live transcript - without touching it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nightbell.call.effects import Effect
from nightbell.call.events import Event

__all__ = ["Observer"]


class Observer(Protocol):
    """Told what happened; must be quick and must not raise."""

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Follow one event, after it was made durable and before its effects are performed."""

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow the first sample of a prompt, which goes out in the tick at ``audio_ms``."""
