from __future__ import annotations

import pytest

from nightbell.records.contact import is_early, is_worried
from nightbell.records.port import CallRecord, CloseReason
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant


def ended(
    disposition: Disposition | None,
    reason: CloseReason | None,
    *,
    spoke: bool = True,
    screened: bool = False,
    floor: Disposition | None = None,
) -> CallRecord:
    return CallRecord(
        clinic="c", call="x", flow="f", line="l", caller="1", called="2", started=Instant(0), last_at=Instant(0),
        disposition=disposition, reason=reason, spoke=spoke, screened=screened, floor=floor,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "worried", "early"),
    [
        (ended(Disposition.D1, "end", screened=True, floor=Disposition.D1), True, False),
        (ended(Disposition.D3, "end"), True, False),
        (ended(Disposition.DM, "end", floor=Disposition.DM), True, False),
        (ended(Disposition.D4, "end"), False, False),
        (ended(Disposition.D5, "end"), False, False),
        (ended(Disposition.D4, "end", screened=True), True, False),
        (ended(Disposition.D5, "end", screened=True), False, False),
        (ended(Disposition.D5, "hangup", screened=True), True, False),
        (ended(Disposition.D5, "connected", screened=True), False, False),
        (ended(Disposition.D5, "connected"), False, False),
        (ended(Disposition.DU, "connected"), False, False),
        (ended(Disposition.DU, "connected", screened=True), True, False),
        (ended(Disposition.DU, "connected", floor=Disposition.D1), True, False),
        (ended(Disposition.DU, "silent", spoke=False), False, True),
        (ended(Disposition.DU, "hangup", spoke=False), False, True),
        (ended(Disposition.DU, "hangup"), True, True),
        (ended(Disposition.DU, "hangup", screened=True), True, False),
        (ended(Disposition.DU, "interrupted", floor=Disposition.DU), True, False),
        (ended(None, None), False, False),
        (ended(None, None, screened=True), True, False),
        (ended(None, None, floor=Disposition.D0), True, False),
    ],
)
def test_which_calls_count(record: CallRecord, worried: bool, early: bool) -> None:  # noqa: FBT001 - a table
    assert is_worried(record) is worried
    assert is_early(record) is early
