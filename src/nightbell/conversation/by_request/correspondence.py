"""Correspondence: one call at work by requests: what the caller did comes in, what is said and taken next out.

Between two requests nothing is held that the journal does not tell: ``resume`` goes on with a call of a process
that is no more. It decides nothing about the call: that is the session's. Who asks twice is answered the same; who
asks late is refused, and nothing has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Self

import structlog

from nightbell.audio.frame import SAMPLES_PER_MS, Samples
from nightbell.call.events import CallStarted, EarsFailed, Played
from nightbell.call.session import Session
from nightbell.conversation.by_request.happening import Happening, Parts
from nightbell.conversation.by_request.meeting import Meeting
from nightbell.conversation.by_request.saying import LINE, Saying
from nightbell.conversation.by_request.taking import Taking
from nightbell.conversation.performer import beep
from nightbell.conversation.world import Person
from nightbell.errors import NightbellError, WebhookRefused
from nightbell.line.webhook.asked import BEGINNING, Asked
from nightbell.line.webhook.reply import Reply, Sound
from nightbell.records.port import Entry
from nightbell.terms.instant import Instant

__all__ = ["Correspondence"]

_log = structlog.get_logger(__name__)

_GONE: Final = 410
_LATE: Final = 409


class Correspondence:
    """One call."""

    def __init__(self, call: str, parts: Parts, session: Session, began: Instant) -> None:
        self.call = call
        self._parts = parts
        self._meeting = Meeting(parts.back, lost=self._lost)
        self._happening = Happening(call, parts, session, began, later=self._later, meet=self._meet)
        self._saying = Saying(parts.speech, parts.safe_text)
        self._taking = Taking(self._happening, self._saying)
        self._lock = asyncio.Lock()
        self._last: tuple[Asked, Reply] | None = None
        self._said_last = False
        self._said_so_far = ""
        self._told: tuple[int, int] | None = None
        self._spoke = -1
        self._told_over = False

    @classmethod
    async def begin(cls, call: str, parts: Parts, *, caller: str | None, called: str) -> Self:
        """Begin a call."""
        new = cls(call, parts, Session(parts.plan), parts.clock.at(0))
        await new._happening.guarded(new._start(caller, called))
        return new

    @classmethod
    async def resume(cls, call: str, parts: Parts, saved: str, began: Instant, journal: Sequence[Entry]) -> Self:
        """Go on with a call that another process held.

        Raises:
            SessionError: its session does not read, or belongs to another version of the flow.
        """
        found = cls(call, parts, Session.load(parts.plan, saved), began)
        standing = found._happening.standing
        for entry in journal:
            standing.take(entry.event, entry.effects)
        pages = [page for number, page in standing.pages.items() if number not in standing.questions]
        if standing.play is not None:
            with suppress(NightbellError, TimeoutError, OSError):  # it fails again where it is to be said
                found._saying.before_ms = len(await found.sound(standing.play.n)) // SAMPLES_PER_MS
        await found._happening.asking.follow(pages, begun=[page.n for page in pages])
        await found._happening.guarded(found._happening.settle())
        return found

    @property
    def over(self) -> bool:
        """Tell whether the call has its disposition, or was taken to the recorded words."""
        return self._happening.over

    @property
    def collapsed(self) -> bool:
        """Tell whether a fault of ours ended it: its record is not closed."""
        return self._happening.collapsed

    @property
    def disposition(self) -> str:
        """What it ended with; "" before."""
        return self._happening.standing.disposition

    @property
    def awaits(self) -> bool:
        """Tell whether the carrier records a message, and has yet to tell of it, also when the caller goes."""
        records = not self.over and self._saying.records(self._happening.standing)
        return records and self._message_s is None

    @property
    def _message_s(self) -> int | None:
        """How long the carrier told that the message is which is being taken; None where it told nothing."""
        told = self._told
        return told[1] if told is not None and told[0] == self._happening.standing.message_at_ms else None

    @property
    def wait_s(self) -> float:
        """How long the carrier may need until it asks again: what was said, and what is waited for."""
        return self._saying.lasts_s

    async def ask(self, asked: Asked) -> Reply:
        """Take a request and return what comes next.

        Raises:
            WebhookRefused: it is late, or out of its turn; nothing has changed.
        """
        async with self._lock:
            if self._last is not None and asked == self._last[0]:
                return self._last[1]
            done, given = self._done(asked), asked.given()
            self._said_so_far = ""
            self._happening.recorded(asked.message)  # also of a call that is over: its message is
            if asked.at != BEGINNING and (done < len(given) or not given):
                await self._happening.guarded(self._take(asked, done))
            return await self._given(asked)

    async def back(self, sid: str) -> Reply:
        """Take that a caller was fetched back; return what is said now, which may be what was being said."""
        async with self._lock:
            before = self._last[1] if self._last is not None else None
            turn = before.turn if before is not None else 0
            if before is not None and before.take == "join":
                await self._happening.guarded(self._take(Asked(sid=sid, at=before.at, turn=turn), 0))
            return await self._given(Asked(sid=sid, at=BEGINNING, turn=turn))

    async def _given(self, asked: Asked) -> Reply:
        reply = replace(await self._answered(), turn=asked.turn + 1)
        self._last = asked, reply
        self._speaks(reply)
        if reply.take == "join":
            self._meeting.sent(asked.sid)
        self._leave_off()
        return reply

    def told(self, at_ms: int, message_s: int) -> None:
        """Take how long a message is that the carrier recorded; it counts, should the caller be gone.

        Args:
            at_ms: where in the call it began.
            message_s: its length in seconds.
        """
        self._told = at_ms, message_s

    def said(self, asked: Asked) -> None:
        """Take what was said so far: it counts, should the caller hang up now."""
        if self._last is not None and (asked.at, asked.turn) == (self._last[1].at, self._last[1].turn):
            self._said_so_far = asked.words

    async def hung_up(self) -> None:
        """Take that the caller is gone; safe to repeat."""
        async with self._lock:
            self._meeting.end()
            gone = self._taking.gone("caller", said=self._said_so_far, message_s=self._message_s or 0)
            await self._happening.guarded(gone)
            self._leave_off()

    async def sound(self, number: int) -> Samples:
        """Return the sound of a prompt of this call, or the tone before its message.

        Raises:
            WebhookRefused: there is none.
            SynthesisFailed: it cannot be spoken.
        """
        standing = self._happening.standing
        if standing.message is not None and standing.message.n == number:
            return beep()
        play = standing.plays.get(number)
        if play is None:
            raise WebhookRefused("no prompt of this call", provider=LINE, status=_GONE)
        if play.safe:
            return self._parts.prompts.safe_words()
        async with asyncio.timeout(self._parts.limits.render_ms / 1000):
            return await self._parts.prompts.samples(play.prompt, play.segments)

    def _done(self, asked: Asked) -> int:
        """Return how much of a request was taken before. Raises WebhookRefused."""
        done, given = self._happening.standing.since(asked.at), asked.given()
        last = self._last[1] if self._last is not None else None
        turn = last is None or (asked.at, asked.turn) == (last.at, last.turn)
        if not turn or asked.at > self._happening.session.memory.seq or done != given[: len(done)]:
            raise WebhookRefused(
                "a request that is late or out of its turn",
                provider=LINE,
                status=_LATE,
                hint="nothing was changed",
            )
        return len(done)

    async def _start(self, caller: str | None, called: str) -> None:
        flow = self._parts.plan.flow.hash
        await self._happening.happened(CallStarted, flow=flow, line=LINE, caller=caller, called=called)
        if not self._parts.speech:
            await self._happening.happened(EarsFailed, reason="missing")

    async def _take(self, asked: Asked, done: int) -> None:
        if self._last is not None and self._last[1].take == "join":
            self._meeting.part()
        if not self.over:
            await self._taking.take(asked, done)

    async def _answered(self) -> Reply:
        """Return what comes next; a fault of ours ends in the recorded words and a page here too."""
        found: list[Reply] = []

        async def work() -> None:
            found.append(await self._reply())

        await self._happening.guarded(work())
        return found[0] if found else self._last_words()

    def _leave_off(self) -> None:
        """Follow no page of a call that is over: who takes one rings the caller, whom nobody else holds."""
        if not self.over:
            return
        self._meeting.end()
        self._happening.asking.cancel()
        if not self._told_over:
            self._told_over = True
            self._parts.over("" if self.collapsed else self.disposition)

    def _speaks(self, reply: Reply) -> None:
        """Tell whoever follows the call which prompt the carrier was given, the first time that it is."""
        if reply.sound is None or reply.sound.number == self._spoke:
            return
        self._spoke = reply.sound.number
        play = self._happening.standing.plays.get(self._spoke)
        for observer in self._parts.observers:
            observer.speaking(play.prompt if play is not None else "beep", self._happening.now_ms)

    async def _reply(self) -> Reply:
        """Return what comes next."""
        session, standing = self._happening.session, self._happening.standing
        if self.collapsed:
            return self._last_words()
        if session.closed:
            return Reply(at=session.memory.seq, take="end")
        if self._meeting.room:
            return self._saying.join(session, self._meeting.room)
        sound_ms = 0
        number = standing.play.n if standing.play is not None else standing.message.n if standing.message else -1
        if number >= 0:
            try:
                sound_ms = len(await self.sound(number)) // SAMPLES_PER_MS
            except (NightbellError, TimeoutError, OSError):
                _log.error("prompt_failed", call=self.call)
                failed: dict[str, Any] = {"completed": False, "played_ms": 0, "stopped_by": "failed"}
                await self._happening.guarded(self._happening.happened(Played, effect=number, **failed))
                return await self._reply()
        return self._saying.reply(session, standing, sound_ms=sound_ms, now_ms=self._happening.now_ms)

    def _last_words(self) -> Reply:
        """Say the recorded words by the carrier's own voice, once, and put it down."""
        at = self._happening.session.memory.seq
        if self._said_last:
            return Reply(at=at, take="end")
        self._said_last = True
        return Reply(at=at, take="keys", sound=Sound(call=self.call, number=0, words=self._parts.safe_text))

    async def _later(self, kind: type[Any], **fields: Any) -> None:
        """Take what became of a page or a transfer, between two requests."""
        async with self._lock:
            if self.over:
                return
            await self._happening.guarded(self._happening.happened(kind, **fields))
            self._leave_off()

    def _lost(self) -> None:
        """Take that the carrier has no such call any more: it asks no more, and nothing is waited for."""
        self._saying.lasts_s = 0.0

    def _meet(self, person: Person) -> None:
        """Take a person who waits for the caller."""
        self._meeting.begin(person, wanted=not self.over)
