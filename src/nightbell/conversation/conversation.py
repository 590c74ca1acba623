"""Conversation: one call at work. Ticks come in, events are made durable, and only then effects are performed.

Two tasks share the loop: media (one pass per tick: ears, timers, the next frame of a prompt) and control (one
event at a time: session, records, effects). On an unpaced line each tick waits for control and the decoders, so
audio time never runs ahead of thought; on a paced line nothing waits and results take effect when they arrive.
It decides nothing about the call: that is the session's. A fault of our own ends in recorded words and a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from nightbell.audio.frame import FRAME_MS, SILENCE, Frame
from nightbell.call.compile import Plan
from nightbell.call.effects import Answer, Close, Effect, Escalate, RingBack
from nightbell.call.events import CallStarted, Event, HungUp, Interrupted, LineMeasured, Played, RecordsFailing
from nightbell.call.session import Session
from nightbell.conversation.clock import CallClock
from nightbell.conversation.ears import Ears
from nightbell.conversation.intake import Intake
from nightbell.conversation.keeper import Keeper
from nightbell.conversation.limits import Limits
from nightbell.conversation.message import Message
from nightbell.conversation.observer import Observer
from nightbell.conversation.performer import Performer, Prompts
from nightbell.conversation.player import Player
from nightbell.conversation.quiet import Foreseen, Skipping, quiet_ticks
from nightbell.conversation.timers import Timers
from nightbell.conversation.world import World
from nightbell.errors import LineFailed, RecordsFailed, SessionError
from nightbell.line.port import HoldsSound, Line, Measure, Tick
from nightbell.records.port import Records
from nightbell.terms.disposition import Disposition

__all__ = ["Conversation", "Keeper", "Outcome"]

_log = structlog.get_logger(__name__)

_KEPT_WHEN_FAILING: Final = (Answer, Escalate, RingBack, Close)
"""Effects that are performed even when their event could not be made durable: they tell a caller nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a call ended."""

    call: str
    disposition: Disposition
    floor: Disposition | None
    audio_ms: int


class Conversation:
    """One call. Make it, ``run`` it once, throw it away."""

    def __init__(
        self,
        *,
        call: str,
        plan: Plan,
        line: Line,
        ears: Ears,
        prompts: Prompts,
        records: Records,
        world: World,
        clock: CallClock,
        keeper: Keeper | None = None,
        observers: Sequence[Observer] = (),
        limits: Limits | None = None,
    ) -> None:
        self._call = call
        self._plan = plan
        self._line = line
        self._ears = ears
        self._records = records
        self._clock = clock
        self._keeper = keeper
        self._observers = tuple(observers)
        self._limits = limits or Limits()
        self._session = Session(plan)
        self._player = Player()
        inner = getattr(line, "inner", line)  # reception looks at a call through a line of its own
        if isinstance(inner, HoldsSound):
            self._player.on_cut = inner.cut
        # Asked once: to look a protocol up takes 15 us, and fifty ticks a second of hundreds of calls come by.
        self._skipping = (line, ears) if isinstance(line, Skipping) and isinstance(ears, Foreseen) else None
        self._timers = Timers()
        self._message = Message(ears)
        self._queue: asyncio.Queue[tuple[type[Any], int, dict[str, Any]]] = asyncio.Queue()
        self._seq, self._audio_ms = 0, 0
        self._failing = False
        self._last_said: Frame = SILENCE
        self._performer = Performer(
            call=self._call,
            clinic=plan.flow.clinic,
            line=line,
            ears=ears,
            prompts=prompts,
            world=world,
            clock=clock,
            player=self._player,
            timers=self._timers,
            message=self._message,
            keeper=keeper,
            limits=self._limits,
            put=self._put,
            position=lambda: self._audio_ms,
        )
        self._intake = Intake(
            ears=ears,
            player=self._player,
            timers=self._timers,
            message=self._message,
            performer=self._performer,
            put=self._put,
        )

    async def run(self) -> Outcome:
        """Take the call to its end.

        A failure of anything, our own code included, is handled in the call: it is not raised. Whoever cancels it
        sees to the record; what was kept of the sound is sealed all the same.
        """
        try:
            await self._run()
        finally:
            if self._keeper is not None:
                await asyncio.to_thread(self._keeper.close)
        return self._outcome()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._performer.spawn = group.create_task
            control = group.create_task(self._control(), name="control")
            fields = {"line": self._line.kind, "caller": self._line.caller, "called": self._line.called}
            self._put(CallStarted, flow=self._plan.flow.hash, **fields)
            await self._settle()
            try:
                await self._media()
            except LineFailed as error:
                _log.error("line_failed", code=error.code)
                self._put(HungUp, by="line")
            self._measured()
            await self._settle()
            self._performer.cancel()
            control.cancel()

    def _measured(self) -> None:
        """Put what the line sounded like on record, where it tells."""
        inner = getattr(self._line, "inner", self._line)  # as above
        heard: Measure | None = getattr(inner, "quality", None)
        if heard is not None:
            self._put(
                LineMeasured,
                received=heard.received,
                loss=round(heard.loss, 4),
                jitter_ms=heard.jitter_ms,
                round_trip_ms=heard.round_trip_ms,
                mos=round(heard.mos, 2),
            )

    @property
    def connected(self) -> bool:
        """Tell whether the caller is talking to a person: silence of ours is none of theirs."""
        return self._performer.connection.up

    @property
    def fell(self) -> bool:
        """Whether it was given up: its record may be open still."""
        return self._performer.collapsed

    @property
    def backlog_ms(self) -> int:
        """Sound that waits for the decoder."""
        return self._ears.backlog_ms

    def give_up(self) -> None:
        """End the call: its record closed as interrupted, which pages, and the caller told the recorded words."""
        if not self._performer.collapsed:
            self._put(Interrupted)
            self._performer.collapse()

    def _outcome(self) -> Outcome:
        return Outcome(
            call=self._call,
            disposition=self._performer.disposition or Disposition.DU,
            floor=self._session.floor,
            audio_ms=self._audio_ms,
        )

    async def _media(self) -> None:
        async for tick in self._line.ticks():
            self._audio_ms = (tick.number + 1) * FRAME_MS
            try:
                if not self._performer.connection.up:
                    await self._intake.take(tick, self._last_said)
                else:
                    self._intake.pass_time(tick)
            except Exception as error:  # noqa: BLE001 - a caller never meets a stack trace, whatever the fault
                self._fault(error)
            if tick.gone:
                self._put(HungUp, by=tick.gone)
            if not self._line.paced:
                await self._settle()
            if not tick.gone:
                self._say(tick)
                if self._skipping is not None:
                    await self._skip(tick, *self._skipping)

    async def _skip(self, tick: Tick, line: Skipping, ears: Foreseen) -> None:
        """Let time pass in which nothing can happen, on a line and with ears that know it."""
        await self._settle()  # what happened in this tick decides what comes next
        left = self._player.frames_left
        if self._player.begins:
            return  # the first sample of a prompt is told
        following = tick.number + 1
        said = None if left is None else (following + left) * FRAME_MS
        dues = (line.due_ms(), ears.due_ms(), self._timers.due_ms(), self._message.due_ms(), said)
        quiet = 0 if self._performer.collapsed else quiet_ticks(following, dues)
        if quiet:
            line.skip(quiet)
            self._player.skip(quiet)

    def _say(self, tick: Tick) -> None:
        if self._player.begins and self._player.playing is not None:
            for observer in self._observers:
                observer.speaking(self._player.playing.prompt, self._audio_ms)
        frame, ended = self._player.next()
        self._last_said = frame if frame is not None else SILENCE
        if frame is not None:
            self._line.play(frame)
        if ended is not None and ended.effect >= 0:
            self._put(Played, effect=ended.effect, completed=True, played_ms=ended.played_ms)
        if self._keeper is not None:
            self._keeper.feed(tick.frame, self._last_said, at_ms=self._audio_ms - FRAME_MS)
        if self._performer.collapsed and self._player.playing is None:
            self._performer.put_down()

    def _put(self, kind: type[Any], **fields: Any) -> None:
        self._queue.put_nowait((kind, self._audio_ms, fields))

    async def _settle(self) -> None:
        """Wait until every event is handled and every question to the world is answered; not round and round."""
        for _ in range(2 * len(self._plan.steps)):
            await self._queue.join()
            if not self._performer.asking:
                return
            await self._performer.answered()
        self._fault(SessionError("the world is asked round and round", hint="nightbell check names the ring"))

    async def _control(self) -> None:
        while True:
            kind, audio_ms, fields = await self._queue.get()
            try:
                await self._happen(kind, audio_ms, fields)
            except Exception as error:  # noqa: BLE001 - the same
                self._fault(error)
            finally:
                self._queue.task_done()

    def _fault(self, error: Exception) -> None:
        _log.error("call_failed", code=getattr(error, "code", "NB000"), error=type(error).__name__)
        if isinstance(error, LineFailed):
            self._performer.collapse()  # who is not there any more hung up, and was not interrupted
        else:
            self.give_up()

    async def _happen(self, kind: type[Any], audio_ms: int, fields: dict[str, Any]) -> None:
        event: Event = kind(
            clinic=self._plan.flow.clinic.name,
            call=self._call,
            seq=self._seq,
            at_utc=self._clock.at(audio_ms).ms,
            audio_ms=audio_ms,
            **fields,
        )
        effects = self._session.handle(event)
        self._seq += 1
        durable = await self._append(event, effects)
        for observer in self._observers:
            observer.happened(event, effects, audio_ms)
        for effect in effects:
            if durable or self._failing or isinstance(effect, _KEPT_WHEN_FAILING):
                await self._performer.perform(effect, audio_ms)
        if not durable and not self._failing:
            self._failing = True
            await self._happen(RecordsFailing, audio_ms, {})

    async def _append(self, event: Event, effects: Sequence[Effect]) -> bool:
        try:
            await self._records.append(event, effects, self._session.save(), limit_ms=self._limits.commit_ms)
        except RecordsFailed as error:
            _log.error("event_not_durable", code=error.code)
            return False
        return True
