"""Intake: what one tick brings - keys, sounds, typed words, timers - becomes events, and cuts a prompt if it may.

It holds no meaning: which key or phrase does what is the session's. It performs nothing but that cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final, Literal, Protocol

from nightbell.audio.frame import FRAME_MS, Frame
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    Heard,
    KeyPressed,
    MessageRecorded,
    Played,
    SpeechStarted,
    TimerFired,
    TransferEnded,
)
from nightbell.conversation.dialling import DIALLED, ended_at
from nightbell.conversation.ear_events import Deaf, EarEvent, Key, SpeechBegan, Utterance
from nightbell.conversation.ears import Ears
from nightbell.conversation.following import EXHAUSTED, TAKEN
from nightbell.conversation.message import Message
from nightbell.conversation.player import Player
from nightbell.conversation.timers import Timers
from nightbell.line.port import Tick
from nightbell.line.presses import Presses
from nightbell.terms.keys import AGAIN

__all__ = ["Intake", "Listening"]

_CUT_BY: Final = {"speech": ("speech",), "key": ("speech", "keys")}
"""What cuts a prompt, to the barge-in settings that allow it."""


class Listening(Protocol):
    """Whoever carries out what the call asks for."""

    listening: int
    """Number of the listen that is open."""


class Intake:
    """The way into a call."""

    def __init__(
        self,
        *,
        ears: Ears,
        player: Player,
        timers: Timers,
        message: Message,
        performer: Listening,
        put: Callable[..., None],
    ) -> None:
        self._ears = ears
        self._player = player
        self._timers = timers
        self._message = message
        self._performer = performer
        self._put = put
        self._presses = Presses()
        self._end_ms = 0

    async def take(self, tick: Tick, said: Frame) -> None:
        """Take one tick; ``said`` is the frame that was played before it, for the echo."""
        position = tick.number * FRAME_MS
        end = position + FRAME_MS
        self._end_ms = end
        if tick.keys:
            await self._keys(tick.keys, "event")
        if tick.text is not None:
            self._typed(tick.text, end)
        if not self._ears.rest(tick.frame, said):
            for heard in await self._ears.hear(tick.frame, said, position):
                await self._heard(heard)
        if tick.gone:
            await self._last_words(tick)
        message = self._message.waited(end)
        if message is not None:
            self._put(MessageRecorded, **message)
        for timer in self._timers.expired(end):
            self._expired(timer)

    async def _last_words(self, tick: Tick) -> None:
        """Hear what was said before the line went, and is not told yet: it may be the danger."""
        if self._message.taking:
            self._put(MessageRecorded, **await self._message.ended("hangup"))
        elif tick.gone != "us":
            for heard in await self._ears.finish():
                await self._heard(heard)

    def pass_time(self, tick: Tick) -> None:
        """Take a tick in which the caller talks to a person: only timers count."""
        for timer in self._timers.expired((tick.number + 1) * FRAME_MS):
            self._expired(timer)

    async def _heard(self, heard: EarEvent) -> None:
        match heard:
            case SpeechBegan(start_ms=start):
                self._message.speech_began()
                self._cut("speech")
                self._put(SpeechStarted, start_ms=start)
            case Key(key=key):
                await self._keys((key,), "inband")
            case Deaf(reason=reason):
                self._put(EarsFailed, reason=reason)
            case Utterance() if self._message.taking:
                message = self._message.heard(heard)
                if message is not None:
                    self._put(MessageRecorded, **message)
            case Utterance():
                self._put(Heard, **asdict(heard))

    def _typed(self, text: str, audio_ms: int) -> None:
        """Take typed words as an utterance that was understood perfectly."""
        self._cut("speech")
        self._put(SpeechStarted, start_ms=audio_ms)
        if self._message.taking:
            self._put(MessageRecorded, **self._message.typed(text))
            return
        typed = {"text": text, "open_text": text, "confidence": 1.0, "start_ms": audio_ms, "end_ms": audio_ms}
        self._put(Heard, listen=self._performer.listening, cause="open", **typed)

    async def _keys(self, keys: Sequence[str], source: Literal["event", "inband"]) -> None:
        for key in keys:
            if not self._presses.is_new(key, source, self._end_ms):
                continue  # a telephone that sends its keys twice: as an event and as a tone
            if key == AGAIN and self._message.taking:
                self._put(MessageRecorded, **await self._message.ended("key"))
                continue
            self._cut("key")
            self._put(KeyPressed, key=key, source=source)

    def _cut(self, by: Literal["speech", "key"]) -> None:
        playing = self._player.playing
        if playing is None or playing.bargein not in _CUT_BY[by]:
            return
        ended = self._player.stop()
        if ended is not None and ended.effect >= 0:
            self._put(Played, effect=ended.effect, completed=False, played_ms=ended.played_ms, stopped_by=by)

    def _expired(self, timer: str) -> None:
        if timer.startswith(TAKEN):
            self._put(EscalationChanged, effect=int(timer.removeprefix(TAKEN)), status="acknowledged")
        elif timer.startswith(EXHAUSTED):
            self._put(EscalationChanged, effect=int(timer.removeprefix(EXHAUSTED)), status="exhausted")
        elif timer.startswith(DIALLED):
            self._put(TransferEnded, **ended_at(timer))
        else:
            self._put(TimerFired, timer=timer)
