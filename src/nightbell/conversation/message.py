"""Message: a spoken message being taken. It ends by silence, by #, by its limit, or by nothing being said."""

from __future__ import annotations

from typing import Any, Final

from nightbell.call.effects import Listen, RecordMessage
from nightbell.conversation.ear_events import Utterance
from nightbell.conversation.ears import Ears

__all__ = ["Message"]

_NOTHING_MS: Final = 8000
"""Silence after the beep that makes an empty message."""


class Message:
    """At most one message at a time."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._effect: RecordMessage | None = None
        self._began = 0
        self._waits_until = 0
        self._speech = False

    @property
    def taking(self) -> bool:
        """Tell whether a message is being taken."""
        return self._effect is not None

    def start(self, effect: RecordMessage, audio_ms: int) -> None:
        """Open the ears for a message."""
        self._effect, self._began, self._speech = effect, audio_ms, False
        self._waits_until = audio_ms + effect.max_ms
        ears = Listen(
            call=effect.call,
            n=effect.n,
            mode="open",
            pause_ms=effect.final_silence_ms,
            max_speech_ms=effect.max_ms,
        )
        self._ears.listen(ears, audio_ms)

    def speech_began(self) -> None:
        """Wait for the words to end, however long they take: the ears have their own limit."""
        self._speech = True

    def drop(self) -> None:
        """Forget the message; the call went elsewhere."""
        self._effect = None

    def heard(self, utterance: Utterance) -> dict[str, Any] | None:
        """Return the fields of MessageRecorded for an utterance that ended; None after a knock or a noise.

        A door that slams before the caller speaks must not end the message: it waits on, up to its limit.
        """
        by = "max" if utterance.cause == "too_long" else "silence"
        text = utterance.open_text or ""
        if not text and by == "silence" and utterance.end_ms < self._waits_until:
            self._began, self._speech = utterance.end_ms, False
            return None
        return self._done(by, utterance.end_ms - utterance.start_ms if text else 0, text)

    def typed(self, text: str) -> dict[str, Any]:
        """Return the fields of MessageRecorded for typed words."""
        return self._done("silence", 1000 if text.strip() else 0, text)

    async def ended(self, by: str) -> dict[str, Any]:
        """Return the fields of MessageRecorded for a message the caller ended.

        What was said so far counts, and what is still being written down.
        """
        said = await self._ears.finish()
        speech_ms = sum(each.end_ms - each.start_ms for each in said)
        return self._done(by, speech_ms, " ".join(filter(None, (each.open_text for each in said))))

    def waited(self, audio_ms: int) -> dict[str, Any] | None:
        """Return the fields of MessageRecorded when nothing was said for too long, else None."""
        if self._effect is None or self._speech:
            return None
        if audio_ms - self._began < _NOTHING_MS + self._effect.final_silence_ms:
            return None
        return self._done("silence", 0, "")

    def due_ms(self) -> int | None:
        """Return when it is over if nothing is said; None while none is taken, or words are under way."""
        if self._effect is None or self._speech:
            return None
        return self._began + _NOTHING_MS + self._effect.final_silence_ms

    def _done(self, by: str, speech_ms: int, text: str) -> dict[str, Any]:
        effect, self._effect = self._effect, None
        number = effect.n if effect is not None else -1
        return {"effect": number, "speech_ms": speech_ms, "ended_by": by, "text": text}
