"""OnCallHandset: the telephone of the person on call, played at a terminal. It rings when a page goes out.

Key 1 takes the page, 8 passes it on to the next person, and a handset that nobody touches counts as nobody. Who
takes it reads why they were woken. It rings in real time, tells what it does by a function, and sends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nightbell.call.effects import Escalate, Noted
from nightbell.call.events import CallStarted, Heard, MessageRecorded
from nightbell.rehearsal.reason import reason_of, urgency_of
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.masking import masked, without_numbers

if TYPE_CHECKING:
    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.conversation.world import Escalated, Status, World
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.script import Fakes

__all__ = ["NEXT", "RING_S", "TAKE", "HandsetWorld", "OnCallHandset"]

TAKE: Final = "1"
NEXT: Final = "8"
RING_S: Final = 40.0
"""How long one person's handset rings before the next one's, in seconds: seven rings."""
_ANYBODY: Final = "the clinician on call"


class OnCallHandset:
    """One handset that stands for everybody's; an Observer of the call."""

    def __init__(
        self, flow: Flow, people: Sequence[str], tell: Callable[[str], None], *, ring_s: float = RING_S
    ) -> None:
        """Lay the handset beside the caller.

        Args:
            flow: the flow of the call.
            people: who is rung, one after another; nobody named is "the clinician on call".
            tell: shows one line.
            ring_s: how long each is rung, in seconds.
        """
        self._flow = flow
        self._people = tuple(people) or (_ANYBODY,)
        self._tell = tell
        self._ring_s = ring_s
        self._key: asyncio.Future[str] | None = None
        self._page: Escalate | None = None
        self._taken_by = ""
        self._caller: str | None = None
        self._said = ""
        self._asked: list[str] = []
        self._said_at: dict[int, str] = {}
        """Number of a page to the words that raised it."""

    @property
    def ringing(self) -> bool:
        """Tell whether a key would be taken now."""
        return self._key is not None and not self._key.done()

    @property
    def taken_by(self) -> str:
        """Who took the page; "" for nobody yet."""
        return self._taken_by

    @property
    def unanswered(self) -> bool:
        """Tell whether a page went out that nobody took."""
        return self._page is not None and not self._taken_by

    def press(self, key: str) -> bool:
        """Press a key on the handset; False when it does not ring or knows no such key."""
        if self._key is None or self._key.done() or key not in {TAKE, NEXT}:
            return False
        self._key.set_result(key)
        return True

    async def page(self, effect: Escalate) -> AsyncIterator[Status]:
        """Ring for a page; yield what becomes of it."""
        self._page = effect
        reason = self._reason(effect)
        if self._taken_by:
            self._tell(f"more for {self._taken_by}: {reason}")
            yield "acknowledged"
            return
        if self.ringing:
            self._tell(f"still RINGING, and more urgent: {reason}")
            return
        yield "ringing"
        for who in self._people:
            self._tell(f"RINGING: {who}. {self._flow.clinic.title}: {reason}")
            self._tell(f"at the handset: h{TAKE} takes the call, h{NEXT} passes it on")
            key = await self._wait()
            if key == TAKE:
                self._take(who)
                yield "acknowledged"
                return
            self._tell(f"{who} passed it on" if key == NEXT else f"{who} did not answer")
        self._tell("nobody is left to ring; on a real line the ringing goes on from the top")
        yield "exhausted"

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Remember what whoever is woken should read."""
        del audio_ms
        match event:
            case CallStarted(caller=caller):
                self._caller = caller
            case Heard():
                self._said = without_numbers(event.phrase or event.open_text or event.text or "")
            case MessageRecorded(text=text):
                self._said = without_numbers(text)
            case _:
                self._said = ""
        for effect in effects:
            if isinstance(effect, Escalate):
                self._said_at[effect.n] = self._said
            elif isinstance(effect, Noted) and effect.reason != "universal":
                self._asked.append(_answer(effect, self._said))

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""

    async def _wait(self) -> str:
        """Return the key that is pressed while it rings; "" for none."""
        self._key = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._ring_s):
                return await self._key
        except TimeoutError:
            return ""
        finally:
            self._key = None

    def _take(self, who: str) -> None:
        self._taken_by = who
        self._tell(f"[1] taken by {who}; the ringing stops for everyone. Why you were woken:")
        page = self._page
        number = "withheld" if self._caller is None else f"ends in {masked(self._caller).lstrip('.')}"
        if page is not None:
            self._tell(f"  now:     {urgency_of(self._flow, page)} ({page.disposition.value})")
            self._tell(f"  because: the caller {self._cause(page)}")
        for line in self._asked:
            self._tell(f"  answered {line}")
        self._tell(f"  number:  {number}")

    def _reason(self, effect: Escalate) -> str:
        return f"{urgency_of(self._flow, effect)}. The caller {self._cause(effect)}."

    def _cause(self, effect: Escalate) -> str:
        return reason_of(self._flow, effect, self._said_at.get(effect.n, ""))


class HandsetWorld(ScriptedWorld):
    """The world of a talk: a page rings the handset, all else is as the script's world has it."""

    def __init__(self, real: World, fakes: Fakes, handset: OnCallHandset) -> None:
        super().__init__(real, fakes)
        self._handset = handset

    async def escalate(self, effect: Escalate) -> Escalated:
        """Pass the page on, and let the handset ring for it."""
        return replace(await super().escalate(effect), changes=self._handset.page(effect))


def _answer(noted: Noted, said: str) -> str:
    place = f"{noted.state}, {noted.question}" if noted.question else noted.state
    how = "" if noted.reason in {"speech", "key"} else f" ({noted.reason.replace('_', ' ')})"
    answer = said or noted.answer
    return f"{place}: {answer}{how}".replace("_", " ")
