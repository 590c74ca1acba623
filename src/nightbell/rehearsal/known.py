"""Known: failures that somebody has taken on, with a name and a last day. It excuses; it never hides.

What keeps a caller safe cannot be known to fail: a script of a red flag or of an urgent end takes no such note,
and no guard against a false green can be excused by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from nightbell.rehearsal.expectations import Failure, FailureKind
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

__all__ = ["EXCUSABLE", "LONGEST", "Known", "on_a_safety_edge", "settle"]

EXCUSABLE: Final = (
    FailureKind.DISPOSITION,
    FailureKind.STATES_ORDER,
    FailureKind.FORBIDDEN_STATE,
    FailureKind.FINAL_STATE,
    FailureKind.PAGED_NEEDLESSLY,
    FailureKind.RING_BACKS,
    FailureKind.TURNS,
    FailureKind.HEARD_OTHERWISE,
    FailureKind.TIMING,
)
"""What may fail for a while: not a page, not the emergency words, and none of the guards."""
LONGEST: Final = timedelta(days=180)
"""For so long at most something is excused: a note without an end would hide it."""
_CALM: Final = (Disposition.D3, Disposition.D4, Disposition.D5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A failure that is known."""

    owner: str
    until: date
    """The last day on which it is excused."""
    kinds: tuple[FailureKind, ...]
    why: str


def on_a_safety_edge(
    *, wanted: Disposition | None, red_flag: bool, paged: bool | None, emergency: bool | None, names: str = ""
) -> str:
    """Return why a script must never be known to fail; "" where it may.

    ``names`` is what it expects of that which keeps a caller safe, as ``naming`` finds it.
    """
    if red_flag:
        return "the script holds a red flag"
    if wanted not in _CALM:
        return f"the call must end as {wanted.value if wanted is not None else 'something urgent'}"
    if paged:
        return "somebody must be paged"
    if emergency:
        return "the emergency words must be said"
    return f"{names} is expected, which keeps a caller safe" if names else ""


def settle(
    failures: Sequence[Failure], known: Known | None, today: date, *, heard: bool = True
) -> tuple[tuple[Failure, ...], tuple[Failure, ...]]:
    """Part what fails a call from what is known and excused.

    Args:
        failures: of the call.
        known: the note.
        today: the day of the rehearsal.
        heard: the call was played as its script is meant. One with sound that is played in writing is not: nothing
            is misheard or late there, and what does not fail may fail as ever.

    Returns:
        Failures and excused failures. A note that is out of date, or that nothing fails by any more, is a failure.
    """
    if known is None:
        return tuple(failures), ()
    if today > known.until:
        detail = f"{known.owner} was to mend it by {known.until.isoformat()}: {known.why}"
        return (*failures, Failure(FailureKind.KNOWN_EXPIRED, detail)), ()
    excused = tuple(failure for failure in failures if failure.kind in known.kinds)
    left = tuple(failure for failure in failures if failure.kind not in known.kinds)
    return (*left, *(_stale(known, excused) if heard else ())), excused


def _stale(known: Known, excused: Iterable[Failure]) -> Iterable[Failure]:
    found = {failure.kind for failure in excused}
    for kind in known.kinds:
        if kind not in found:
            detail = f"{kind.value} does not fail any more: take it out of known_failure"
            yield Failure(FailureKind.KNOWN_MENDED, detail)
