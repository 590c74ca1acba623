"""Contact: which earlier calls count when the same number rings again (clinical.md row 7, safety rule 6). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from nightbell.records.port import CallRecord, History
from nightbell.terms.disposition import Disposition

__all__ = ["history_of", "is_early", "is_worried"]

_WORRIED = frozenset(
    {Disposition.D0, Disposition.D1, Disposition.DM, Disposition.D2, Disposition.D3, Disposition.DU}
)


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
    if record.disposition in _WORRIED:
        return True
    return record.screened and not (record.disposition is Disposition.D5 and record.reason == "end")


def is_early(record: CallRecord) -> bool:
    """Tell whether a call was silent, or dropped before any screen and before anybody was paged."""
    if record.reason == "silent":
        return True
    return record.reason == "hangup" and not record.screened and record.floor is None


def history_of(records: Iterable[CallRecord]) -> History:
    """Count earlier calls, given the newest first."""
    earlier = list(records)
    return History(
        contacts=sum(map(is_worried, earlier)),
        silent=sum(map(is_early, earlier)),
        dispositions=tuple(record.disposition for record in earlier if record.disposition is not None),
    )
