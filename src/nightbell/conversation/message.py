"""Message: a spoken message being taken. It ends by silence, by #, by its limit, or by nothing being said."""

from __future__ import annotations

from typing import Any, Final

from nightbell.call.effects import Listen, RecordMessage
from nightbell.conversation.ears import Ears, Utterance

__all__ = ["Message"]

_NOTHING_MS: Final = 8000
"""Silence after the beep that makes an empty message."""


class Message:
    """At most one message at a time."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._effect: RecordMessage | None = None
        self._began = 0

    @property
    def taking(self) -> bool:
        """Tell whether a message is being taken."""
        return self._effect is not None

    def start(self, effect: RecordMessage, audio_ms: int) -> None:
        """Open the ears for a message."""
        self._effect, self._began = effect, audio_ms
        limits = {"pause_ms": effect.final_silence_ms, "max_speech_ms": effect.max_ms}
        self._ears.listen(Listen(call=effect.call, n=effect.n, mode="open", **limits), audio_ms)

    def drop(self) -> None:
        """Forget the message; the call went elsewhere."""
        self._effect = None

    def heard(self, utterance: Utterance) -> dict[str, Any]:
        """Return the fields of MessageRecorded for an utterance that ended."""
        by = "max" if utterance.cause == "too_long" else "silence"
        text = utterance.open_text or ""
        return self._done(by, utterance.end_ms - utterance.start_ms if text else 0, text)

    def typed(self, text: str) -> dict[str, Any]:
        """Return the fields of MessageRecorded for typed words."""
        return self._done("silence", 1000 if text.strip() else 0, text)

    def ended(self, by: str) -> dict[str, Any]:
        """Return the fields of MessageRecorded for a message ended by a key."""
        return self._done(by, 1, "")

    def waited(self, audio_ms: int) -> dict[str, Any] | None:
        """Return the fields of MessageRecorded when nothing was said for too long, else None."""
        if self._effect is None:
            return None
        if self._ears.speaking:
            self._began = audio_ms
        if audio_ms - self._began < _NOTHING_MS + self._effect.final_silence_ms:
            return None
        return self._done("silence", 0, "")

    def _done(self, by: str, speech_ms: int, text: str) -> dict[str, Any]:
        effect, self._effect = self._effect, None
        number = effect.n if effect is not None else -1
        return {"effect": number, "speech_ms": speech_ms, "ended_by": by, "text": text}
