"""The world of a rehearsal: the real one behind it, with what the script lays down put in front.

A rehearsal never asks the records for earlier calls: what another script left there must not change this one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from nightbell.conversation.recorded import RecordedWorld, opening_hours
from nightbell.conversation.world import Escalated, Past, Transferred, World
from nightbell.errors import ProviderError

if TYPE_CHECKING:
    from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
    from nightbell.flow.model import Flow
    from nightbell.records.port import Records
    from nightbell.rehearsal.script import Fakes
    from nightbell.terms.disposition import Disposition
    from nightbell.terms.instant import Instant
    from nightbell.terms.promise import Promise

__all__ = ["ScriptedWorld", "clinic_world"]


def clinic_world(flow: Flow, records: Records) -> RecordedWorld:
    """Return the outside as a clinic's own file has it: hours, promises; pages and notices are rows only."""
    hours = opening_hours(flow.clinic)
    return RecordedWorld(flow.clinic, records, hours=hours.state_at, next_opening=hours.next_opening)


def _failed(what: str) -> ProviderError:
    return ProviderError(f"the script says that the {what} fails", provider="script")


class ScriptedWorld:
    """The World port: the script's word where it has one, the real world's where it has none."""

    def __init__(self, real: World, fakes: Fakes) -> None:
        self._real = real
        self._fakes = fakes

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """Return the script's history; nothing earlier unless it says so."""
        del clinic, caller, before
        fakes = self._fakes
        return Past(
            contacts_96h=fakes.contacts_96h,
            filler_contacts_96h=fakes.filler_contacts_96h,
            silent_96h=fakes.silent_96h,
            treated_14d=fakes.treated_14d,
            filler_14d=fakes.filler_14d,
        )

    async def hours(self, now: Instant) -> Literal["open", "closed", "holiday"]:
        """Return the script's hours, or look at the clinic's calendar."""
        if self._fakes.hours == "failed":
            raise _failed("calendar")
        return self._fakes.hours or await self._real.hours(now)

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """Make a promise by the clinic's rules, unless the script says that it cannot be made."""
        if self._fakes.promise == "failed":
            raise _failed("promise")
        return await self._real.promise(disposition, now)

    async def notify(self, effect: Notify) -> bool:
        """Pass the notice on, unless the script says that it fails."""
        if self._fakes.notify == "failed":
            return False
        return await self._real.notify(effect)

    async def escalate(self, effect: Escalate) -> Escalated:
        """Pass the page on, and let somebody take it, or nobody be left, when the script says so."""
        fakes = self._fakes
        if fakes.escalation_fails:
            raise _failed("page")
        made = await self._real.escalate(effect)
        return replace(
            made, taken_after_ms=fakes.acknowledged_after_ms, exhausted_after_ms=fakes.exhausted_after_ms
        )

    async def transfer(self, effect: Transfer) -> Transferred:
        """Let the other leg do what the script says."""
        del effect
        return Transferred(outcome=self._fakes.transfer, after_ms=self._fakes.transfer_after_ms)

    async def ring_back(self, effect: RingBack) -> None:
        """Pass the ring-back on."""
        await self._real.ring_back(effect)
