"""Alarms: what will be wrong with the rota within a day, while there is time to mend it. Pure.

(rota, now) to alarms; who is told and how often is not decided here. An alarm names layers and people by key.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Literal

from nightbell.oncall.person import BY_HAND, MethodKind
from nightbell.oncall.rota import Rota
from nightbell.oncall.timeline import timeline
from nightbell.terms.instant import Instant

__all__ = ["AHEAD_MS", "Alarm", "alarms", "uncarried"]

AHEAD_MS: Final = 24 * 3_600_000
"""How long before a gap somebody must know (clinical.md R23)."""
_FEWEST: Final = 2
"""Reachable people behind a line that promises full cover (clinical.md R23)."""

Kind = Literal["gap", "unreachable", "pool_empty", "alone", "nobody", "uncarried"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Alarm:
    """Something that will be wrong."""

    begins: Instant
    kind: Kind
    layer: str
    """The layer; empty where it is about the rota as a whole."""
    who: str = ""
    """The person it is about, by key."""
    how: str = ""
    """The way that it is about, where it is about one."""

    @property
    def sentence(self) -> str:
        """What is wrong, in words that hold nothing private."""
        return {
            "gap": f"nobody is on call in {self.layer!r}",
            "unreachable": f"{self.who!r} is on the rota and has no telephone, or is not among the people",
            "pool_empty": "the last resort has nobody who can be rung",
            "alone": "one person stands in every layer: nobody is behind them",
            "nobody": "nobody can be rung at all",
            "uncarried": f"nothing carries {self.how} to {self.who!r}: set [channels.{self.how}]",
        }[self.kind]


def uncarried(rota: Rota, carried: AbstractSet[MethodKind]) -> tuple[tuple[str, MethodKind], ...]:
    """Return who is to be reached by a message that nobody carries: key of the person, and the way.

    Args:
        rota: with its people.
        carried: the ways of messages that this installation has.
    """
    return tuple(
        (person.key, kind)
        for person in rota.people.values()
        for kind in dict.fromkeys(method.kind for method in person.methods)
        if kind != BY_HAND and kind not in carried
    )


def alarms(
    rota: Rota, now: Instant, *, ahead_ms: int = AHEAD_MS, carried: AbstractSet[MethodKind] | None = None
) -> tuple[Alarm, ...]:
    """Return what is wrong now or will be within ``ahead_ms``, the soonest first.

    Args:
        rota: the rota.
        now: the present.
        ahead_ms: how far to look.
        carried: the ways of messages that this installation has; None does not look at them.
    """
    found = set(_of_people(rota, now))
    if carried is not None:
        found |= {
            Alarm(begins=now, kind="uncarried", layer="", who=who, how=kind)
            for who, kind in uncarried(rota, carried)
        }
    if not any(person.reachable for person in rota.people.values()):
        return tuple(sorted({Alarm(begins=now, kind="nobody", layer="")}))
    if not rota.pool:
        found.add(Alarm(begins=now, kind="pool_empty", layer=""))
    stretches = timeline(rota, now, now.plus(ms=ahead_ms))
    for stretch in stretches:
        if not stretch.duty.who:
            found.add(Alarm(begins=stretch.begins, kind="gap", layer=stretch.duty.layer))
    if rota.cover == "full":
        for edge in sorted({stretch.begins for stretch in stretches}):
            there = {each.duty.who for each in stretches if each.begins <= edge < each.ends and each.duty.who}
            if len(there | set(rota.pool)) < _FEWEST:
                found.add(Alarm(begins=edge, kind="alone", layer=""))
                break
    return tuple(sorted(found))


def _of_people(rota: Rota, now: Instant) -> set[Alarm]:
    """Return who is named and cannot be rung; nobody of them is ever the answer of a layer."""
    named: set[tuple[str, str]] = set()
    for layer in rota.layers:
        for rotation in layer.rotations:
            if hasattr(rotation, "people"):
                named |= {(layer.name, key) for key in rotation.people}
            else:
                named |= {(layer.name, shift.who) for shift in rotation.shifts if shift.ends > now}
    named |= {(each.layer, each.who) for each in rota.overrides if each.ends > now}
    named |= {("last_resort", key) for key in rota.last_resort}
    return {
        Alarm(begins=now, kind="unreachable", layer=layer, who=key) for layer, key in named if not rota.person(key)
    }
