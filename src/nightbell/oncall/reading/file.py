"""File: oncall.yaml as a whole, to a Rota and every fault it has.

A file that names only people is a rota too: the first one is rung first, the second one second, then all. Who is
not read is nobody, and a rota is returned whatever the faults, because whoever can be paged must be. A fault never
holds a number. The page for owners is docs/oncall.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final

from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.document.node import Mapping, Scalar, Sequence
from nightbell.document.reader import read
from nightbell.oncall.ladder import COORDINATOR, DEFAULTS, LAST_RESORT, TREATING, Ladder, Rung
from nightbell.oncall.person import Person
from nightbell.oncall.reading.exceptions import read_holidays, read_overrides, read_swaps
from nightbell.oncall.reading.people import read_people
from nightbell.oncall.reading.taking import Taking
from nightbell.oncall.reading.turns import Names, read_layers, read_rotations, zone_at
from nightbell.oncall.rota import Cover, Layer, Rota
from nightbell.oncall.rotation import Repeating
from nightbell.terms.disposition import Disposition

__all__ = ["OncallFile", "read_oncall"]

_KEYS: Final = (
    "people", "zone", "rotations", "layers", "overrides", "swaps", "holidays", "coordinator", "last_resort",
    "ladders",
)  # fmt: skip
_RUNGS: Final = "such as D1: [treating 45s, first 45s, second 45s, last_resort 45s]"
_ALWAYS: Final = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class OncallFile:
    """What could be read, and what is wrong."""

    rota: Rota
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody in the file, in its order."""
        return tuple(self.rota.people.values())

    @property
    def private(self) -> tuple[str, ...]:
        """Names and numbers that no caller may hear."""
        return tuple(part for person in self.people for part in (person.name, person.mobile) if part)


def read_oncall(text: str, file: str, country: str, *, zone: str = "UTC", cover: Cover = "full") -> OncallFile:
    """Read oncall.yaml.

    Args:
        text: the file's text.
        file: its name, as faults shall show it.
        country: ISO 3166 alpha-2, for numbers without a country code and for public holidays.
        zone: the clinic's zone, where the file names none.
        cover: what clinic.yaml says of who stands behind the first.

    Returns:
        The rota as far as it could be read, and every fault.
    """
    root, found = read(text, file)
    if root is None:
        return OncallFile(Rota(zone=zone, cover=cover), found)
    taking = Taking(list(found))
    taking.only(root, _KEYS)
    people = read_people(root, country, taking)
    names = Names(people, taking)
    there = zone_at(root, zone, taking)
    layers = read_layers(root, read_rotations(root, there, names), taking)
    if root.get("rotations") is None and root.get("layers") is None:
        layers = _in_order_of_the_file(people, there)
    rota = Rota(
        zone=there,
        cover=cover,
        people=people,
        layers=layers,
        overrides=read_overrides(root, there, layers, names),
        swaps=read_swaps(root, there, layers, names),
        holidays=read_holidays(root, there, country, layers, names),
        coordinator=_coordinator(root, names),
        last_resort=_last_resort(root, names),
    )
    rota = replace(rota, ladders=dict(_ladders(root, rota, taking)))
    _enough(root, rota, taking)
    return OncallFile(rota, in_order(taking.faults))


def _in_order_of_the_file(people: dict[str, Person], zone: str) -> tuple[Layer, ...]:
    able = [key for key, person in people.items() if person.reachable and person.role == "clinician"]
    return tuple(
        Layer(
            name=name,
            rotations=(
                Repeating(name=name, people=(key,), days=1, anchor=_ALWAYS, hand_over=time(12), zone=zone),
            ),
        )
        for name, key in zip(("first", "second"), able, strict=False)
    )


def _coordinator(root: Mapping, names: Names) -> str:
    given = names.taking.text(root, "coordinator")
    return (names.known(given, rung=False) or "") if given is not None else ""


def _last_resort(root: Mapping, names: Names) -> tuple[str, ...]:
    given = root.get("last_resort")
    if given is None:
        return tuple(key for key, person in names.people.items() if person.reachable)
    there = names.taking.names(given)
    if not there:
        hint = "name people, or a human answering service; left out, it is everybody"
        names.taking.fault(given.place, "NB715", "the last resort is nobody", hint)
    return tuple(key for each in there if (key := names.known(each)) is not None)


def _ladders(root: Mapping, rota: Rota, taking: Taking) -> Iterator[tuple[Disposition, Ladder]]:
    given = root.get("ladders")
    if given is None:
        return
    if not isinstance(given, Mapping):
        taking.fault(given.place, "NB123", "'ladders' must be a mapping", _RUNGS)
        return
    for key, value in given.items:
        if key.text not in set(Disposition):
            known = ", ".join(Disposition)
            taking.fault(key.place, "NB722", f"{key.text!r} is no disposition", f"one of {known}")
            continue
        if not isinstance(value, Sequence) or not value.items:
            taking.fault(value.place, "NB722", "a ladder is a list of whom to ring and for how long", _RUNGS)
            continue
        rungs = [rung for each in value.items if (rung := _rung(each, rota, taking)) is not None]
        if len(rungs) == len(value.items):
            yield Disposition(key.text), replace(DEFAULTS[Disposition(key.text)], rungs=tuple(rungs))


def _rung(node: object, rota: Rota, taking: Taking) -> Rung | None:
    if not isinstance(node, Scalar):
        taking.fault(getattr(node, "place", Place("")), "NB722", "a rung is whom to ring and for how long", _RUNGS)
        return None
    words = node.text.split()
    if len(words) != 2:
        taking.fault(node.place, "NB722", f"{node.text!r} is no rung", _RUNGS)
        return None
    known = {TREATING, COORDINATOR, LAST_RESORT, *(layer.name for layer in rota.layers), *rota.people}
    if words[0] not in known:
        hint = f"a layer, a person, {TREATING}, {COORDINATOR} or {LAST_RESORT}"
        taking.fault(node.place, "NB720", f"there is no {words[0]!r} to ring", hint)
        return None
    wait = taking.duration(node, words[1])
    return Rung(words[0], wait) if wait is not None else None


def _enough(root: Mapping, rota: Rota, taking: Taking) -> None:
    """Hold the file against what the clinic promises: somebody, and unless it says solo somebody else behind."""
    able = [person for person in rota.people.values() if person.reachable]
    if taking.faults:
        return  # who could not be read may be the one who is missing
    place = (root.key("people") or root).place
    if not able and rota.cover != "none":
        taking.fault(place, "NB714", "nobody here has a telephone", "give somebody a mobile:")
    elif len(able) == 1 and rota.cover == "full":
        hint = "add a second person or an answering service, or say cover: solo in clinic.yaml"
        taking.fault(place, "NB721", "one person alone, where clinic.yaml says cover: full", hint)
    elif not rota.layers and rota.cover != "none":
        taking.fault(place, "NB713", "nobody is on call", "add rotations:, or a clinician with a mobile:")
