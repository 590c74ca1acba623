"""Paging: the telephone that duty rings people by, in the process that holds the callers.

A person hears the reason and presses a key; duty writes it down; only then are they connected - with the caller
who waits, or, where that one is gone or was to be rung back, with the caller rung from the clinic's number. It
knows no ladder and keeps nothing: killed, it is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final, Literal, Protocol

import structlog

from nightbell.errors import NightbellError
from nightbell.escalation.port import Accept, Ring, RingBackOutcome, RingOutcome
from nightbell.line.dialler import Outcome, PersonLeg, Rung
from nightbell.reception.hand_overs import HandOvers
from nightbell.reception.judging import Judging, Left

__all__ = ["Outside", "Paging"]

_log = structlog.get_logger(__name__)

_OVER_S: Final = 120.0
"""How long a caller who was told of the call-back may need to hang up before they are rung: the last words."""
_LOOK_S: Final = 0.5
_RING_CALLER_S: Final = 45.0
_NOTHING_LEFT: Final = "Thank you. There is nothing to take here any more."
_NOT_WRITTEN: Final = "We could not write that down, so the case is not yours yet. We go on ringing."
_LAST_WORDS: Final = (
    "Thank you. Your caller is still hearing what to do until then. Please stay on the line: we ring them next."
)
_NOBODY: Final = "The caller does not answer. The case is yours until you close it."
_CALL_BACK: Final = "You asked to ring your caller back. Press 1 to be connected."
_ENDED: Final[Mapping[Outcome, RingOutcome]] = {
    "passed": "passed",
    "no_key": "no_answer",
    "no_answer": "no_answer",
    "busy": "busy",
    "failed": "failed",
    "refused": "failed",
}
_REACHED: Final[Mapping[Outcome, RingBackOutcome]] = {
    "taken": "reached",
    "busy": "busy",
    "failed": "failed",
    "refused": "failed",
}


class Outside(Protocol):
    """The way out; ``bootstrap`` makes it. No method raises for a telephone that is not answered."""

    async def person(self, ring: Ring, words: str, ring_s: float) -> Rung:
        """Ring a person of the clinic's list, who hears these words until a key comes."""

    async def caller(self, call: str, number: str, reason: Literal["dropped", "missed"]) -> Rung:
        """Ring the caller of a call from the clinic's number, and tell them why until a key comes."""

    async def join(self, call: str, leg: PersonLeg, ring_s: float) -> Outcome:
        """Ring the caller of a call from the clinic's number, and connect them with a person until one is gone.

        A person whom the caller left, or who got no caller, is still there.
        """

    async def hold(self, leg: PersonLeg, words: str) -> None:
        """Say something to a person who waits, again and again; it ends when they hang up, or cancelled."""

    async def tell(self, leg: PersonLeg, words: str) -> None:
        """Say something to a person once, and put them down."""


