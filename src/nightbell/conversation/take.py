"""Take: one utterance on its way through the recognisers - its sound so far, and what has been made of it.

The sound is kept, so that it can be decoded anew: with another grammar, after a failure, or when the caller spoke
on after the stream was closed. It decodes nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.audio.machine import is_machine
from nightbell.conversation.ear_events import Utterance
from nightbell.speech.endpoint import level_db, snr_db
from nightbell.speech.port import Hypothesis

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Listen
    from nightbell.conversation.ear_events import Cause
    from nightbell.speech.endpoint import Endpoint
    from nightbell.speech.port import ClosedStream

__all__ = ["Take"]

_SLOWEST_MS: Final = 450
"""Speech that a word takes at most, and a breath beside them: who hesitates says "no ... it hasn't" within it."""


@dataclass(slots=True)
class Take:
    """One utterance on its way through the recognisers."""

    listen: Listen
    sound: list[Samples] = field(default_factory=list)
    fed: int = 0
    """Pieces of ``sound`` that the stream has had."""
    epoch: int = 0
    """Counts the beginnings anew; what belongs to an older one is thrown away."""
    stream: ClosedStream | None = None
    stream_epoch: int = 0
    hypothesis: Hypothesis = field(default_factory=lambda: Hypothesis(text=""))
    closing: bool = False
    """The stream is to be finished."""
    upto: int = 0
    """Pieces of ``sound`` when ``closing`` was asked for: silence that comes later is not waited for."""
    final: Hypothesis | None = None
    """The last hypothesis; the stream is gone."""
    asked_ms: int = 0
    """Last sound of the utterance when ``closing`` was asked for."""
    cause: Cause | None = None
    """Set when the utterance is over and only the open recogniser is still to be asked."""
    open_text: str | None = None
    transcribed: bool = False
    abandoned: bool = False
    """Nobody waits for its words any more; its stream is to be thrown away."""
    told: bool = False
    """That it began was told, so that it ends must be told too, whatever it held."""
    failures: int = 0
    decode_ms: float = 0.0
    start_ms: int = 0
    end_ms: int = 0
    snr_db: float | None = None
    level_db: float | None = None
    """Mean level of its speech, dB below full scale."""
    faint: bool = False
    """It stands far below the voice that was understood before; the ears say so."""

    @property
    def waiting_ms(self) -> int:
        """Sound not decoded yet."""
        return sum(piece.size for piece in self.sound[self.fed :]) // SAMPLES_PER_MS

    @property
    def unheard(self) -> bool:
        """True when nobody waits for its words: only its stream is to be thrown away."""
        return self.abandoned or self.listen.mode == "off"

    @property
    def decoded(self) -> bool:
        """True when the closed recogniser has nothing left to do at this moment."""
        if self.unheard:
            return self.stream is None
        return self.final is not None or (self.fed >= self.wanted and not self.closing)

    @property
    def done(self) -> bool:
        """True when nothing is left to do at this moment."""
        return self.decoded and (self.unheard or self.cause is None or self.transcribed)

    @property
    def wanted(self) -> int:
        """Pieces of ``sound`` that the stream is to have."""
        return self.upto if self.closing else len(self.sound)

    def close(self, last_ms: int) -> None:
        """Ask for the last hypothesis of what was said until now; ``last_ms`` is its last sound."""
        self.closing, self.upto, self.asked_ms = True, len(self.sound), last_ms

    def pause_ms(self, hypothesis: Hypothesis) -> int:
        """Return the silence that must follow what was heard before the utterance is over."""
        if self.listen.mode == "closed" and hypothesis.phrase is not None:
            for phrase in self.listen.phrases:
                if phrase.text == hypothesis.phrase:
                    return phrase.pause_ms
        return self.listen.pause_ms

    def is_machine(self) -> bool:
        """Tell whether it is the sound of a fax or a modem."""
        return bool(self.sound) and is_machine(np.concatenate(self.sound))

    def is_doubtful(self, least: float) -> bool:
        """Tell whether a phrase was made of more than it: much sound, little confidence.

        Noise turns a whole sentence into "I don't know"; where it told of a red flag, the open recogniser may
        hear it.
        """
        if self.final is None or self.final.phrase is None or self.final.confidence is None:
            return False
        if self.final.confidence >= least:
            return False
        return self.end_ms - self.start_ms > _SLOWEST_MS * (len(self.final.phrase.split()) + 1)

    def ended(self, endpoint: Endpoint) -> Take:
        """Note where the utterance lay and how clear it stood; return the take itself."""
        self.start_ms, self.end_ms, self.snr_db = endpoint.start_ms, endpoint.last_ms, snr_db(endpoint)
        self.level_db = level_db(endpoint)
        return self

    def utterance(self) -> Utterance:
        """Return what is told of a take that is done; an abandoned one held no words."""
        final = Hypothesis(text="") if self.abandoned or self.final is None else self.final
        return Utterance(
            listen=self.listen.n,
            cause="rejected" if self.abandoned or self.cause is None else self.cause,
            phrase=final.phrase if self.listen.mode == "closed" and self.cause != "too_long" else None,
            text=final.text,
            confidence=final.confidence,
            open_text=self.open_text,
            suspected=final.phrase if self.listen.mode == "open" else None,
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            snr_db=self.snr_db,
            faint=self.faint,
            decode_ms=self.decode_ms,
        )

    @property
    def held_words(self) -> bool:
        """Tell whether anything was understood; a closed recogniser's decoys are no words."""
        phrase = self.cause == "phrase"
        return not self.abandoned and (phrase or bool(self.open_text))

    def begin_anew(self) -> None:
        """Forget what was decoded, keep the sound."""
        self.epoch += 1
        self.fed = 0
        self.hypothesis = Hypothesis(text="")
        self.closing = False
        self.final = None
