"""Care: how a call came to help under two versions - how it ended, when it asked for whom, how long it held. Pure.

A page counts by its urgency: one that is less urgent and sooner does not stand in for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nightbell.rehearsal.comparison.shift import Shift, Weight
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nightbell.rehearsal.comparison.traits import Traits

__all__ = ["better_off", "compare_care"]

_D1, _D2, _DM, _DU = Disposition.D1, Disposition.D2, Disposition.DM, Disposition.DU
_KINDS: Final[dict[tuple[Disposition, Disposition], tuple[Weight, str]]] = {
    (_DM, _D1): (-1, "a crisis is none any more: its line is not named twice, and this line may hang up"),
    (_D1, _DM): (0, "as urgent, and another kind: it is taken for a crisis"),
    (_D2, _DU): (-1, "what was understood is not any more"),
    (_DU, _D2): (0, "as urgent, and classified now"),
    **{
        (was, _DU): (0, "nobody knows any more what it was about; that it ranks higher is no better end")
        for was in (Disposition.D3, Disposition.D4, Disposition.D5)
    },
}
"""Changes that the order of urgency does not tell: DU says that nothing was found out, DM is care of its own."""
_MINUTE_MS: Final = 60_000
_LATER_MS: Final = _MINUTE_MS
"""How much later a call-back may be promised: times are said to the minute."""
_ROUNDED_MS: Final = 5 * _MINUTE_MS
"""What rounding (``oncall.promise``) adds where it was asked for at another moment."""


def better_off(old: Traits, new: Traits) -> bool:
    """Tell whether a call comes to more care than before, so that it need not go the old way."""
    if _rose(old.disposition, new.disposition):
        return True
    more = _urgency(new) > _urgency(old)
    return more or (new.taken and not old.taken) or (new.put_through and not old.put_through)


def compare_care(old: Traits, new: Traits, slack_ms: int) -> Iterator[Shift]:
    """Compare how a call came to help."""
    yield from _dispositions(old, new)
    yield from _pages(old.pages, new.pages, slack_ms)
    yield from _came("the emergency words begin", old.emergency_ms, new.emergency_ms, slack_ms)
    if old.emergency_done and not new.emergency_done and new.emergency_ms is not None:
        yield Shift("prompt", "the emergency words are not said to their end any more", -1)
    yield from _waits(old, new, slack_ms)
    yield from _endings(old, new)
    yield from _promises(old, new)
    yield from _notices(old, new)


def _dispositions(old: Traits, new: Traits) -> Iterator[Shift]:
    was, now = old.disposition, new.disposition
    if was is now:
        return
    told = f"{was.value if was else 'no end'} before, {now.value if now else 'no end'} now"
    if was is None or now is None:
        yield Shift("disposition", told, -1 if now is None else 1)
    elif (was, now) in _KINDS:
        weighs, why = _KINDS[was, now]
        yield Shift("disposition", f"{told}: {why}", weighs)
    else:
        yield Shift("disposition", told, 1 if now.at_least(was) else -1)


def _pages(
    old: tuple[tuple[Disposition, int], ...], new: tuple[tuple[Disposition, int], ...], slack_ms: int
) -> Iterator[Shift]:
    """Compare the first page, and for each urgency the first page that is as urgent."""
    yield from _came("a person is asked for", _first(old), _first(new), slack_ms)
    if not old or not new:
        return
    for level in sorted({page.rank for page, _ in old} | {page.rank for page, _ in new}):
        urgent = [one for one in old if one[0].rank >= level]
        now = [one for one in new if one[0].rank >= level]
        if urgent == list(old) and now == list(new):
            continue  # the first page tells it
        name = next(page for page, _ in (*old, *new) if page.rank == level).value
        what = f"a person is asked for as urgently as {name}"
        yield from _came(what, _first(urgent), _first(now), slack_ms)


def _waits(old: Traits, new: Traits, slack_ms: int) -> Iterator[Shift]:
    """Compare holds that the line ended: one that a caller ended says nothing of how long it would have been."""
    if old.led_off_ms is None:
        return
    if new.led_off_ms is None:
        if new.hold_ms and not new.put_through:
            yield Shift("action", "who waits is told nothing more: the call ends on hold", -1)
        return
    longer, later = new.hold_ms - old.hold_ms, new.led_off_ms - old.led_off_ms
    # Who came to it sooner may wait for longer, and who came to it later has been asked something more.
    if min(longer, later) > slack_ms:
        yield Shift("timing", f"who waits is told what comes next {min(longer, later) / 1000:.1f} s later", -1)


def _endings(old: Traits, new: Traits) -> Iterator[Shift]:
    if old.put_through and not new.put_through:
        yield Shift("action", "the caller is not put through any more", 0 if better_off(old, new) else -1)
    elif new.put_through and not old.put_through:
        yield Shift("action", "the caller is put through now, and was not before", 1)
    if old.closed != new.closed:
        told = f"closed by {old.closed or 'nothing'} before, by {new.closed or 'nothing'} now"
        worse = new.closed in {"", "failure", "interrupted"}
        yield Shift("action", told, -1 if worse else 0)
    if old.ring_backs != new.ring_backs:
        told = f"{old.ring_backs} ring-backs before, {new.ring_backs} now"
        # Ring-backs of a caller who was dropped only now make up for it, and one who is not any more is owed none.
        more: Weight = 1 if old.closed == new.closed else 0
        fewer: Weight = 0 if old.closed == "hangup" and new.closed in {"end", "connected"} else -1
        yield Shift("action", told, more if new.ring_backs > old.ring_backs else fewer)


def _promises(old: Traits, new: Traits) -> Iterator[Shift]:
    """Compare until when somebody is to ring; nothing that is better makes a later time a good one."""
    was, now = old.promised_ms, new.promised_ms
    if was is None or was == now:
        return
    if now is None:
        yield Shift("action", "no time is promised for a call-back any more", 0 if better_off(old, new) else -1)
        return
    let_pass = _LATER_MS + (_ROUNDED_MS if old.asked_ms != new.asked_ms else 0)
    told = (
        f"the call-back is promised for {abs(now - was) / _MINUTE_MS:.0f} min {'later' if now > was else 'sooner'}"
    )
    if now - was > let_pass:
        yield Shift("timing", told, -1)
    elif was - now > let_pass:
        yield Shift("timing", told)


def _notices(old: Traits, new: Traits) -> Iterator[Shift]:
    """Compare messages that people find on a list: on another list somebody still finds it."""
    if len(new.notices) < len(old.notices):
        gone = Counter(old.notices) - Counter(new.notices)
        told = f"a message goes on no list any more: {', '.join(sorted(gone))}"
        yield Shift("action", told, 0 if better_off(old, new) else -1)


def _came(what: str, old: int | None, new: int | None, slack_ms: int) -> Iterator[Shift]:
    if old is None and new is not None:
        yield Shift("action", f"{what} now, and was not before", 1)
    elif old is not None and new is None:
        yield Shift("action", f"{what} no more", -1)
    elif old is not None and new is not None and abs(new - old) > slack_ms:
        late = new > old
        told = f"{what} {abs(new - old) / 1000:.1f} s {'later' if late else 'sooner'}"
        yield Shift("timing", told, -1 if late else 1)


def _first(pages: Iterable[tuple[Disposition, int]]) -> int | None:
    return next((at_ms for _, at_ms in pages), None)


def _rose(was: Disposition | None, now: Disposition | None) -> bool:
    if was is None or now is None:
        return was is None and now is not None
    return (was, now) not in _KINDS and now.rank > was.rank


def _urgency(traits: Traits) -> int:
    return max((page.rank for page, _ in traits.pages), default=-1)
