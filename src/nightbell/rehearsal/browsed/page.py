"""Page: the phone page of one call that is rehearsed. Its handset is taken as the script says, by what it shows.

Nobody is rung by a call from the page: a page or a transfer rings the handset beside the caller. So who takes it,
and when, is done there: it is picked up as it rings, the reason is listened to, and the call is taken by 1, or by
3 where the caller still answers questions, whom nobody may cut. All that the page was told is held afterwards
against what happened in the call.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Escalate, Play, Transfer
from nightbell.call.events import EscalationChanged, Heard, KeyPressed, MessageRecorded, TransferEnded
from nightbell.call.step import Hold
from nightbell.rehearsal.telephone import Phone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.script import Fakes, Script
    from nightbell.rehearsal.witness import Witness

__all__ = ["Page", "PagePhone"]

_LOOK_S: Final = 0.05
_BECOMES_S: Final = 10.0
"""Longest that the handset takes to do what it was told to; a reason is made into speech meanwhile."""
_LISTENS_S: Final = 1.0
_TALKS_S: Final = 2.0


class PagePhone(Phone, Protocol):
    """A call from the page; ``bootstrap.stream_caller`` has one."""

    @property
    def told(self) -> Sequence[tuple[str, str]]:
        """What the page was told so far: who, and what."""

    @property
    def handset(self) -> str:
        """How the handset stands: idle, ringing, asking or talking."""

    async def do(self, what: str) -> None:
        """Do something at the handset."""


class Page:
    """One call's; an Observer of what happens in it."""

    def __init__(self, script: Script, flow: Flow, place: Callable[[str], Awaitable[PagePhone]]) -> None:
        """Take what is played on which flow, and what calls, given the name that the line knows the call by."""
        self._fakes = script.fakes
        self._place = place
        self._holds = {step.state for step in compile_flow(flow).steps.values() if isinstance(step, Hold)}
        self._phone: PagePhone | None = None
        self._acting: asyncio.Task[None] | None = None
        self._due_s: float | None = None
        """When the script has the handset taken; None for never."""
        self._through = False
        """It rings for a caller who is put through."""
        self._told: Sequence[tuple[str, str]] = ()

    @property
    def fakes(self) -> Fakes:
        """What the world answers, but for what is done at the handset."""
        return replace(self._fakes, acknowledged_after_ms=None)

    async def call(self, name: str) -> PagePhone:
        """Place the call. Raises LineFailed where it is not taken."""
        self._phone = await self._place(name)
        self._told = self._phone.told
        self._acting = asyncio.create_task(self._act(self._phone), name="handset")
        return self._phone

    async def close(self) -> None:
        """Let go of the handset."""
        if self._acting is not None:
            self._acting.cancel()
            await asyncio.gather(self._acting, return_exceptions=True)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Note when the handset is to be taken."""
        del event, audio_ms
        for effect in effects:
            match effect:
                case Escalate():
                    after_ms = self._fakes.acknowledged_after_ms
                case Transfer():
                    after_ms = self._fakes.transfer_after_ms if self._fakes.transfer == "answered" else None
                case _:
                    continue
            if isinstance(effect, Transfer) or self._due_s is None:
                self._through = isinstance(effect, Transfer)
                self._due_s = time.monotonic() + after_ms / 1000 if after_ms is not None else None

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""

    async def _act(self, phone: PagePhone) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if phone.handset != "ringing" or self._due_s is None or time.monotonic() < self._due_s:
                continue
            await phone.do("up")
            if not await _becomes(phone, "asking"):
                continue
            await asyncio.sleep(_LISTENS_S)
            connects = self._through or self._where() in self._holds
            self._due_s = None
            await phone.do("1" if connects else "3")
            if connects and await _becomes(phone, "talking"):
                await asyncio.sleep(_TALKS_S)
                await phone.do("down")

    def _where(self) -> str:
        return next((text for who, text in reversed(self._told) if who == "way"), "")

    def wrong(self, witness: Witness, *, put_down: bool) -> str:
        """Return what the page was told otherwise than it happened; "" for nothing.

        Args:
            witness: saw the call.
            put_down: the caller hung up, and the page was told no more.
        """
        told = {who: [text for whose, text in self._told if whose == who] for who in (*_happened(witness), "page")}
        for who, wanted in _happened(witness).items():
            found = told[who]
            if found != (wanted[: len(found)] if put_down else wanted):
                return f"the page was told otherwise ({who}): {_first_apart(found, wanted)}"
        asked = sum(isinstance(effect, Escalate | Transfer) for effect in witness.effects)
        if len(told["page"]) != asked and not put_down:
            return f"the page was told of {len(told['page'])} times that a person is asked for, which was {asked}"
        took = any(
            (isinstance(event, EscalationChanged) and event.status == "acknowledged")
            or (isinstance(event, TransferEnded) and event.outcome == "answered")
            for event in witness.events
        )
        if took and not any(who == "handset" for who, _ in self._told):
            return "somebody took the call, and the page's handset told of nothing"
        return ""


def _happened(witness: Witness) -> Mapping[str, Sequence[str]]:
    """Return what the page should have been told."""
    said = sorted(witness.said, key=lambda one: one.start_ms)
    plays = [effect.state for effect in witness.effects if isinstance(effect, Play) and effect.state]
    return {
        "way": witness.states,
        "place": [state for at, state in enumerate(plays) if not at or plays[at - 1] != state],
        "clinic": [one.words for one in said],
        "you": list(_heard(witness.events)),
        "end": [effect.disposition.value for effect in witness.effects if isinstance(effect, Close)],
    }


def _heard(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        match event:
            case KeyPressed(key=key):
                yield f"key {key}"
            case Heard():
                yield event.phrase or event.open_text or event.text or "a sound"
            case MessageRecorded(text=text):
                yield text or "a message"
            case _:
                pass


def _first_apart(found: Sequence[str], wanted: Sequence[str]) -> str:
    at = next((at for at, (one, other) in enumerate(zip(found, wanted, strict=False)) if one != other), -1)
    if at < 0:
        at = min(len(found), len(wanted))
    one, other = (f"{many[at][:80]!r}" if at < len(many) else "nothing" for many in (found, wanted))
    return f"{one}, which was {other}, at {at + 1} of {len(wanted)}"


async def _becomes(phone: PagePhone, state: str) -> bool:
    """Wait until the handset stands so; tell whether it does."""
    for _ in range(round(_BECOMES_S / _LOOK_S)):
        if phone.handset == state:
            return True
        await asyncio.sleep(_LOOK_S)
    return False
