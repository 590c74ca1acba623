"""Performer: carries effects out. What needs an answer is asked in a task with a limit; it returns as an event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

import numpy as np
import structlog

from nightbell.audio.frame import RATE, Samples
from nightbell.call.effects import (
    Answer,
    AskHistory,
    AskHours,
    AskPromise,
    CancelTimer,
    Close,
    Effect,
    Escalate,
    HangUp,
    Keep,
    Learnt,
    Listen,
    Noted,
    Notify,
    Play,
    RecordMessage,
    RingBack,
    StartTimer,
    StopPlaying,
    StopTransfer,
    Transfer,
)
from nightbell.call.events import Played
from nightbell.conversation.answers import history_found, hours_found, notified, promise_made
from nightbell.conversation.clock import CallClock
from nightbell.conversation.connection import Connection
from nightbell.conversation.dialling import Dialling
from nightbell.conversation.ears import Ears
from nightbell.conversation.following import Following
from nightbell.conversation.limits import Limits
from nightbell.conversation.message import Message
from nightbell.conversation.player import Ended, Player
from nightbell.conversation.timers import Timers
from nightbell.conversation.world import Person, World
from nightbell.errors import NightbellError
from nightbell.flow.model import Clinic
from nightbell.line.port import Line
from nightbell.terms.disposition import Disposition
from nightbell.terms.segment import Segment

__all__ = ["Performer", "Prompts", "beep"]

_log = structlog.get_logger(__name__)
_OWN_SOUND: Final = -1
"""Effect number of sounds that no effect asked for, such as the beep."""


class Prompts(Protocol):
    """Where the samples of a prompt come from."""

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """Return a prompt's samples. Raises SynthesisFailed."""

    def safe_words(self) -> Samples:
        """Return the recorded emergency words, which need nothing but a file."""


