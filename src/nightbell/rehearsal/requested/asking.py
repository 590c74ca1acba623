"""Asking: one script against a line that another process serves, by signed requests alone, followed by its feed.

The call's time is its own (``stepped``): the carrier says how far it has come before each request, so that a call
takes as long as its answers do. Once in a while, by the script's name, an answer is lost and asked for again.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from typing import TYPE_CHECKING, Final, Protocol

from nightbell.call.compile import compile_flow
from nightbell.call.events import EscalationChanged, TransferEnded
from nightbell.call.step import TakeMessage
from nightbell.errors import LineFailed, NightbellError
from nightbell.line.webhook.told import Gather, HangUp, Join, Record, Redirect, Reject
from nightbell.rehearsal.expectations import Evidence
from nightbell.rehearsal.follower import Follower
from nightbell.rehearsal.requested.obeying import Asks, Obeying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nightbell.conversation.observer import Observer
    from nightbell.line.webhook.carrier import RequestedCall
    from nightbell.line.webhook.told import Told
    from nightbell.rehearsal.caller import ScriptedCaller
    from nightbell.rehearsal.requested.side import CallerSide
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.witness import Witness

__all__ = ["People", "ask_through"]

_WALL_S: Final = 120.0
"""Longest that one call may take, whatever its own time."""
_CLOSED_S: Final = 10.0
_REPEATS: Final = 0.15
"""Share of the requests whose answer is lost on its way."""


class People(Protocol):
    """Whom a line rings at its carrier; ``line.webhook.exchange.CarrierExchange`` is one."""

    async def meets(self, room: str) -> None:
        """Bring a caller into a conference. Raises LineFailed: nobody waits there."""

    async def leaves(self, room: str) -> None:
        """Have the person in a conference put their telephone down."""

    def keeps(self, sid: str, lasts_ms: int) -> None:
        """Have a recording to be fetched."""


async def ask_through(
    script: Script,
    place: Callable[[str | None, str], RequestedCall],
    feed: Path,
    *,
    side: CallerSide,
    caller: ScriptedCaller,
    witness: Witness,
    observers: Sequence[Observer],
    people: People | None = None,
) -> tuple[Evidence, tuple[str, ...]]:
    """Place the call, play the script; return what it left behind, and what the caller did that no carrier hears.

    Args:
        script: what is played.
        place: given the caller's number and the name to show, gives a carrier's end of a call.
        feed: where the served line's calls are followed.
        side: the caller's side.
        caller: plays the script on it; one of the observers, as is the witness.
        witness: keeps what is judged.
        observers: told what happens in the served process.
        people: whom the line rings at the carrier; None where it rings nobody.
    """
    token, crash = f"rehearsal-{secrets.token_hex(6)}", ""
    lost: list[str] = []
    follower = Follower(feed, token=token, now=script.now, fakes=script.fakes, observers=observers, stepped=True)
    try:
        async with follower, asyncio.timeout(_WALL_S):
            following = asyncio.create_task(follower.run(), name="follow")
            try:
                run = _Run(script, place(script.caller, token), follower, side, caller, witness, people)
                lost = run.lost
                await run.to_its_end()
                await asyncio.wait({following}, timeout=_CLOSED_S)
                if not following.done():
                    crash = "the served line did not close the call"
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
    except TimeoutError:
        crash = f"the call did not end within {_WALL_S:g} s"
    except NightbellError as error:
        crash = str(error)
    witness.finish()
    evidence = Evidence(
        script=script,
        witness=witness,
        turns=caller.turns,
        unused=caller.unused,
        responses=(),
        disposition=follower.disposition,
        loudest_dbfs=side.loudest_dbfs,
        sound=side.heard,
        crash=crash,
    )
    return evidence, tuple(lost)


class _Run:
    """One call under way."""

    def __init__(  # noqa: PLR0917
        self,
        script: Script,
        call: RequestedCall,
        follower: Follower,
        side: CallerSide,
        caller: ScriptedCaller,
        witness: Witness,
        people: People | None,
    ) -> None:
        self._script = script
        self._call = call
        self._follower = follower
        self._people = people
        self._met = False
        self._asked_ms = (0, 0)
        """When the line was asked before the last time, and the last time."""
        self._witness = witness
        self._caller = caller
        self._side = side
        self._chance = random.Random(script.name)  # noqa: S311 - which request comes twice is no secret
        self._obeying = Obeying(side, fetch=call.fetch, heard_out=self._heard_out)
        steps = compile_flow(witness.flow).steps.values()
        self._messages = {step.state for step in steps if isinstance(step, TakeMessage)}

    @property
    def lost(self) -> list[str]:
        """What the caller did until now and no carrier hears."""
        return self._obeying.lost

    async def to_its_end(self) -> None:
        """Ask and obey until somebody puts the phone down."""
        await self._follower.move(0)
        told = await self._call.begin()
        while True:
            await self._follower.move(self._obeying.now_ms)
            if self._obeying.now_ms > self._script.limit_ms:
                raise LineFailed(
                    f"the call did not end within {self._script.limit_ms // 1000} s", provider="webhook"
                )
            asks = await self._obey(told)
            if asks is None:
                self._hold_met()
                return
            await self._follower.move(self._obeying.now_ms)
            if asks.keeps is not None and self._people is not None:
                self._people.keeps(*asks.keeps)
            for url, what in asks.tells:
                await self._call.tell(url, what)
            if asks.gone:
                await self._call.gone()
                return
            again = self._chance.random() < _REPEATS
            self._asked_ms = self._asked_ms[1], self._obeying.now_ms
            told = await self._call.ask(asks.url, asks.did, again=again)

    async def _obey(self, told: Told) -> Asks | None:
        match told:
            case Gather():
                return await self._obeying.gather(told)
            case Record():
                return self._obeying.record(told)
            case Join():
                return await self._meet(told)
            case Redirect():
                return Asks(url=told.next)
            case HangUp():
                return None
            case Reject():
                raise LineFailed("the line does not take the call", provider="webhook")

    async def _meet(self, told: Join) -> Asks:
        """Have the caller and a person talk; who leaves first ends it for both."""
        if self._people is None:
            raise LineFailed("a conference, and nobody was rung", provider="webhook")
        await self._people.meets(told.room)
        self._met = True
        asks = self._obeying.join(told)
        if not asks.gone:
            await self._people.leaves(told.room)
        return asks

    def _hold_met(self) -> None:
        """Hold the line to having brought the caller and who took the call together, before it put the phone down.

        Who took it when there was one answer left to give took it too late: the call was at its end.

        Raises:
            LineFailed: it did not.
        """
        taken = any(
            (isinstance(event, TransferEnded) and event.outcome == "answered")
            or (isinstance(event, EscalationChanged) and event.status == "acknowledged")
            for event in self._witness.events
            if event.audio_ms < self._asked_ms[0]
        )
        if taken and self._people is not None and not self._met:
            raise LineFailed("who took the call never met the caller", provider="webhook")

    def _heard_out(self) -> None:
        """Have the caller answer; a message is begun after its tone, which the line tells of."""
        if self._caller.state not in self._messages:
            self._caller.heard_out()
