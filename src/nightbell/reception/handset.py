"""Handset: the telephone of who is on call, played on the page of whoever tries the line.

It rings when a page goes out, says what a person would hear, and knows their keys: 1 takes the call, 2 passes it
on, 3 rings back. It stands for everybody's and has no way out: it holds no number, no row and no channel. What a
caller on hold is told comes in the order of a real page: who took it is connected, and ``acknowledged`` follows.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import structlog

from nightbell.conversation.passing import PassingWorld
from nightbell.conversation.world import Transferred
from nightbell.errors import NightbellError
from nightbell.escalation.reasons import words_of

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Escalate, Transfer
    from nightbell.conversation.world import Escalated, Person, Status, World
    from nightbell.line.port import Line
    from nightbell.line.stream.ring import Tell

__all__ = ["Handset", "HandsetWorld"]

_log = structlog.get_logger(__name__)

Decision: TypeAlias = Literal["taken", "passed", "ring_back", "no_key", "no_answer"]

UP: Final = "up"
DOWN: Final = "down"
_RING_S: Final = 45.0
_ANSWER_S: Final = 40.0
"""As a real telephone is rung, and as a person who was woken may think."""
_TALK_S: Final = 300.0
"""Longest that the two may be connected: a page that was left open must not hold the test line."""
_SPEAK_S: Final = 8.0
_KEYS: Final[dict[str, Decision]] = {"1": "taken", "2": "passed", "3": "ring_back"}
_TOLD: Final[dict[Decision, str]] = {
    "taken": "You took it. You and the caller are connected now; put the handset down when you are done.",
    "passed": "You passed it on.",
    "ring_back": "You ring back: a real line rings you, and then the caller, once they have hung up.",
    "no_key": "No key was pressed: that counts as nobody.",
    "no_answer": "Nobody picked up.",
}


class Handset:
    """One handset on one page."""

    def __init__(
        self,
        title: str,
        tell: Tell,
        speak: Callable[[str], Awaitable[Samples]],
        *,
        waiting: str,
        people: int = 1,
        ring_s: float = _RING_S,
        answer_s: float = _ANSWER_S,
        talk_s: float = _TALK_S,
    ) -> None:
        """Lay it beside the caller.

        Args:
            title: the clinic's, as a person who is rung hears it.
            tell: shows what it does.
            speak: gives words their sound.
            waiting: what a person who is rung for a transfer is told.
            people: how many are rung, one after another.
            ring_s: how long each is rung.
            answer_s: how long they have for a key.
            talk_s: how long they may talk.
        """
        self._title = title
        self._waiting = waiting
        self._tell = tell
        self._speak = speak
        self._people = max(people, 1)
        self._ring_s, self._answer_s, self._talk_s = ring_s, answer_s, talk_s
        self._done: asyncio.Future[str] | None = None
        self._words = ""
        self._ringing = False
        self.taken = False
        """Somebody took a page, or will ring back."""

    def press(self, done: str) -> None:
        """Take what is done at it: ``up``, a key, ``down``; what makes no sense at that moment changes nothing."""
        if self._done is not None and not self._done.done():
            self._done.set_result(done)

    async def follow(self, effect: Escalate) -> AsyncIterator[Status | Person]:
        """Ring for a page; yield what becomes of it."""
        self._words = words_of(self._title, effect.disposition, effect.question)
        if self.taken:
            self._tell("handset", f"More for you who took it: {self._words}")
            yield "acknowledged"
            return
        if self._ringing:
            return  # it rings already; who picks up hears the newest reason
        yield "ringing"
        decision = await self._round()
        self.taken = decision in {"taken", "ring_back"}
        if decision == "taken":
            yield _OnCall(self)
        if not self.taken:
            self._tell("handset", "Nobody is left to ring. On a real line the ringing goes on.")
        yield "acknowledged" if self.taken else "exhausted"

    async def transfer(self, effect: Transfer) -> Transferred:
        """Ring for a caller who is put through."""
        self._words = self._waiting
        del effect
        taken = await self._round() == "taken"
        return Transferred(outcome="answered", person=_OnCall(self)) if taken else Transferred(outcome="no_answer")

    async def talk(self) -> None:
        """Be connected until it is put down."""
        self._tell("handset", _TOLD["taken"], state="talking")
        await self._until({DOWN}, self._talk_s)
        self.lies("The handset is down.")

    def lies(self, text: str) -> None:
        """Tell that it rings no more."""
        self._tell("handset", text, state="idle")

    async def _round(self) -> Decision:
        """Ring one after another, until one decides for all."""
        decision: Decision = "no_answer"
        self._ringing = True
        try:
            for number in range(1, self._people + 1):
                decision = await self._ring(number)
                if decision in {"taken", "ring_back"}:
                    break
        finally:
            self._ringing = False
        return decision

    async def _ring(self, number: int) -> Decision:
        which = f" Person {number} of {self._people}." if self._people > 1 else ""
        self._tell("handset", f"The handset of who is on call rings.{which}", state="ringing")
        if await self._until({UP}, self._ring_s) is None:
            self.lies(_TOLD["no_answer"])
            return "no_answer"
        self._tell("handset", self._words, state="asking", **await self._sound(self._words))
        key = await self._until({*_KEYS, DOWN}, self._answer_s)
        decision: Decision = _KEYS.get(key or "", "no_key")
        if decision != "taken":
            self.lies(_TOLD[decision])
        return decision

    async def _until(self, keys: set[str], limit_s: float) -> str | None:
        """Return the first of some things that is done; None for none in time."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    self._done = asyncio.get_running_loop().create_future()
                    if (done := await self._done) in keys:
                        return done
        except TimeoutError:
            return None
        finally:
            self._done = None

    async def _sound(self, words: str) -> dict[str, str]:
        """Return words as sound, 16-bit PCM of 8000 Hz; nothing where they cannot be spoken: they are shown."""
        try:
            async with asyncio.timeout(_SPEAK_S):
                samples = await self._speak(words)
        except (NightbellError, TimeoutError) as error:
            _log.warning("whisper_not_spoken", error=type(error).__name__)
            return {}
        return {"sound": b64encode(samples.astype("<i2").tobytes()).decode()}


class _OnCall:
    """Who took the call; the Person of ``conversation.world``. Both of them sit before the same page."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset

    async def talk(self, line: Line) -> object:
        """See the port."""
        del line
        await self._handset.talk()
        return None

    async def hang_up(self) -> None:
        """See the port."""
        self._handset.lies("There is no caller any more.")


class HandsetWorld(PassingWorld):
    """The world of a test call: who would be paged or rung is the handset, all else is the clinic's own."""

    def __init__(self, inner: World, handset: Handset) -> None:
        """Take the clinic's world, whose pages are rows alone, and the handset."""
        super().__init__(inner)
        self._handset = handset

    async def escalate(self, effect: Escalate) -> Escalated:
        """Let the handset ring."""
        return replace(await super().escalate(effect), changes=self._handset.follow(effect))

    async def transfer(self, effect: Transfer) -> Transferred:
        """Let the handset ring."""
        return await self._handset.transfer(effect)