def beep() -> Samples:
    """Make the beep before a message: 1 kHz, 200 ms, -20 dBFS."""
    at = np.arange(RATE // 5) / RATE
    return (3276 * np.sin(2 * np.pi * 1000 * at)).astype(np.int16)


class Performer:
    """Knows how each effect is done; decides nothing."""

    def __init__(
        self,
        *,
        call: str,
        clinic: Clinic,
        line: Line,
        ears: Ears,
        prompts: Prompts,
        world: World,
        clock: CallClock,
        player: Player,
        timers: Timers,
        message: Message,
        keeper: Any,
        limits: Limits,
        put: Callable[..., None],
        position: Callable[[], int],
    ) -> None:
        self._call = call
        self._clinic = clinic
        self._line = line
        self._ears = ears
        self._prompts = prompts
        self._world = world
        self._clock = clock
        self._player = player
        self._timers = timers
        self._message = message
        self._keeper = keeper
        self._limits = limits
        self._put = put
        self._position = position
        self.spawn: Callable[..., asyncio.Task[Any]] = asyncio.create_task
        self._asking: set[asyncio.Task[Any]] = set()
        self._following = Following(timers, put, self._connect)
        self.connection = Connection(line, player, perform=self._later, record=self._record, cut=self._cut)
        self._dialling = Dialling(world, timers, self._connect)
        self._recording = False
        self.disposition: Disposition | None = None
        self.listening = 0
        self.collapsed = False

    @property
    def asking(self) -> bool:
        """Tell whether the world still owes an answer."""
        return bool(self._asking)

    async def answered(self) -> None:
        """Wait for what is being asked now."""
        await asyncio.gather(*self._asking, return_exceptions=True)

    def cancel(self) -> None:
        """Stop asking and following; the call is over."""
        for task in self._asking:
            task.cancel()
        self._following.cancel()
        self.connection.end()

    async def perform(self, effect: Effect, audio_ms: int) -> None:
        """Carry one effect out; a failing provider becomes an event, never an exception."""
        if isinstance(effect, Noted | Learnt) or self.connection.holds(effect):
            return  # the record has it, or two people are talking
        match effect:
            case Play():
                await self._play(effect)
            case Listen():
                self.listening = effect.n
                self._ears.listen(effect, audio_ms)
            case StartTimer(timer=timer, ms=ms):
                self._timers.start(timer, audio_ms + ms)
            case CancelTimer(timer=timer):
                self._timers.cancel(timer)
            case StopPlaying():
                self._player.stop()
            case RecordMessage():
                self._message.start(effect, audio_ms)
                self._player.start(self._own(effect), beep())
            case Keep():
                self._keep(effect)
            case Close(disposition=disposition):
                self.disposition = disposition
            case _:
                await self._outward(effect, audio_ms)

    def _keep(self, effect: Keep) -> None:
        self._recording = effect.on
        if self._keeper is not None:
            self._keeper.keep(on=effect.on and (self._limits.record_bridge or not self.connection.up))
            if effect.forget:
                self._keeper.discard()

    async def _outward(self, effect: Effect, audio_ms: int) -> None:
        match effect:
            case Answer():
                async with asyncio.timeout(self._limits.answer_ms / 1000):
                    await self._line.answer()
            case HangUp():
                await self._line.hang_up()
            case Transfer():
                self._dialling.start(effect, audio_ms, self._ask)
            case StopTransfer(transfer=number):
                self._dialling.stop(number)
            case _:
                self._inquire(effect, audio_ms)

    def _inquire(self, effect: Effect, audio_ms: int) -> None:
        """Ask the world; the answer returns as an event."""
        now, world, limit = self._clock.at(audio_ms), self._world, self._limits
        match effect:
            case AskHistory(caller=caller, limit_ms=ms):
                self._ask(partial(world.past, self._clinic.name, caller, now), ms, history_found)
            case AskHours(limit_ms=ms):
                self._ask(partial(world.hours, now), ms, hours_found)
            case AskPromise(disposition=disposition, limit_ms=ms):
                self._ask(partial(world.promise, disposition, now), ms, promise_made)
            case Notify(n=n, limit_ms=ms):
                self._ask(partial(world.notify, effect), ms, partial(notified, n))
            case Escalate(n=n):
                began = partial(self._following.began, n, audio_ms, spawn=self.spawn)
                self._ask(partial(world.escalate, effect), limit.escalate_ms, began)
            case RingBack():
                self._ask(partial(world.ring_back, effect), limit.escalate_ms, None)
            case _:
                _log.error("effect_not_known", kind=effect.kind)

    def _connect(self, person: Person) -> None:
        self.connection.begin(person, self.spawn)

    def _cut(self, ended: Ended) -> None:
        """Tell what was cut for two who talked: a caller whom the person left would hear nothing more."""
        cut = {"effect": ended.effect, "played_ms": ended.played_ms}
        self._put(Played, completed=False, stopped_by="session", **cut)

    async def _later(self, effect: Effect) -> None:
        await self.perform(effect, self._position())

    def _record(self, *, on: bool) -> None:
        if self._keeper is not None and self._recording and not self._limits.record_bridge:
            self._keeper.keep(on=on)

    def _own(self, effect: RecordMessage) -> Play:
        return Play(call=effect.call, n=_OWN_SOUND, prompt="beep", segments=(), bargein="none")

    async def _play(self, effect: Play) -> None:
        self._message.drop()
        try:
            if effect.safe:
                samples = self._prompts.safe_words()
            else:
                async with asyncio.timeout(self._limits.render_ms / 1000):
                    samples = await self._prompts.samples(effect.prompt, effect.segments)
        except (NightbellError, TimeoutError, OSError):
            _log.error("prompt_failed", prompt=effect.prompt)
            self._player.stop()
            self._put(Played, effect=effect.n, completed=False, played_ms=0, stopped_by="failed")
            return
        self._player.start(effect, samples)

    def _ask(
        self,
        asked: Callable[[], Awaitable[Any]],
        limit_ms: int,
        event: Callable[[Any], tuple[type[Any], dict[str, Any]] | None] | None,
    ) -> asyncio.Task[Any]:
        task = self.spawn(self._answer(asked, limit_ms, event), name="ask")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return task

    async def _answer(
        self,
        asked: Callable[[], Awaitable[Any]],
        limit_ms: int,
        event: Callable[[Any], tuple[type[Any], dict[str, Any]] | None] | None,
    ) -> None:
        found: Any = None
        try:
            async with asyncio.timeout(limit_ms / 1000):
                found = await asked()  # asked here, so that nothing is begun for a call that is cancelled
        except Exception as error:  # noqa: BLE001 - whatever is wrong outside, the call goes on without the answer
            _log.warning("world_did_not_answer", error=type(error).__name__)
        told = event(found) if event is not None else None
        if told is not None:
            kind, fields = told
            self._put(kind, **fields)

    def collapse(self) -> None:
        """Take a call that is given up to its end: recorded words and goodbye, without the session (rule 10)."""
        if self.collapsed:
            return
        self.collapsed = True
        self.connection.end()
        play = Play(call=self._call, n=_OWN_SOUND, prompt="safe_words", segments=(), bargein="none", safe=True)
        self._player.start(play, self._prompts.safe_words())

    def put_down(self) -> None:
        """Hang up after the recorded words of a fault."""
        if not self._asking:
            self._ask(self._line.hang_up, self._limits.answer_ms, None)
