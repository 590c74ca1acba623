"""The world of a rehearsal: the real one behind it, with what the script lays down put in front.

A rehearsal never asks the records for earlier calls: what another script left there must not change this one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from nightbell.conversation.world import Escalated, Past, World

if TYPE_CHECKING:
    from nightbell.call.effects import Escalate, Notify, RingBack
    from nightbell.rehearsal.script import Fakes
    from nightbell.terms.disposition import Disposition
    from nightbell.terms.instant import Instant
    from nightbell.terms.promise import Promise

__all__ = ["ScriptedWorld"]


class ScriptedWorld:
    """The World port; only earlier calls and the person who takes the page are the script's."""

    def __init__(self, real: World, fakes: Fakes) -> None:
        self._real = real
        self._fakes = fakes

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """Return the script's history; nothing earlier unless it says so."""
        del clinic, caller, before
        fakes = self._fakes
        return Past(contacts_96h=fakes.contacts_96h, silent_96h=fakes.silent_96h, treated_14d=fakes.treated_14d)

    async def hours(self, now: Instant) -> Literal["open", "closed", "holiday"]:
        """Look at the clinic's calendar."""
        return await self._real.hours(now)

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """Make a promise by the clinic's rules."""
        return await self._real.promise(disposition, now)

    async def notify(self, effect: Notify) -> bool:
        """Pass the notice on."""
        return await self._real.notify(effect)

    async def escalate(self, effect: Escalate) -> Escalated:
        """Pass the page on, and let somebody take it when the script says so."""
        made = await self._real.escalate(effect)
        return replace(made, taken_after_ms=self._fakes.acknowledged_after_ms)

    async def ring_back(self, effect: RingBack) -> None:
        """Pass the ring-back on."""
        await self._real.ring_back(effect)
