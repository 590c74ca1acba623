"""RecordedWorld: the world as the records and the clinic's own file know it. Pages and ring-backs are rows only.

The rows were committed with the event that asked for them; nobody is rung from here. Nothing is treated as known
that is not: without treatment data ``treated_14d`` is ``unknown``, and the worst case holds (DESIGN section 4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from nightbell.calendar.hours import OpeningHours
from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.conversation.patients import Patients
from nightbell.conversation.world import Escalated, Past, Transferred
from nightbell.flow.model import Clinic
from nightbell.oncall.promise import PromiseRules, make_promise
from nightbell.oncall.routing import Duty, nobody, route
from nightbell.oncall.treatments import Lately
from nightbell.records.port import Records
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["RecordedWorld", "opening_hours"]

Hours = Callable[[Instant], Literal["open", "closed", "holiday"]]
NextOpening = Callable[[Instant], Instant | None]


def opening_hours(clinic: Clinic) -> OpeningHours:
    """Return a clinic's calendar, as its own file has it."""
    return OpeningHours.of(
        clinic.hours,
        zone=clinic.zone,
        country=clinic.country,
        region=clinic.region,
        closed_on=clinic.closed_on,
    )


class RecordedWorld:
    """The World port over this machine's records."""

    def __init__(
        self,
        clinic: Clinic,
        records: Records,
        *,
        hours: Hours,
        next_opening: NextOpening,
        patients: Patients | None = None,
        duty: Duty = nobody,
    ) -> None:
        """Take what there is to ask.

        Args:
            clinic: its own facts.
            records: this machine's.
            hours: its calendar.
            next_opening: its calendar.
            patients: its list of treatments; None where there is none.
            duty: who is on call, by their keys.
        """
        self._records = records
        self._cover = clinic.cover
        self._patients = patients
        self._duty = duty
        self._hours = hours
        self._next_opening = next_opening
        self._rules = PromiseRules(from_number=clinic.number, zone=clinic.zone, within_ms=dict(clinic.promises_ms))

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """Count this number's calls of the last 96 hours, and look for its treatments."""
        lately = Lately() if self._patients is None else await self._patients.lookup(caller, before)
        found = await self._records.history(clinic, caller, before)
        return Past(
            treated_14d=lately.treated,
            filler_14d=lately.filler,
            treating=lately.clinician,
            route=route(lately.clinician, self._duty(before), self._cover),
            contacts_96h=found.contacts,
            filler_contacts_96h=found.filler,
            silent_96h=found.silent,
            frequent=found.frequent,
        )

    async def hours(self, now: Instant) -> Literal["open", "closed", "holiday"]:
        """Look at the clinic's calendar."""
        return self._hours(now)

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """Make a promise by the clinic's rules."""
        return make_promise(disposition, now, self._rules, next_opening=self._next_opening)

    async def notify(self, effect: Notify) -> bool:
        """Take the committed row as the notice."""
        del effect
        return True

    async def escalate(self, effect: Escalate) -> Escalated:
        """Take the committed row as the page."""
        del effect
        return Escalated()

    async def transfer(self, effect: Transfer) -> Transferred:
        """Connect nobody: this world has no other leg, and the flow says what follows."""
        del effect
        return Transferred(outcome="failed")

    async def ring_back(self, effect: RingBack) -> None:
        """Take the committed row as the ring-back."""
        del effect
