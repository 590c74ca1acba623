"""Contact: which earlier calls count when the same number rings again (clinical.md row 7, safety rule 6). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nightbell.records.port import CallRecord, History
from nightbell.terms.disposition import Disposition
from nightbell.terms.product import may_be_filler

__all__ = ["FREQUENT_CALLS", "FREQUENT_WINDOW_MS", "history_of", "is_about_filler", "is_early", "is_worried"]

FREQUENT_CALLS: Final = 6
"""Calls in a year from which on a caller is frequent: 0.6 % of patients made so many, and 23 % of all calls
(Hildebrandt and Westfall, "Reasons for after-hours calls", J Fam Pract 2002). It is told to people and screens
nobody less: frequent callers have eight times as many hospital stays (Ann Fam Med 2004; 2:546)."""
FREQUENT_WINDOW_MS: Final = 365 * 24 * 3600 * 1000

_WORRIED = frozenset(
    {Disposition.D0, Disposition.D1, Disposition.DM, Disposition.D2, Disposition.D3, Disposition.DU}
)
_PROPER: Final = frozenset({"end", "connected"})
"""How a call comes to its proper end: by its last words, or by a person who talked with the caller."""


def is_worried(record: CallRecord) -> bool:
    """Tell whether a call was a worried contact.

    It was when it was escalated, ended as D0 to D3, DM or DU, or was asked a screen's question; it was not
    when it was silent, when the caller was gone before saying or pressing anything, or when a screen of the
    booking lane was passed and the call came to its proper end as administration (D5): otherwise two
    bookings would page.
    """
    if record.floor is not None:
        return True
    if record.reason == "silent" or (record.reason == "hangup" and not record.spoke and not record.screened):
        return False
    if record.reason == "connected" and not record.screened:
        return False  # reception answered; what it was about, the clinic knows
    if record.disposition in _WORRIED:
        return True
    return record.screened and not (record.disposition is Disposition.D5 and record.reason in _PROPER)


def is_early(record: CallRecord) -> bool:
    """Tell whether a call was silent, or dropped before any screen and before anybody was paged."""
    if record.reason == "silent":
        return True
    return record.reason == "hangup" and not record.screened and record.floor is None


def is_about_filler(record: CallRecord) -> bool:
    """Tell whether a call was about filler; one about a product that is not known was."""
    return may_be_filler(record.product)


def history_of(records: Iterable[CallRecord], *, in_year: int = 0) -> History:
    """Count earlier calls.

    Args:
        records: those within the window, the newest first.
        in_year: how many calls there were in the last year, this one left out.
    """
    earlier = list(records)
    worried = [record for record in earlier if is_worried(record)]
    return History(
        contacts=len(worried),
        filler=sum(map(is_about_filler, worried)),
        frequent=in_year + 1 >= FREQUENT_CALLS,
        silent=sum(map(is_early, earlier)),
        dispositions=tuple(record.disposition for record in earlier if record.disposition is not None),
    )
