"""Wording: what prompts must not lose between two versions - those that must be heard, that hold, or end a call.

Longer is no loss. Other words of the same meaning cannot be told from a loss here: somebody reads them and names
the prompt (``Slack.reworded``); another number to dial never passes so. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from nightbell.flow.wording import words_of
from nightbell.rehearsal.comparison.shift import Shift, Weight

if TYPE_CHECKING:
    from nightbell.rehearsal.comparison.told import Role, Told

__all__ = ["compare_words"]

_WORD: Final = re.compile(r"\w+(?:['\u2019]\w+)?")
_FACT: Final = re.compile(r"\{\{ (\w+) \}\}")
_NINE: Final = re.compile(r"\bpress (?:nine|9)\b", re.IGNORECASE)
_SHOWN: Final = 8
_SMALL: Final = frozenset(
    words_of(
        "a all also am an and any are as at be been by can for from had has have i if in is it of on or our "
        "please so that the then there they this to us was we were will with would you your"
    )
)
"""Words that carry nothing by themselves."""
_TAKES_BACK: Final = frozenset(
    words_of("don't instead isn't mustn't needn't never no not rather shouldn't unless until won't")
)
"""Words that turn round what is said; one more of them is another meaning."""


def compare_words(
    old: Iterable[Told], new: Iterable[Told], reworded: frozenset[str], *, better_off: bool
) -> Iterator[Shift]:
    """Compare what a call must not lose.

    Args:
        old: what was said under the version in use.
        new: under the version that is to take its place.
        reworded: prompts whose new words somebody has read.
        better_off: the call comes to more care than before, and may leave out what was said on the old way.
    """
    now = tuple(new)
    for was in old:
        yield from _numbers(was, now)
        for role, what in (("must", "must be heard"), ("emergency", "is the emergency words"), ("hold", "holds")):
            if role in was.roles:
                yield from _kept(was, _match(was, role, now), what, reworded, better_off=better_off)
                break
        if "taken" in was.roles:
            yield from _taken(was, now, reworded, better_off=better_off)
        elif "last" in was.roles and "must" not in was.roles and not better_off:
            yield from _net(was, now, reworded)


def _kept(
    was: Told, there: Told | None, what: str, reworded: frozenset[str], *, better_off: bool
) -> Iterator[Shift]:
    if there is None:
        if "must" in was.roles:
            read: Weight = 0 if better_off or was.prompt in reworded else -1
            yield Shift("prompt", f"{was.prompt} {what}, and is not said any more", read)
        return
    if was.dials > there.dials:
        yield Shift("prompt", f"{there.prompt} says to dial the emergency number {_times(was, there)}", -1)
    if not was.cut and there.cut:
        yield Shift("prompt", f"{there.prompt} must be heard, and can be cut off now", -1)
    elif "must" in was.roles and "must" not in there.roles:
        yield Shift("prompt", f"{there.prompt} is not marked must_hear any more; as last words it is heard out")
    found = _lost(was.text, there.text)
    if found:
        yield Shift("prompt", f"{there.prompt} {what}, and {found}", 0 if there.prompt in reworded else -1)


def _taken(was: Told, now: tuple[Told, ...], reworded: frozenset[str], *, better_off: bool) -> Iterator[Shift]:
    there = _match(was, "taken", now)
    if there is None:
        yield Shift("prompt", "who was told that the call is taken is not told any more", 0 if better_off else -1)
        return
    found = _lost(was.text, there.text)
    if found:
        place = was.prompt if was.prompt == there.prompt else f"{there.prompt}, {was.prompt} before"
        told = f"once a person has taken the call ({place}), it {found}"
        elsewhere = better_off and was.prompt != there.prompt
        yield Shift("prompt", told, 0 if elsewhere or there.prompt in reworded else -1)


def _net(was: Told, now: tuple[Told, ...], reworded: frozenset[str]) -> Iterator[Shift]:
    """Compare the safety net: where to go, what to dial or press, and the promise."""
    last = [one for one in now if "last" in one.roles]
    if not last:
        return  # the call ends otherwise, which is told
    gone = [fact for fact in _facts(was) if not any(fact in _facts(one) for one in last)]
    if gone:
        read: Weight = 0 if any(one.prompt in reworded for one in last) else -1
        yield Shift("prompt", f"the last words do not name any more: {', '.join(gone)}", read)


def _numbers(was: Told, now: tuple[Told, ...]) -> Iterator[Shift]:
    """Compare numbers to dial: whatever was read and found as good, a wrong one reaches nobody."""
    named = [one for one in now if one.prompt == was.prompt]
    there = next(iter(named or [one for one in now if one.text == was.text]), None)
    if there is None or not (gone := [number for number in was.numbers if number not in there.numbers]):
        return
    come = [number for number in there.numbers if number not in was.numbers]
    told = f"{' and '.join(come) or 'no number'} to dial, {' and '.join(gone)} before"
    yield Shift("prompt", f"{there.prompt} names {told}", -1)


def _match(was: Told, role: Role, now: tuple[Told, ...]) -> Told | None:
    """Return what stands in its place: of the same name, else of the same words, else for the same thing."""
    if role == "taken":
        for_it = [one for one in now if role in one.roles]
        return min(
            for_it, key=lambda one: (one.prompt != was.prompt, bool(_lost(was.text, one.text))), default=None
        )
    named = [one for one in now if one.prompt == was.prompt]
    alike = [one for one in now if not _lost(was.text, one.text) and one.cut <= was.cut]
    same = [one for one in now if role in one.roles and role != "must"]
    return next(iter((*named, *alike, *same)), None)


def _lost(old: str, new: str) -> str:
    """Return what is lost of a text, as words; "" where nothing is."""
    before, after = _counted(old), _counted(new)
    gone = [word for word in before if before[word] > after[word] and word not in _SMALL]
    if gone:
        more = ", ..." if len(gone) > _SHOWN else ""
        return f"does not say any more: {', '.join(gone[:_SHOWN])}{more}"
    turned = [word for word in after if word in _TAKES_BACK and after[word] > before[word]]
    return f"says now: {', '.join(turned)}" if turned else ""


def _counted(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower().replace("\u2019", "'")))


def _facts(told: Told) -> list[str]:
    found = dict.fromkeys(_FACT.findall(told.text))
    found.pop("clinic", None)
    named = [name.replace("_", " ") for name in found]
    return [
        *named,
        *(["the emergency number"] if told.dials else []),
        *(["key nine"] if _NINE.search(told.text) else []),
    ]


def _times(was: Told, now: Told) -> str:
    return f"{now.dials} times, {was.dials} before" if now.dials else "no more"
