"""LastAlarm: tells people behind the line by every way there is, without the records and without a ladder.

For what no ladder can handle: nobody to page, a missed promise, an escalation that is stuck, records that cannot
be written. Everybody who answers for a clinic is told: its admins, else its last resort. It never raises.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from nightbell.channels.delivery import Patience, deliver
from nightbell.channels.port import Message
from nightbell.channels.wording import Template, code_of, words
from nightbell.escalation.port import Alarm, Channels, Dialler, Ring
from nightbell.escalation.rotas import Rotas
from nightbell.oncall.person import BY_HAND, Person
from nightbell.terms.disposition import Disposition

__all__ = ["LastAlarm"]

_LIMIT_S: Final = 120.0
"""Longest that one alarm may take."""
_RING_MS: Final = 45_000
_RUNG: Final = frozenset({"exhausted", "stuck", "unsent", "self_test"})
"""What is worth a telephone that rings: somebody waits and nobody comes, or nobody can even ring."""
_TEMPLATES: Final[dict[str, Template]] = {
    "missed": "missed",
    "self_test": "self_test",
    "rota": "look",
    "auditor_dead": "look",
    "fenced": "look",
}

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class LastAlarm:
    """The AlarmBell port over the channels and the telephone."""

    rotas: Rotas
    channels: Channels
    dialler: Dialler | None = None
    sounded: list[Alarm] = field(default_factory=list)

    async def sound(self, alarm: Alarm) -> None:
        """See the port."""
        self.sounded = [*self.sounded[-99:], alarm]
        _log.error("alarm", kind=alarm.kind, clinic=alarm.clinic, escalation=alarm.escalation)
        clinics = [alarm.clinic] if alarm.clinic in self.rotas.clinics else list(self.rotas.clinics)
        work = [self._tell(alarm, clinic, person) for clinic in clinics for person in self._people(clinic)]
        try:
            async with asyncio.timeout(_LIMIT_S):
                for told in await asyncio.gather(*work, return_exceptions=True):
                    if isinstance(told, Exception):
                        _log.error("alarm.not_told", kind=alarm.kind, error=type(told).__name__)
        except TimeoutError:
            _log.error("alarm.late", kind=alarm.kind)

    def _people(self, clinic: str) -> list[Person]:
        rota = self.rotas.of(clinic)
        admins = [person for person in rota.people.values() if person.role == "admin"]
        return admins or [rota.people[key] for key in rota.pool]

    async def _tell(self, alarm: Alarm, clinic: str, person: Person) -> None:
        disposition = alarm.disposition or Disposition.DU
        said = words(
            _TEMPLATES.get(alarm.kind, "alarm"),
            clinic=self.rotas.title(clinic),
            disposition=disposition,
            code=code_of(alarm.escalation) if alarm.escalation else alarm.kind.upper()[:4],
        )
        page = f"alarm/{alarm.kind}.{alarm.at.ms}.{person.key}"
        for method in person.methods:
            channel = self.channels.get(method.kind)
            if channel is not None:
                message = Message(id=page, to=method.address, subject=said.subject, text=said.text, urgent=True)
                await deliver(channel, message, Patience(pauses_s=(1.0, 4.0)))
            elif method.kind == BY_HAND and self.dialler is not None and alarm.kind in _RUNG:
                await self.dialler.ring(
                    Ring(
                        page=page,
                        escalation=alarm.escalation,
                        call="",
                        clinic=clinic,
                        number=method.address,
                        whisper=said.text,
                        pin=person.pin,
                        ring_ms=_RING_MS,
                    ),
                    _nothing_to_take,
                )


async def _nothing_to_take(how: str) -> bool:
    """An alarm is heard, not taken: the ladder goes on until its own page is."""
    del how
    return False
