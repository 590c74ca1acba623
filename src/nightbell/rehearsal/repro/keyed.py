"""Keyed: the keys of a call, which of them are digits of somebody's number, and which digits stand in for those.

A number is what is keyed where the flow takes one, and any four digits or more, each key within the inter-digit
time of the one before, wherever: some prompts invite it, and some callers type ahead. A key of a menu stays as it
is. It writes no sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nightbell.call.effects import Listen, Play, StartTimer
from nightbell.call.events import KeyPressed
from nightbell.rehearsal.repro.way import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nightbell.call.compile import Plan
    from nightbell.records.port import Entry

__all__ = ["Press", "pressed"]

_ENTRY: Final = "entry"
"""Question of a number at which keys are digits."""
_SHORTEST: Final = 4
"""Digits that are a number and no keys of menus."""
_APART_MS: Final = 3000
"""Longest from one digit of a number to the next, unless the flow waits longer: its inter-digit time."""
_NEAR_MS: Final = 1100
"""So near a key of the journal, a tone of the same key is that press (``line.presses``)."""
_KEPT: Final = 3
"""Digits of one number that may stay because no other key does the same there, such as the 0 at its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One key."""

    at_ms: int
    key: str
    instead: str
    """What the script presses; "" for a tone that the call took no notice of, and that is silent now."""
    seq: int = -1
    """Its event; -1 where it is in the sound alone."""
    tone: bool = False
    """It came as a tone in the sound."""
    entry: bool = False
    """It was pressed where the flow takes a number."""
    taken: bool = False
    """It is a digit of somebody's number."""


def pressed(
    journal: Sequence[Entry], heard: Iterable[tuple[int, str]], number: str, plan: Plan | None
) -> tuple[Press, ...]:
    """Return the keys of a call in their order, those of numbers with their stand-ins.

    Args:
        journal: of the call.
        heard: keys that are tones in its sound: milliseconds and key.
        number: digits that are nobody's.
        plan: of the flow that took the call, so that the stand-ins lead the same way; None is not known.
    """
    known = list(_known(journal))
    strays = [
        Press(at_ms=at_ms, key=key, instead=key, tone=True)
        for at_ms, key in heard
        if not any(press.key == key and abs(press.at_ms - at_ms) <= _NEAR_MS for press in known)
    ]
    presses = sorted([*known, *strays], key=lambda press: press.at_ms)
    taken = _numbers(presses, _apart_ms(journal))
    stand_ins = dict(_stand_ins([presses[place] for place in taken], journal, number, plan))
    return tuple(
        replace(press, taken=True, instead=stand_ins.get(press.seq, "")) if place in taken else press
        for place, press in enumerate(presses)
    )


def _known(journal: Sequence[Entry]) -> Iterator[Press]:
    question = ""
    for entry in journal:
        event = entry.event
        if isinstance(event, KeyPressed):
            tone = event.source == "inband"
            at, key = event.audio_ms, event.key
            yield Press(at_ms=at, key=key, instead=key, seq=event.seq, tone=tone, entry=question == _ENTRY)
        for effect in entry.effects:
            if isinstance(effect, Play | Listen):
                question = effect.question


def _apart_ms(journal: Sequence[Entry]) -> int:
    waits = [
        one.ms
        for entry in journal
        for one in entry.effects
        if isinstance(one, StartTimer) and one.timer == "interdigit"
    ]
    return max(_APART_MS, *waits) if waits else _APART_MS


def _numbers(presses: Sequence[Press], apart_ms: int) -> tuple[int, ...]:
    """Return the places of the digits that belong to numbers; # and * between them part none."""
    runs: list[list[int]] = []
    last_ms = -apart_ms
    for place, press in enumerate(presses):
        if not runs or press.at_ms - last_ms > apart_ms:
            runs.append([])
        last_ms = press.at_ms
        if press.key.isdigit():
            runs[-1].append(place)
    return tuple(place for run in runs for place in run if len(run) >= _SHORTEST or presses[place].entry)


def _stand_ins(
    taken: Sequence[Press], journal: Sequence[Entry], number: str, plan: Plan | None
) -> Iterator[tuple[int, str]]:
    """Yield the digit that stands in for each digit of a number, by its event."""
    digits = {press.seq: press for press in taken if press.seq >= 0}
    if not digits:
        return
    way, apart_ms = Way(plan), _apart_ms(journal)
    at = kept = last_ms = 0
    for entry in journal:
        event = entry.event
        if isinstance(event, KeyPressed):
            if event.audio_ms - last_ms > apart_ms:
                at = kept = 0
            last_ms = event.audio_ms
        if not isinstance(event, KeyPressed) or event.seq not in digits:
            way.go(entry)
            if isinstance(event, KeyPressed) and not event.key.isdigit():
                at = 0  # the next digit begins a number again
            continue
        wanted = number[at % len(number)]
        at += 1
        if not digits[event.seq].entry:
            wanted = way.same(entry, wanted, keep=kept < _KEPT)
            kept += wanted == event.key
        way.go(entry, wanted)
        yield event.seq, wanted