class Paging:
    """The Dialler and CallerLine ports of ``escalation``, over the line of this process."""

    def __init__(
        self, outside: Outside, hand_overs: HandOvers, judging: Judging, *, live: Callable[[str], bool]
    ) -> None:
        """Take the way out.

        Args:
            outside: rings.
            hand_overs: brings people and callers together.
            judging: asks who was woken, once the caller has hung up.
            live: tells whether a call is still on the line.
        """
        self._outside = outside
        self._hand_overs = hand_overs
        self._judging = judging
        self._live = live
        self._tasks: set[asyncio.Task[Any]] = set()

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        """See the port."""
        rung = await self._outside.person(ring, ring.whisper, ring.ring_ms / 1000)
        if rung.outcome == "taken" and rung.leg is not None:
            return await self._connect(ring, rung.leg, accept)
        if rung.outcome == "ring_back":
            if await accept("ring_back"):
                self._spawn(self._later(ring))
            return "ring_back"
        return _ENDED.get(rung.outcome, "failed")

    async def _connect(self, ring: Ring, leg: PersonLeg, accept: Accept) -> RingOutcome:
        try:
            with self._hand_overs.key(ring.escalation):
                won = await accept("connect")
                meets = Left(leg, partial(self._left, ring))
                unmet = partial(self._unmet, ring, leg)
                given = won and self._hand_overs.give(ring.escalation, meets, unmet)
        except NightbellError:
            self._spawn(self._outside.tell(leg, _NOT_WRITTEN))
            raise
        except BaseException:
            await leg.hang_up()
            raise
        if not won:
            self._spawn(self._outside.tell(leg, _NOTHING_LEFT))
            return "no_answer"
        if not given:
            self._unmet(ring, leg)
        return "taken"

    def _unmet(self, ring: Ring, leg: PersonLeg) -> None:
        """Ring the caller for a person whom they did not meet on the line."""
        self._spawn(self._join(ring, leg))

    def _left(self, ring: Ring, leg: PersonLeg) -> None:
        """Ask a person whom a caller left."""
        self._spawn(self._judging.ask(ring.call, ring.escalation, leg))

    async def _join(self, ring: Ring, leg: PersonLeg) -> None:
        """Ring a caller who is gone, for a person who waits; one who hears their last words is let finish.

        A person who puts the telephone down meanwhile has the case all the same; their caller is rung for nobody.
        """
        try:
            if self._live(ring.call) and not await self._still_there(ring, leg):
                _log.warning("person_left_before_caller", call=ring.call)
                await leg.hang_up()
                return
            told = await self._outside.join(ring.call, leg, _RING_CALLER_S)
        except BaseException:
            await leg.hang_up()  # never a person on a line on which nothing is said
            raise
        _log.info("caller_rung_for_person", call=ring.call, outcome=told)
        if told == "taken":
            await self._judging.ask(ring.call, ring.escalation, leg)
        else:
            await self._outside.tell(leg, _NOBODY)

    async def _still_there(self, ring: Ring, leg: PersonLeg) -> bool:
        """Keep a person company until the caller is off the line; tell whether they are still there."""
        over = asyncio.ensure_future(self._off_the_line(ring.call))
        company = asyncio.ensure_future(self._outside.hold(leg, _LAST_WORDS))
        try:
            await asyncio.wait((over, company), return_when=asyncio.FIRST_COMPLETED)
            return over.done()
        finally:
            over.cancel()
            company.cancel()
            for fault in await asyncio.gather(over, company, return_exceptions=True):
                if isinstance(fault, NightbellError):
                    _log.error("person_not_kept_company", call=ring.call, code=fault.code)

    async def _later(self, ring: Ring) -> None:
        """Ring a person again, and then the caller, once the caller has hung up."""
        async with asyncio.timeout(_OVER_S + _RING_CALLER_S * 4):
            await self._off_the_line(ring.call)
            rung = await self._outside.person(ring, _CALL_BACK, _RING_CALLER_S)
        if rung.outcome == "taken" and rung.leg is not None:
            await self._join(ring, rung.leg)  # without a limit: two people talk as long as they like
        else:
            _log.warning("person_not_there_for_call_back", call=ring.call, outcome=rung.outcome)

    async def _off_the_line(self, call: str) -> None:
        for _ in range(int(_OVER_S / _LOOK_S)):
            if not self._live(call):
                return
            await asyncio.sleep(_LOOK_S)

    async def ring_back(self, call: str, number: str, *, reason: Literal["dropped", "missed"]) -> RingBackOutcome:
        """See the port: reached is a key, as everywhere; an answering machine presses none."""
        rung = await self._outside.caller(call, number, reason)
        if rung.leg is not None:
            await rung.leg.hang_up()
        return _REACHED.get(rung.outcome, "no_answer")

    def _spawn(self, work: Coroutine[Any, Any, None] | Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._kept(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _kept(work: Awaitable[None]) -> None:
        """Carry out what duty does not wait for; a fault is told, and the case is still theirs who took it."""
        try:
            await work
        except (NightbellError, TimeoutError) as error:
            _log.error("not_connected", error=type(error).__name__)

    async def aclose(self) -> None:
        """Put everybody down."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
