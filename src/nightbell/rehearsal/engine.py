"""Engine: a call script on the session alone - events in, effects followed, audio time that jumps between them.

No conversation, recogniser, voice, records or tasks: what the caller does comes as outcomes, the world answers at
once, and a prompt takes as long as its words. What fails here fails by the flow or by its script. What it shares
with a call at work are values: timers, the player, the intake of keys and speech.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nightbell.audio.edges import silence
from nightbell.audio.frame import FRAME_MS, SILENCE
from nightbell.call.compile import compile_flow
from nightbell.call.effects import (
    Answer,
    AskHistory,
    AskHours,
    AskPromise,
    CancelTimer,
    Close,
    Escalate,
    HangUp,
    Listen,
    Notify,
    Play,
    RecordMessage,
    RingBack,
    StartTimer,
    StopPlaying,
    StopTransfer,
    Transfer,
)
from nightbell.call.events import CallStarted, HungUp, Played
from nightbell.call.session import Session
from nightbell.conversation.answers import Told, history_found, hours_found, notified, promise_made
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.dialling import Dialling
from nightbell.conversation.following import Following
from nightbell.conversation.intake import Intake
from nightbell.conversation.message import Message
from nightbell.conversation.player import Player
from nightbell.conversation.quiet import Skipping, quiet_ticks
from nightbell.conversation.timers import Timers
from nightbell.errors import NightbellError
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.meaning import OutcomeEars
from nightbell.rehearsal.world import ScriptedWorld, clinic_world
from nightbell.rehearsal.written import WrittenPrompts
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.rehearsal.port import Ended, IncomingCall

__all__ = ["take_outcomes"]

_BEEP_MS: Final = 200


@dataclass(frozen=True, slots=True)
class _Over:
    disposition: Disposition


async def take_outcomes(call: IncomingCall) -> Ended:
    """Take a call on the engine; a fault of the session is raised, for no safe path hides it here."""
    return await _EngineCall(call).run()


class _EngineCall:
    """One call; also what the intake asks which listen is open."""

    def __init__(self, call: IncomingCall) -> None:
        self.listening = 0
        self._call = call
        self._session = Session(compile_flow(call.flow))
        self._ears = call.ears or OutcomeEars()
        if isinstance(self._ears, OutcomeEars):
            self._ears.follow(self._session)
        self._clock = AudioClock(call.now)
        self._world = ScriptedWorld(clinic_world(call.flow, UnkeptRecords()), call.fakes)
        self._prompts = WrittenPrompts(fail_at=call.fakes.voice_fails_at)
        self._player, self._timers, self._message = Player(), Timers(), Message(self._ears)
        self._pages = Following(self._timers, self._put, lambda _: None)
        self._transfers = Dialling(self._world, self._timers, lambda _: None)
        self._intake = Intake(
            ears=self._ears,
            player=self._player,
            timers=self._timers,
            message=self._message,
            performer=self,
            put=self._put,
        )
        self._queue: deque[tuple[type[Any], int, dict[str, Any]]] = deque()
        self._seq = 0
        self._audio_ms = 0
        self._disposition: Disposition | None = None

    async def run(self) -> Ended:
        """Take it to its end."""
        line = self._call.line
        self._put(CallStarted, flow=self._call.flow.hash, line=line.kind, caller=line.caller, called=line.called)
        await self._settle()
        async for tick in line.ticks():
            self._audio_ms = (tick.number + 1) * FRAME_MS
            await self._intake.take(tick, SILENCE)
            if tick.gone:
                self._put(HungUp, by=tick.gone)
            await self._settle()
            if not tick.gone:
                self._say()
                await self._settle()
                self._jump(tick.number + 1)
        return _Over(self._disposition or Disposition.DU)

    def _say(self) -> None:
        playing = self._player.playing
        if self._player.begins and playing is not None:
            for observer in self._call.observers:
                observer.speaking(playing.prompt, self._audio_ms)
        _, ended = self._player.next()
        if ended is not None and ended.effect >= 0:
            self._put(Played, effect=ended.effect, completed=True, played_ms=ended.played_ms)

    def _jump(self, following: int) -> None:
        """Leave out the ticks in which nothing can happen."""
        line, left = self._call.line, self._player.frames_left
        if self._player.begins or not isinstance(line, Skipping):
            return
        said = None if left is None else (following + left) * FRAME_MS
        dues = (line.due_ms(), self._ears.due_ms(), self._timers.due_ms(), self._message.due_ms(), said)
        if quiet := quiet_ticks(following, dues):
            line.skip(quiet)
            self._player.skip(quiet)

    def _put(self, kind: type[Any], **fields: Any) -> None:
        self._queue.append((kind, self._audio_ms, fields))

    def _tell(self, told: Told) -> None:
        kind, fields = told
        self._put(kind, **fields)

    async def _settle(self) -> None:
        while self._queue:
            kind, audio_ms, fields = self._queue.popleft()
            event: Event = kind(
                clinic=self._call.flow.clinic.name,
                call=self._call.id,
                seq=self._seq,
                at_utc=self._clock.at(audio_ms).ms,
                audio_ms=audio_ms,
                **fields,
            )
            effects = self._session.handle(event)
            self._seq += 1
            for observer in self._call.observers:
                observer.happened(event, effects, audio_ms)
            for effect in effects:
                await self._follow(effect, audio_ms)

    async def _follow(self, effect: Effect, audio_ms: int) -> None:
        match effect:
            case Play():
                await self._play(effect)
            case Listen(n=number):
                self.listening = number
                self._ears.listen(effect, audio_ms)
            case StartTimer(timer=timer, ms=ms):
                self._timers.start(timer, audio_ms + ms)
            case CancelTimer(timer=timer):
                self._timers.cancel(timer)
            case StopPlaying():
                self._player.stop()
            case RecordMessage():
                self._message.start(effect, audio_ms)
                beep = Play(call=effect.call, n=-1, prompt="beep", segments=(), bargein="none")
                self._player.start(beep, silence(_BEEP_MS))
            case Close(disposition=disposition):
                self._disposition = disposition
            case Answer():
                await self._call.line.answer()
            case HangUp():
                await self._call.line.hang_up()
            case _:
                await self._ask(effect, audio_ms)

    async def _play(self, effect: Play) -> None:
        self._message.drop()
        try:
            samples = (
                self._prompts.safe_words()
                if effect.safe
                else await self._prompts.samples(effect.prompt, effect.segments)
            )
        except NightbellError:
            self._player.stop()
            self._put(Played, effect=effect.n, completed=False, played_ms=0, stopped_by="failed")
            return
        self._player.start(effect, samples)

    async def _ask(self, effect: Effect, audio_ms: int) -> None:
        """Let the world answer, at once."""
        world, now = self._world, self._clock.at(audio_ms)
        match effect:
            case AskHistory(caller=caller):
                self._tell(history_found(await _found(world.past(self._call.flow.clinic.name, caller, now))))
            case AskHours():
                self._tell(hours_found(await _found(world.hours(now))))
            case AskPromise(disposition=disposition):
                self._tell(promise_made(await _found(world.promise(disposition, now))))
            case Notify(n=number):
                self._tell(notified(number, await _found(world.notify(effect))))
            case Escalate(n=number):
                page = await _found(world.escalate(effect))
                self._tell(self._pages.began(number, audio_ms, page, asyncio.create_task))
            case RingBack():
                await _found(world.ring_back(effect))
            case Transfer(n=number):
                told = self._transfers.ended(number, audio_ms, await _found(world.transfer(effect)))
                if told is not None:
                    self._tell(told)
            case StopTransfer(transfer=number):
                self._transfers.stop(number)
            case _:
                pass  # Keep, Noted, Learnt: for the record


async def _found(asked: Awaitable[Any]) -> Any:
    """Return the world's answer; None where the script says that there is none."""
    try:
        return await asked
    except NightbellError:
        return None
