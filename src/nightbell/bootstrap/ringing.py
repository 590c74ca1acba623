"""Bootstrap of ringing people: a clinic's list, the way out, and what the person who is rung is told.

It joins the dialler to a clinic's world, so that a flow's transfers reach a telephone. Who is on call when is not
known here: a transfer names a person of oncall.yaml, or a role, and a role is everybody in it, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from nightbell.bootstrap.rota import rota_of
from nightbell.bootstrap.trunk import way_out
from nightbell.conversation.ringing import RingingWorld
from nightbell.line.dialler import RingOrder
from nightbell.line.sip.dialler import SipDialler
from nightbell.line.sip.guard import DialGuard
from nightbell.speech.dtmf import DtmfDetector

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Transfer
    from nightbell.conversation.world import World
    from nightbell.line.dialler import Dialler
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.digest import Account
    from nightbell.reception.directory import Entry
    from nightbell.settings import Settings
    from nightbell.speech.port import Voice

__all__ = ["ANSWER_S", "RING_S", "Ringing", "Whispers", "guard_of", "people_of", "ringing_world", "whisper_of"]

RING_S: Final = 20.0
"""How long one person's telephone rings: a mobile's answering machine takes over after some 25 s."""
ANSWER_S: Final = 20.0
"""How long they have for the key: the whisper twice."""


def whisper_of(title: str) -> str:
    """Return what a person who is rung is told; a clinic's title is all that it says of the call."""
    return f"{title}. A caller is waiting for you. To take the call, press one. To pass it on, press two."


def guard_of(entries: Iterable[Entry], country: str) -> DialGuard:
    """Return whom these clinics may ring: the people of their oncall.yaml and nobody else."""
    numbers = {number for entry in entries for number in people_of(entry).values()}
    return DialGuard(numbers=frozenset(numbers), country=country)


class Whispers:
    """What people who are rung for a transfer are told, spoken once for each clinic."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._spoken: dict[str, Samples] = {}

    async def of(self, title: str) -> Samples:
        """Return a clinic's. Raises SynthesisFailed."""
        words = whisper_of(title)
        if words not in self._spoken:
            self._spoken[words] = await self._voice.render(words)
        return self._spoken[words]


def ringing_world(inner: World, people: Mapping[str, str], dialler: Dialler, whisper: Samples) -> World:
    """Return a world whose transfers ring.

    Args:
        inner: answers everything else.
        people: key of each person of the clinic to their number, in the order of the file.
        dialler: rings one of them.
        whisper: what they are told.
    """

    def everybody(role: str) -> Sequence[str]:
        return [role] if role in people else list(people)

    def order(person: str, effect: Transfer) -> RingOrder:
        ring_s = min(RING_S, effect.limit_ms / 1000)
        return RingOrder(person=person, whisper=whisper, ring_s=ring_s, answer_s=ANSWER_S)

    return RingingWorld(inner, dialler, people=everybody, order=order)


class Ringing:
    """Gives a clinic's world the telephones of its people."""

    def __init__(
        self,
        settings: Settings,
        voice: Voice,
        agent: SipAgent,
        engine: RtpEngine,
        *,
        account: Account | None = None,
    ) -> None:
        self._settings = settings
        self._whispers = Whispers(voice)
        self._agent = agent
        self._engine = engine
        self._account = account

    async def world(self, inner: World, entry: Entry) -> World:
        """Return a clinic's world whose transfers ring; the inner one where nothing leads out or nobody is listed.

        Raises:
            SynthesisFailed: the whisper cannot be spoken.
        """
        people = people_of(entry)
        if not self._settings.sip.calls_out or not people:
            return inner
        clinic = entry.flow.clinic
        way = way_out(self._settings, clinic, self._account)
        dialler = SipDialler(self._agent, self._engine, way, people, key_finder=DtmfDetector)
        return ringing_world(inner, people, dialler, await self._whispers.of(clinic.title))


def people_of(entry: Entry) -> dict[str, str]:
    """Return the people who have a number, in the order of the file."""
    rota = rota_of(entry.folder, entry.flow)
    people = rota.people.values() if rota is not None else ()
    return {person.key: person.mobile for person in people if person.mobile}
