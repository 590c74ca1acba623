"""Exceptions: ``overrides:``, ``swaps:`` and ``holidays:`` of oncall.yaml. What has no end is refused."""

from __future__ import annotations

from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from nightbell.document.node import Mapping, Scalar
from nightbell.oncall.reading.taking import Taking
from nightbell.oncall.reading.turns import Names
from nightbell.oncall.rota import Holidays, Layer, Override, Swap

__all__ = ["read_holidays", "read_overrides", "read_swaps"]

_OVERRIDE: Final = "such as {layer: first, who: ben, from: 2026-12-24 18:00, to: 2026-12-25 18:00}"
_SWAP: Final = "such as {between: [anna, ben], from: 2026-12-24 18:00, to: 2026-12-25 18:00}"
_HOLIDAY: Final = "such as {layer: first, who: [ben], public: true, days: [2026-12-24]}"
_MORNING: Final = time(8)


def read_overrides(node: Mapping, zone: str, layers: tuple[Layer, ...], names: Names) -> tuple[Override, ...]:
    """Return the overrides that could be read."""
    taking, found = names.taking, []
    for each in taking.items(node.get("overrides"), "overrides", _OVERRIDE):
        taking.only(each, ("layer", "who", "from", "to"))
        layer = _layer(each, layers, taking, needed=_OVERRIDE)
        who = taking.text(each, "who", needed=_OVERRIDE)
        known = names.known(who) if who else None
        span = taking.span(each, ZoneInfo(zone), "an override")
        if layer and known and span:
            found.append(Override(layer=layer, who=known, begins=span[0], ends=span[1]))
    return tuple(found)


def read_swaps(node: Mapping, zone: str, layers: tuple[Layer, ...], names: Names) -> tuple[Swap, ...]:
    """Return the swaps that could be read."""
    taking, found = names.taking, []
    for each in taking.items(node.get("swaps"), "swaps", _SWAP):
        taking.only(each, ("layer", "between", "from", "to"))
        layer = _layer(each, layers, taking, needed="")
        two = taking.names(each.get("between"))
        known = [key for one in two if (key := names.known(one)) is not None]
        if len({one.text for one in two}) != 2 or len(two) != 2:
            taking.fault((each.get("between") or each).place, "NB124", "a swap is between two people", _SWAP)
        span = taking.span(each, ZoneInfo(zone), "a swap")
        if layer is not None and len(set(known)) == 2 and span:
            found.append(Swap(layer=layer, one=known[0], other=known[1], begins=span[0], ends=span[1]))
    return tuple(found)


def read_holidays(
    node: Mapping, zone: str, country: str, layers: tuple[Layer, ...], names: Names
) -> tuple[Holidays, ...]:
    """Return the holidays that could be read."""
    taking, found = names.taking, []
    for each in taking.items(node.get("holidays"), "holidays", _HOLIDAY):
        taking.only(each, ("layer", "who", "days", "public", "hand_over"))
        layer = _layer(each, layers, taking, needed=_HOLIDAY)
        given = taking.names(each.get("who"))
        if not given:
            taking.fault((each.get("who") or each).place, "NB713", "nobody is there on holidays", _HOLIDAY)
        who = tuple(key for one in given if (key := names.known(one)) is not None)
        days = frozenset(day for one in taking.names(each.get("days")) if (day := taking.day(one)) is not None)
        public = _public(each, taking)
        if not days and not public:
            taking.fault(each.place, "NB122", "no days: and not public: true", _HOLIDAY)
        moment = taking.text(each, "hand_over")
        hand_over = taking.time(moment) if moment else _MORNING
        if layer and who and hand_over is not None and (days or public):
            found.append(
                Holidays(
                    layer=layer, who=who, days=days, public=public, country=country, hand_over=hand_over, zone=zone
                )
            )
    return tuple(found)


def _public(each: Mapping, taking: Taking) -> bool:
    given = taking.text(each, "public")
    if given is not None and given.text not in {"true", "false"}:
        taking.fault(given.place, "NB124", f"{given.text!r} is neither true nor false", "write true or false")
    return given is not None and given.text == "true"


def _layer(each: Mapping, layers: tuple[Layer, ...], taking: Taking, *, needed: str) -> str | None:
    """Return a layer's name; empty where none is named and none is needed, None where it is a fault."""
    given: Scalar | None = taking.text(each, "layer", needed=needed)
    if given is None:
        return None if needed or each.get("layer") is not None else ""
    if given.text not in {layer.name for layer in layers}:
        known = ", ".join(layer.name for layer in layers) or "none"
        taking.fault(given.place, "NB720", f"there is no layer {given.text!r}", f"there are: {known}")
        return None
    return given.text
