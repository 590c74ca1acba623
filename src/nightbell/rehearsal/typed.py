"""What a typed call needs instead of sound: ears that hear nothing, and prompts as short as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nightbell.audio.edges import silence
from nightbell.conversation.ears import Ears

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Frame, Samples
    from nightbell.call.effects import Listen
    from nightbell.conversation.ear_events import EarEvent
    from nightbell.terms.segment import Segment

__all__ = ["NoActivity", "ReadPrompts", "TypedEars"]

_WORD_MS: Final = 60
"""Time a prompt takes for each of its words: read, not listened to, yet long enough to be cut by typing."""
_SAFE_WORDS_MS: Final = 2000


class NoActivity:
    """Voice activity of a line without sound."""

    def probability(self, window: Samples) -> float:
        """Hear nothing."""
        del window
        return 0.0

    def reset(self) -> None:
        """Nothing to forget."""


class TypedEars(Ears):
    """The line brings words as text: nothing is to be heard, and no model is missing."""

    def __init__(self) -> None:
        super().__init__(None, None, NoActivity())

    def listen(self, effect: Listen, audio_ms: int) -> None:
        """Leave listening to the keyboard."""

    async def hear(self, frame: Frame, played: Frame | None, audio_ms: int) -> tuple[EarEvent, ...]:
        """Hear nothing."""
        del frame, played, audio_ms
        return ()


class ReadPrompts:
    """Prompts without a voice: silence as long as reading takes. The words are shown by the transcript."""

    def __init__(self, *, word_ms: int = _WORD_MS) -> None:
        """Take the time for each word, milliseconds."""
        self._word_ms = word_ms

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """Return silence in proportion to the words."""
        del prompt
        words = sum(len(segment.text.split()) for segment in segments)
        return silence(max(words, 1) * self._word_ms)

    def safe_words(self) -> Samples:
        """Return silence in the place of the recorded emergency words."""
        return silence(_SAFE_WORDS_MS)
