"""Handset: the telephone of who is on call, played on the page of whoever tries the line.

It rings when a page goes out, by the clinic's own ladder (``trial``): step for step, as long, round for round
until it is taken. It says what a person would hear, and knows their keys: 1 takes the call, 2 passes it on, 3
rings back. It stands for everybody's and has no way out: it holds no row and no channel, and tells no number. What
a caller on hold is told comes in the order of a real page: who took it is connected, ``acknowledged`` follows.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import structlog

from nightbell.conversation.passing import PassingWorld
from nightbell.conversation.world import Transferred
from nightbell.errors import NightbellError
from nightbell.escalation.reasons import words_of
from nightbell.oncall.planning import Exhaust, PagePeople, SayWords, Wait
from nightbell.reception.trial import Trial

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Escalate, Transfer
    from nightbell.conversation.world import Escalated, Person, Status, World
    from nightbell.line.port import Line
    from nightbell.line.stream.ring import Tell
    from nightbell.oncall.rota import Rota
    from nightbell.terms.instant import Instant

__all__ = ["Handset", "HandsetWorld"]

_log = structlog.get_logger(__name__)

Decision: TypeAlias = Literal["taken", "passed", "ring_back", "no_key", "no_answer", "raised"]

UP: Final = "up"
DOWN: Final = "down"
RAISED: Final = "raised"
_RING_S: Final = 20.0
"""As each is rung to whom a caller is put through."""
_ANSWER_S: Final = 40.0
"""As a person who was woken may think."""
_TALK_S: Final = 300.0
"""Longest that the two may be connected: a page that was left open must not hold the test line."""
_SPEAK_S: Final = 8.0
_KEYS: Final[dict[str, Decision]] = {"1": "taken", "2": "passed", "3": "ring_back"}
_TAKES: Final[dict[Decision, Literal["connect", "ring_back"]]] = {"taken": "connect", "ring_back": "ring_back"}
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
        rota: Rota,
        began: Instant,
        waiting: str,
        ring_s: float = _RING_S,
        answer_s: float = _ANSWER_S,
        talk_s: float = _TALK_S,
        times: float = 1.0,
    ) -> None:
        """Lay it beside the caller.

        Args:
            title: the clinic's, as a person who is rung hears it.
            tell: shows what it does.
            speak: gives words their sound.
            rota: who is on call.
            began: what time it is.
            waiting: what a person who is rung for a transfer is told.
            ring_s: how long each is rung to whom a caller is put through, one after another.
            answer_s: how long they have for a key.
            talk_s: how long they may talk.
            times: how many times as fast as on a real line a ladder is climbed.
        """
        self._title = title
        self._waiting = waiting
        self._tell = tell
        self._speak = speak
        self._rota = rota
        self._began, self._times = began, times
        self._since_s = time.monotonic()
        self._trial: Trial | None = None
        self._ring_s, self._answer_s, self._talk_s = ring_s, answer_s, talk_s
        self._done: asyncio.Future[str] | None = None
        self._words = ""
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
        if self._trial is not None:
            if self._trial.raised(effect, self._now()):
                self.press(RAISED)
            return  # it rings already; who picks up hears the newest reason
        self._trial = Trial(self._rota, effect, self._now())
        try:
            async for change in self._climb(self._trial):
                yield change
        finally:
            self._trial = None

    async def _climb(self, trial: Trial) -> AsyncIterator[Status | Person]:
        """Ring step by step until somebody takes it; yield what the caller on hold learns, once each."""
        told: set[Status] = set()
        ringing, people = None, list[str]()
        while True:
            step = trial.step(self._now())
            if isinstance(step, Wait):
                decision = await self._rung(ringing, people, until=step.until)
                if ringing is not None and decision in _TAKES:
                    trial.taken(ringing, people[0], _TAKES[decision], self._now())
                    self.taken = True
                    if decision == "taken":
                        yield _OnCall(self)
                    yield "acknowledged"
                    return
                if ringing is not None and decision in {"passed", "no_key"}:
                    trial.ended(ringing, people.pop(0), self._now(), passed=decision == "passed")
                continue
            if isinstance(step, PagePeople):
                ringing, people = step, list(step.people)
            news = self._news(step)
            if news not in told and not (news == "ringing" and "exhausted" in told):
                told.add(news)
                yield news

    def _news(self, step: PagePeople | SayWords | Exhaust) -> Status:
        """Tell the page of what rings nobody; return what the caller on hold learns by it."""
        match step:
            case PagePeople():
                return "ringing"
            case SayWords():
                self._tell("handset", "Nobody took it so far: now the caller hears the emergency words.")
            case Exhaust():
                self.lies("Nobody at all is on call: on a real line the last alarm sounds now.")
        return "exhausted"

    async def _rung(self, step: PagePeople | None, people: Sequence[str], *, until: Instant) -> Decision:
        """Ring everybody of a step, who all share the handset, until something else is due."""
        left_s = max(until.ms - self._now().ms, 0) / 1000 / self._times
        if step is None or not people or not step.by_hand:
            await self._until({RAISED}, left_s)  # a rest, or messages alone
            return "no_answer"
        many = f"{len(people)} telephones ring" if len(people) > 1 else "a telephone rings"
        return await self._ring(f"Step {step.rung + 1} of round {step.round + 1}: {many}.", left_s)

    async def transfer(self, effect: Transfer) -> Transferred:
        """Ring for a caller who is put through."""
        self._words = self._waiting
        people = [person for person in self._rota.people.values() if person.mobile]
        taken = False
        for number in range(1, len(people) + 1):
            which = f"Person {number} of {len(people)}." if len(people) > 1 else ""
            taken = await self._ring(which, min(self._ring_s, effect.limit_ms / 1000)) == "taken"
            if taken:
                break
        return Transferred(outcome="answered", person=_OnCall(self)) if taken else Transferred(outcome="no_answer")

    async def talk(self) -> None:
        """Be connected until it is put down."""
        self._tell("handset", _TOLD["taken"], state="talking")
        await self._until({DOWN}, self._talk_s)
        self.lies("The handset is down.")

    def lies(self, text: str) -> None:
        """Tell that it rings no more."""
        self._tell("handset", text, state="idle")

    async def _ring(self, where: str, ring_s: float) -> Decision:
        self._tell("handset", f"The handset of who is on call rings. {where}".strip(), state="ringing")
        done = await self._until({UP, RAISED}, ring_s)
        if done == RAISED:
            return "raised"
        if done is None:
            self.lies(_TOLD["no_answer"])
            return "no_answer"
        self._tell("handset", self._words, state="asking", **await self._sound(self._words))
        key = await self._until({*_KEYS, DOWN}, self._answer_s)
        decision: Decision = _KEYS.get(key or "", "no_key")
        if decision != "taken":
            self.lies(_TOLD[decision])
        return decision

    def _now(self) -> Instant:
        return self._began.plus(ms=int((time.monotonic() - self._since_s) * 1000 * self._times))

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
