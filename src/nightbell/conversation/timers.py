"""Timers that count audio, so that they neither stop nor drift when the machine is busy."""

from __future__ import annotations

__all__ = ["Timers"]


class Timers:
    """Named timers of one call."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}

    def start(self, name: str, due_ms: int) -> None:
        """Start or restart a timer for an audio position."""
        self._due[name] = due_ms

    def cancel(self, name: str) -> None:
        """Forget a timer; one that is not running is no fault."""
        self._due.pop(name, None)

    def due_ms(self) -> int | None:
        """Return when the next one runs out; None while none runs."""
        return min(self._due.values(), default=None)

    def expired(self, audio_ms: int) -> list[str]:
        """Return and forget what has run out, the earliest first."""
        if not self._due or min(self._due.values()) > audio_ms:
            return []  # nearly always
        names = sorted((due, name) for name, due in self._due.items() if due <= audio_ms)
        for _, name in names:
            del self._due[name]
        return [name for _, name in names]
