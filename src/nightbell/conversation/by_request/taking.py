"""Taking: one request becomes events: how far the words came, what the caller did, the timers that ran out."""

from __future__ import annotations

from typing import Any, Final

import structlog

from nightbell.call.effects import Play
from nightbell.call.events import (
    EarsFailed,
    Heard,
    HungUp,
    KeyPressed,
    MessageRecorded,
    Played,
    SpeechStarted,
    TimerFired,
)
from nightbell.conversation.by_request.happening import Happening
from nightbell.conversation.by_request.heard import heard, spoken_ms
from nightbell.conversation.by_request.saying import UNKNOWN, Saying
from nightbell.line.webhook.asked import Asked

__all__ = ["Taking"]

_log = structlog.get_logger(__name__)

_BACK_MS: Final = 2_000
"""How much of must-hear words is said again after a key cut them: a round trip, and the carrier's own delay."""
_EARLY_MS: Final = 500
"""An answer so much sooner back than its sound lasts tells that the sound was not played."""
_SOON_MS: Final = 500
"""A timer that runs out so soon has run out: no carrier waits for less than a second."""
_PAUSE_MS: Final = 1_000
"""Silence after words until the carrier tells them."""


class Taking:
    """One call's way in."""

    def __init__(self, happening: Happening, saying: Saying) -> None:
        self._call = happening
        self._saying = saying

    async def take(self, asked: Asked, done: int) -> None:
        """Take a request of which so much was taken already."""
        standing, given = self._call.standing, asked.given()
        if given:
            self._saying.noises = 0
        play = standing.play
        if play is not None and not done and self._was_said(play, asked):
            await self._heard_out(play, asked)
        for kind, what in given[done:]:
            if kind == "key":
                await self._call.happened(KeyPressed, key=what)
            elif kind == "words":
                await self._words(what, asked.confidence)
            else:
                await self._message(asked.message_s or 0, gone=asked.gone)
        if asked.gone:
            await self.gone("caller")
        elif asked.keys and not asked.finished and self._saying.entry and "interdigit" in standing.timers:
            await self._call.happened(TimerFired, timer="interdigit")  # the carrier has waited that long
        elif not given:
            await self._silence()

    async def gone(self, by: str, *, said: str = "", message_s: int = 0) -> None:
        """Take that the line is gone.

        Args:
            by: who went.
            said: what was said until then and not told as a whole: words, or a message.
            message_s: how long a message was that the carrier has recorded until then.
        """
        if self._call.over:
            return
        message = self._call.standing.message
        if message is not None:
            spoken: dict[str, Any] = {"speech_ms": spoken_ms(said) if said else message_s * 1000, "text": said}
            await self._call.happened(MessageRecorded, effect=message.n, ended_by="hangup", **spoken)
        elif said:  # no confidence: nobody knows how they would have ended
            await self._words(said, None, pause_ms=0)
        if not self._call.over:
            await self._call.happened(HungUp, by=by)

    def _was_said(self, play: Play, asked: Asked) -> bool:
        """Tell whether the words under way were in the answer that this request follows."""
        given = self._saying.number in {play.n, UNKNOWN}
        return given and self._call.standing.play_seq <= asked.at

    async def _heard_out(self, play: Play, asked: Asked) -> None:
        """Take how far the words came."""
        said, now = self._saying, self._call.now_ms
        known = (
            said.number == play.n
        )  # else another process gave them, and all that is known is when at the earliest
        passed = now - (said.since_ms if known else self._call.standing.play_at_ms)
        if not asked.given():
            if known and not asked.gone and passed < said.sound_ms - _EARLY_MS:
                await (self._noise() if said.hears else self._not_played(play))
            elif not asked.gone and (known or passed >= said.before_ms - _EARLY_MS):
                await self._over(play, completed=True, at_ms=said.since_ms + said.sound_ms if known else now)
        elif play.bargein == "none":
            if known and passed - _BACK_MS >= said.sound_ms:
                await self._over(play, completed=True)
            elif known:
                said.from_ms = min(said.from_ms + max(passed - _BACK_MS, 0), said.from_ms + said.sound_ms)
        elif known and asked.words and not asked.keys:
            began = passed - _PAUSE_MS - spoken_ms(asked.words)
            await self._over(play, completed=began >= said.sound_ms, by="speech")
        else:
            await self._over(play, completed=known and passed >= said.sound_ms, by="key")

    async def _over(self, play: Play, *, completed: bool, by: str = "", at_ms: int | None = None) -> None:
        said, now = self._saying, self._call.now_ms
        lasted = said.sound_ms if completed else max(min(now - said.since_ms, said.sound_ms), 0)
        fields = {
            "completed": completed,
            "played_ms": said.from_ms + lasted,
            "stopped_by": "" if completed else by,
        }
        at = now if at_ms is None else min(at_ms, now)
        await self._call.happened(Played, at_ms=at, effect=play.n, **fields)

    async def _not_played(self, play: Play) -> None:
        """Take that the carrier did not play a sound: it is given again once, then the recorded words are."""
        said = self._saying
        said.not_played += 1
        _log.error("sound_not_played")
        if said.not_played > 1 and play.safe:
            await self._over(play, completed=True)  # the carrier's own voice has said them; nobody knows how long
        elif said.not_played > 1:
            failed: dict[str, Any] = {"completed": False, "played_ms": 0, "stopped_by": "failed"}
            await self._call.happened(Played, effect=play.n, **failed)

    async def _noise(self) -> None:
        """Take that a noise cut words: they are said again, and the second time there are keys alone.

        A sound that was not played looks the same here; where there are keys alone, it does not.
        """
        self._saying.noises += 1
        _log.info("words_cut_by_noise")
        if self._saying.noises > 1:
            self._saying.noises = 0
            await self._call.happened(EarsFailed, reason="noise")

    async def _words(self, words: str, confidence: float | None, *, pause_ms: int = _PAUSE_MS) -> None:
        standing, now = self._call.standing, self._call.now_ms
        if standing.message is not None:
            spoken: dict[str, Any] = {"speech_ms": spoken_ms(words), "text": words, "ended_by": "silence"}
            await self._call.happened(MessageRecorded, effect=standing.message.n, **spoken)
            return
        end = max(now - pause_ms, 0)
        start = max(end - spoken_ms(words), min(self._saying.since_ms, end))
        await self._call.happened(SpeechStarted, start_ms=start)
        if standing.listen is not None:
            fields = heard(standing.listen, words, confidence, start_ms=start, end_ms=end)
            await self._call.happened(Heard, **fields)

    async def _message(self, lasted_s: int, *, gone: bool) -> None:
        message = self._call.standing.message
        if message is None:
            return  # a key that ended it led elsewhere
        by = "hangup" if gone else "silence" if lasted_s * 1000 < message.max_ms else "max"
        speech_ms = lasted_s * 1000 if gone else max(lasted_s * 1000 - message.final_silence_ms, 0)
        await self._call.happened(MessageRecorded, effect=message.n, speech_ms=speech_ms, ended_by=by)

    async def _silence(self) -> None:
        """Take that nothing came: a message is empty, and timers run out, each seeing what the one before did."""
        standing = self._call.standing
        if standing.message is not None and self._saying.message == standing.message.n and not self._is_knock():
            await self._call.happened(MessageRecorded, effect=standing.message.n, speech_ms=0, ended_by="silence")
        until = self._call.now_ms + _SOON_MS
        while not self._call.over and (timer := standing.due(until)):
            await self._call.happened(TimerFired, timer=timer)

    def _is_knock(self) -> bool:
        """Tell whether a spoken message came back empty too soon: something fell, and the caller still thinks."""
        said = self._saying
        return said.hears and self._call.now_ms - said.since_ms < said.sound_ms + 1000 * said.quiet_s - _EARLY_MS
