"""Captions: what is said and heard in a test call, told to the one who tries the line. An Observer of that call.

It is for calls that nobody's words are kept of; a real caller's words go to the record and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nightbell.call.effects import Close, Effect, Escalate, Play, Transfer
from nightbell.call.events import Event, Heard, KeyPressed, MessageRecorded

__all__ = ["Captions"]


class Captions:
    """Tells as it happens."""

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        """Tell ``(who, text)``; who is ``clinic``, ``you``, ``page``, ``place`` or ``end``."""
        self._tell = tell
        self._next: Play | None = None
        self._state = ""

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Tell what was heard, and what came of it."""
        del audio_ms
        match event:
            case KeyPressed(key=key):
                self._tell("you", f"key {key}")
            case Heard():
                self._tell("you", event.phrase or event.open_text or event.text or "a sound")
            case MessageRecorded(text=text):
                self._tell("you", text or "a message")
            case _:
                pass
        for effect in effects:
            self._effect(effect)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Tell a prompt as its first sample goes out."""
        del audio_ms
        if self._next is not None and self._next.prompt == prompt:
            self._tell("clinic", " ".join(segment.text.strip() for segment in self._next.segments))
            self._next = None

    def _effect(self, effect: Effect) -> None:
        match effect:
            case Play(state=state):
                self._next = effect
                if state and state != self._state:
                    self._state = state
                    self._tell("place", state)
            case Escalate(disposition=disposition):
                self._tell("page", f"a person would be paged now: {disposition.value}")
            case Transfer(to=to):
                self._tell("page", f"the {to} would be rung now")
            case Close(disposition=disposition):
                self._tell("end", disposition.value)
            case _:
                pass
