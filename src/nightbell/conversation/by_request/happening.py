"""Happening: how something happens in a call by requests: the session takes it, it is durable, the world is asked.

The order is that of every call: nothing is asked of the world, and nothing said, before its event is durable. A
fault of our own ends in the recorded words and a page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from nightbell.call.compile import Plan
from nightbell.call.effects import Close, Effect, Escalate, Keep, RingBack
from nightbell.call.events import Event, RecordsFailing
from nightbell.call.session import Session
from nightbell.conversation.by_request.asking import Asking
from nightbell.conversation.by_request.standing import Standing
from nightbell.conversation.clock import CallClock
from nightbell.conversation.limits import Limits
from nightbell.conversation.observer import Observer
from nightbell.conversation.performer import Prompts
from nightbell.conversation.world import Person, World
from nightbell.errors import RecordsFailed
from nightbell.records.port import Records
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = ["FetchesBack", "Happening", "KeepsMessages", "Parts"]

_log = structlog.get_logger(__name__)

_KEPT_WHEN_FAILING: Final = (Escalate, RingBack, Close)
"""Effects that are carried out even when their event could not be made durable: they tell a caller nothing."""


class KeepsMessages(Protocol):
    """Fetches what a carrier recorded; nobody waits for it."""

    def take(self, clinic: str, call: str, sid: str, at_ms: int) -> None:
        """Have a message fetched that began at a place in the call; safe to repeat."""

    def decline(self, clinic: str, call: str) -> None:
        """Keep nothing of a call, what was kept included."""


class FetchesBack(Protocol):
    """Has the carrier ask again about a caller who is alone in a conference."""

    @property
    def waits_s(self) -> Sequence[float]:
        """How long the carrier is waited for before each try; the last goes on for ever."""

    async def fetch(self, sid: str) -> bool:
        """Have it ask again; False where the caller is gone. Raises LineFailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a call is made of beside itself."""

    plan: Plan
    prompts: Prompts
    records: Records
    world: World
    clock: CallClock
    safe_text: str
    """The words of the recorded emergency words."""
    speech: Mapping[str, str] = field(default_factory=dict)
    """Language of the flow to what the carrier's recogniser calls it; one that is not here is keys alone."""
    limits: Limits = field(default_factory=Limits)
    messages: KeepsMessages | None = None
    """None leaves messages with the carrier."""
    back: FetchesBack | None = None
    """None leaves it to the carrier to ask when a conference is over."""
    observers: Sequence[Observer] = ()
    """Told what happens in the call, and which prompt is given to the carrier."""
    over: Callable[[str], None] = lambda _: None
    """Told the disposition once the call is over; "" when it broke."""


class Happening:
    """One call's."""

    def __init__(
        self,
        call: str,
        parts: Parts,
        session: Session,
        began: Instant,
        *,
        later: Any,
        meet: Callable[[Person], None],
    ) -> None:
        self.standing = Standing()
        self.session = session
        self.collapsed = False
        """A fault of our own: only the recorded words are left."""
        self._call = call
        self._parts = parts
        self._began = began
        self._failing = False
        self.asking = Asking(parts.world, parts.plan.flow.clinic.name, parts.limits, later=later, meet=meet)

    @property
    def now_ms(self) -> int:
        """The call's milliseconds."""
        return max(self._parts.clock.at(0).ms - self._began.ms, 0)

    @property
    def over(self) -> bool:
        """Tell whether nothing more can happen."""
        return self.session.closed or self.collapsed

    async def guarded(self, work: Awaitable[None]) -> None:
        """Have a fault of our own end in the recorded words and a page, never in a broken answer (rule 10)."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a caller never meets a stack trace, whatever the fault
            _log.error("call_failed", code=getattr(error, "code", "NB000"), error=type(error).__name__)
            if not self.collapsed:
                self.collapsed = True
                page = Escalate(call=self._call, n=-1, disposition=Disposition.DU, state="", question="fault")
                await self.asking.answer(page, self._parts.clock.at(0))

    async def happened(self, kind: type[Any], *, at_ms: int | None = None, **fields: Any) -> None:
        """Have an event happen, and all that the world is asked because of it."""
        await self._happen(kind, self.now_ms if at_ms is None else at_ms, fields)
        await self.settle()

    def recorded(self, sid: str) -> None:
        """Take what the carrier calls the recording of a message that is over."""
        if self._parts.messages is not None and sid:
            clinic, at_ms = self._parts.plan.flow.clinic.name, self.standing.message_at_ms
            self._parts.messages.take(clinic, self._call, sid, at_ms)

    async def settle(self) -> None:
        """Have the world answer what it is asked; what rings people goes on beside the requests."""
        while question := self.asking.next(self.standing.questions):
            told = await self.asking.answer(question, self._parts.clock.at(self.now_ms))
            if told is not None:
                await self._happen(told[0], self.now_ms, told[1])

    async def _happen(self, kind: type[Any], at_ms: int, fields: dict[str, Any]) -> None:
        event: Event = kind(
            clinic=self._parts.plan.flow.clinic.name,
            call=self._call,
            seq=self.session.memory.seq + 1,
            at_utc=self._parts.clock.at(at_ms).ms,
            audio_ms=at_ms,
            **fields,
        )
        effects = self.session.handle(event)
        durable = await self._append(event, effects)
        for observer in self._parts.observers:
            observer.happened(event, effects, at_ms)
        self.standing.take(event, effects if durable or self._failing else _kept(effects))
        if self._parts.messages is not None and any(isinstance(each, Keep) and each.forget for each in effects):
            self._parts.messages.decline(self._parts.plan.flow.clinic.name, self._call)
        if not durable and not self._failing:
            self._failing = True
            await self._happen(RecordsFailing, at_ms, {})

    async def _append(self, event: Event, effects: Sequence[Effect]) -> bool:
        limit = self._parts.limits.commit_ms
        try:
            await self._parts.records.append(event, effects, self.session.save(), limit_ms=limit)
        except RecordsFailed as error:
            _log.error("event_not_durable", code=error.code)
            return False
        return True


def _kept(effects: Sequence[Effect]) -> Sequence[Effect]:
    return [effect for effect in effects if isinstance(effect, _KEPT_WHEN_FAILING)]
