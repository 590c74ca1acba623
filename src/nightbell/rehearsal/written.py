"""What a call in writing needs instead of sound and models: ears that are told the words, and words to be told.

The ears keep the times of real ones: speech takes as long as its words, cuts a prompt as it begins, and counts
after the pause that its phrase wants. A whole phrase of a closed question is that phrase; anything else is
rejected, with the words as the open recogniser's. Nothing is misheard here: that is for the tier with sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nightbell.audio.frame import FRAME_MS
from nightbell.call.effects import Listen, Play
from nightbell.call.words import normal
from nightbell.conversation.ear_events import Deaf, SpeechBegan, Utterance
from nightbell.conversation.ears import Ears
from nightbell.errors import SynthesisFailed
from nightbell.line.handset import Given
from nightbell.rehearsal.script import START
from nightbell.rehearsal.typed import NoActivity, ReadPrompts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Frame, Samples
    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.conversation.ear_events import EarEvent, Reason
    from nightbell.terms.segment import Segment

__all__ = ["SPOKEN_WORD_MS", "EarTrouble", "Speech", "WrittenEars", "WrittenPrompts"]

SPOKEN_WORD_MS: Final = 350
"""Time that a word takes when it is spoken, the clinic's and the caller's: about 170 words a minute."""
_NOTICED_MS: Final = 100
"""Speech is noticed after this much of it, as by the voice activity detector."""
_CLEAR_DB: Final = 40.0
"""A line without noise."""
_NOISY_DB: Final = 8.0
"""A line on which somebody is heard to speak, and noise hides what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Words that are laid down, and where they lie."""

    words: str
    start_ms: int
    end_ms: int
    confidence: float
    too_long: bool
    hidden: bool = False
    means: str = ""
    """What the script says that they mean; read at tier engine."""

    def saying(self, words: str) -> Speech:
        """Return other words in the same time."""
        return replace(self, words=words)


class WrittenEars(Ears):
    """Ears that are told what is said, and when."""

    def __init__(self, *, missing: bool = False) -> None:
        """Make ears without a model to miss; ``missing`` has them fail at the first closed question."""
        super().__init__(None, None, NoActivity())
        self._gone = missing
        self._broken: Reason | None = None
        self._told_broken = False
        self._open: Listen | None = None
        self._pauses: dict[str, int] = {}
        """Normal phrase that is listened for to its pause."""
        self._speech: list[Speech] = []
        self._began = False
        self._now = 0

    def say(
        self,
        words: str,
        *,
        at_ms: int,
        confidence: float = 1.0,
        too_long: bool = False,
        hidden: bool = False,
        muted: bool = False,
        means: str = "",
    ) -> Given:
        """Lay down words from ``at_ms`` on, call audio milliseconds; return where they lie.

        Args:
            words: what is said.
            at_ms: when it begins; after what is being said already.
            confidence: 0 to 1, as the closed recogniser would give for a phrase.
            too_long: it goes on until the listen's limit.
            hidden: noise lies over it, and no word of it is understood.
            muted: lay nothing down; a rehearsal that still passes proves nothing.
            means: what the script says that they mean.
        """
        start = max(at_ms, *(speech.end_ms for speech in self._speech), 0) if self._speech else at_ms
        end = start + max(len(words.split()), 1) * SPOKEN_WORD_MS
        if not muted:
            self._speech.append(
                Speech(
                    words=words,
                    start_ms=start,
                    end_ms=end,
                    confidence=confidence,
                    too_long=too_long,
                    hidden=hidden,
                    means=means,
                )
            )
        return Given(start, end, end)

    def listen(self, effect: Listen, audio_ms: int) -> None:
        """Replace what is listened for; words under way count for the new question."""
        del audio_ms
        self._open = effect
        self._pauses = {normal(phrase.text): phrase.pause_ms for phrase in effect.phrases}
        if effect.mode == "closed" and self._gone:
            self.fail("missing")

    async def hear(self, frame: Frame, played: Frame | None, audio_ms: int) -> tuple[EarEvent, ...]:
        """Let 20 ms pass and tell what was heard by then."""
        del frame, played
        now = self._now = audio_ms + FRAME_MS
        if self._broken is not None:
            told, self._told_broken = self._told_broken, True
            return () if told else (Deaf(self._broken),)
        if not self._speech or now < self._speech[0].start_ms + _NOTICED_MS:
            return ()
        speech = self._speech[0]
        events: list[EarEvent] = []
        if not self._began and self._hears:
            self._began = True
            events.append(SpeechBegan(speech.start_ms))
        if now >= self._over_at(speech):
            began, self._began = self._began, False
            self._speech.pop(0)
            if self._hears or began:
                events.append(self._utterance(speech, now))
        return tuple(events)

    async def finish(self) -> tuple[Utterance, ...]:
        """End the words under way now, because the caller did: they count as far as they were said."""
        speech = self._speech[0] if self._speech and self._began and self._broken is None else None
        if speech is None or not self._hears:
            return ()
        self._speech.clear()
        self._began = False
        whole = speech.words.split()
        said = whole[: max((self._now - speech.start_ms) // SPOKEN_WORD_MS, 0)]
        told = self._utterance(replace(speech, words=" ".join(said)), self._now)
        return (replace(told, cause="rejected", phrase=None, confidence=None, open_text=" ".join(said)),)

    def due_ms(self) -> int | None:
        """Return when the words under way begin to be noticed, or are over; at once where the ears just failed."""
        if self._broken is not None:
            return None if self._told_broken else 0
        if not self._speech:
            return None
        speech = self._speech[0]
        noticed = speech.start_ms + _NOTICED_MS
        return self._over_at(speech) if self._began or not self._hears else noticed

    def fail(self, reason: Reason) -> None:
        """Hear no more; the first reason stands."""
        if self._broken is None:
            self._broken = reason
            self._speech.clear()

    @property
    def speaking(self) -> bool:
        """True while words are under way, their pause included."""
        return self._began

    @property
    def _hears(self) -> bool:
        return self._open is not None and self._open.mode != "off"

    def _over_at(self, speech: Speech) -> int:
        listen = self._open
        if listen is None:
            return speech.end_ms
        if speech.too_long:
            return speech.start_ms + listen.max_speech_ms
        closed = listen.mode == "closed"
        pause = self._pauses.get(normal(speech.words), listen.pause_ms) if closed else listen.pause_ms
        return speech.end_ms + pause

    def _utterance(self, speech: Speech, end_ms: int) -> Utterance:
        listen = self._open
        assert listen is not None
        plain = Utterance(
            listen=listen.n, cause="rejected", start_ms=speech.start_ms, end_ms=min(speech.end_ms, end_ms)
        )
        if listen.mode == "off":
            return plain
        if speech.hidden:
            return replace(plain, snr_db=_NOISY_DB)
        phrases = {normal(phrase.text): phrase.text for phrase in listen.phrases}
        said = normal(speech.words)
        if speech.too_long:
            return replace(plain, cause="too_long", text=said, open_text=speech.words, snr_db=_CLEAR_DB)
        if listen.mode == "open":
            return replace(plain, cause="open", open_text=speech.words, snr_db=_CLEAR_DB)
        if said not in phrases:
            return replace(plain, text=said, open_text=speech.words, snr_db=_CLEAR_DB)
        return replace(
            plain,
            cause="phrase",
            phrase=phrases[said],
            text=said,
            confidence=speech.confidence,
            snr_db=_CLEAR_DB,
        )


class EarTrouble:
    """An Observer of the call that has the ears die when it comes to a place."""

    def __init__(self, ears: WrittenEars, place: str) -> None:
        """Take the ears, and STATE or STATE.QUESTION."""
        self._ears = ears
        self._place = place

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Fail when something is said at the place; the ears are opened for a question before it is asked."""
        del event, audio_ms
        for effect in effects:
            if isinstance(effect, Play) and self._place in _places_of(effect):
                self._ears.fail("died")

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""


class WrittenPrompts(ReadPrompts):
    """Prompts as long as speaking them takes, and none where the script says that the voice fails."""

    def __init__(self, *, fail_at: str = "") -> None:
        """Take the place whose prompts cannot be spoken: STATE, STATE.QUESTION or START; "" for never."""
        super().__init__(word_ms=SPOKEN_WORD_MS)
        self._fail_at = fail_at

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """Return silence in proportion to the words.

        Raises:
            SynthesisFailed: the script says so.
        """
        here = f"{prompt}.".startswith(f"{self._fail_at}.")
        if self._fail_at == START or (self._fail_at and here):
            raise SynthesisFailed("the script says that the voice fails", provider="written")
        return await super().samples(prompt, segments)


def _places_of(effect: Play) -> tuple[str, str]:
    place = f"{effect.state}.{effect.question}" if effect.question else effect.state
    return place, effect.state
