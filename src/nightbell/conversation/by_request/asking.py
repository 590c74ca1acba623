"""Asking: what one call asks the world, within its limits. What rings people is followed beside the requests.

An answer is an event and its fields, as the conversation of our own lines makes them. It decides nothing, and asks
nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

import structlog

from nightbell.call.effects import AskHistory, AskHours, AskPromise, Escalate, Notify, RingBack, Transfer
from nightbell.call.events import EscalationChanged, TransferEnded
from nightbell.conversation.answers import Told, history_found, hours_found, notified, promise_made
from nightbell.conversation.by_request.standing import Question
from nightbell.conversation.limits import Limits
from nightbell.conversation.world import Escalated, Person, World
from nightbell.terms.instant import Instant

__all__ = ["Asking"]

_log = structlog.get_logger(__name__)

Later: TypeAlias = Callable[..., Awaitable[None]]


class Asking:
    """One call's."""

    def __init__(
        self, world: World, clinic: str, limits: Limits, *, later: Later, meet: Callable[[Person], None]
    ) -> None:
        """Take who is asked.

        Args:
            world: the outside.
            clinic: whose call it is.
            limits: how long an answer may take.
            later: takes an event that comes between two requests.
            meet: takes a person who waits for the caller.
        """
        self._world = world
        self._clinic = clinic
        self._limits = limits
        self._later = later
        self._meet = meet
        self._begun: set[int] = set()
        self._tasks: dict[int, asyncio.Task[Any]] = {}

    def next(self, questions: Mapping[int, Question]) -> Question | None:
        """Return the oldest question that was not asked yet; stop what is not wanted any more."""
        for number, task in tuple(self._tasks.items()):
            if number not in questions and number not in self._followed and task is not asyncio.current_task():
                task.cancel()
        return next((asked for number, asked in questions.items() if number not in self._begun), None)

    async def answer(self, question: Question, now: Instant) -> Told | None:
        """Ask; return what was answered, None for what answers later or not at all."""
        self._begun.add(question.n)
        world, limit = self._world, self._limits.escalate_ms
        match question:
            case AskHistory(caller=caller, limit_ms=ms):
                return history_found(await self._within(world.past(self._clinic, caller, now), ms))
            case AskHours(limit_ms=ms):
                return hours_found(await self._within(world.hours(now), ms))
            case AskPromise(disposition=disposition, limit_ms=ms):
                return promise_made(await self._within(world.promise(disposition, now), ms))
            case Notify(n=number, limit_ms=ms):
                return notified(number, await self._within(world.notify(question), ms))
            case Escalate(n=number):
                found = await self._within(world.escalate(question), limit)
                self._follows(number, found)
                return EscalationChanged, {"effect": number, "status": found.status if found else "failed"}
            case RingBack():
                await self._within(world.ring_back(question), limit)
                return None
            case Transfer(n=number):
                self._tasks[number] = asyncio.create_task(self._dial(question), name="transfer")
                return None

    async def follow(self, pages: Iterable[Escalate], begun: Iterable[int]) -> None:
        """Go on following the pages of a call that another process held.

        Args:
            pages: those that may still change.
            begun: what was asked before, and is not to be asked again.
        """
        self._begun.update(begun)
        for page in pages:
            if page.n in self._begun and page.n not in self._tasks:
                self._follows(page.n, await self._within(self._world.escalate(page), self._limits.escalate_ms))

    def cancel(self) -> None:
        """Stop; the call is over. Who tells of its end goes on to its own."""
        for task in self._tasks.values():
            if task is not asyncio.current_task():
                task.cancel()
        self._tasks.clear()

    @property
    def _followed(self) -> set[int]:
        return {number for number, task in self._tasks.items() if task.get_name() == "follow"}

    def _follows(self, number: int, found: Escalated | None) -> None:
        if found is not None and found.changes is not None:
            self._tasks[number] = asyncio.create_task(self._changes(number, found), name="follow")

    async def _changes(self, number: int, found: Escalated) -> None:
        assert found.changes is not None
        try:
            async for change in found.changes:
                if isinstance(change, str):
                    await self._later(EscalationChanged, effect=number, status=change)
                else:
                    self._meet(change)
        except Exception as error:  # noqa: BLE001 - the page stands in the records, whatever is wrong outside
            _log.warning("page_not_followed", error=type(error).__name__)

    async def _dial(self, transfer: Transfer) -> None:
        found = await self._within(self._world.transfer(transfer), transfer.limit_ms)
        if found is not None and found.person is not None:
            self._meet(found.person)
        outcome = found.outcome if found is not None else "failed"
        await self._later(TransferEnded, effect=transfer.n, outcome=outcome)

    @staticmethod
    async def _within(asked: Awaitable[Any], limit_ms: int) -> Any:
        try:
            async with asyncio.timeout(limit_ms / 1000):
                return await asked
        except Exception as error:  # noqa: BLE001 - whatever is wrong outside, the call goes on without the answer
            _log.warning("world_did_not_answer", error=type(error).__name__)
            return None
