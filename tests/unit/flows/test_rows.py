"""Every row of the triage table has calls at every clinic that answers it, and they end as the table says."""

from __future__ import annotations

from typing import Any, Final

import pytest
from ruamel.yaml import YAML
from tests.unit.flows.clinics import FLOWS, ROWS

TABLE: Final = {
    1: {"D0"},
    2: {"D0"},
    3: {"D1"},
    4: {"D1"},
    5: {"D1"},
    6: {"D1", "D2"},
    7: {"D1"},
    8: {"D0", "D1"},
    9: {"D0", "D1"},
    10: {"D0", "D4"},
    11: {"D1", "D3"},
    12: {"D2", "D3"},
    13: {"D3", "D4"},
    14: {"D0", "D1", "D4"},
    15: {"D0"},
    16: {"D1", "D2", "D3", "D4"},
    17: {"D0", "D1"},
    18: {"D0", "D1"},
    19: {"D0", "D3"},
    20: {"D0", "D2"},
    21: {"D0", "D1", "D3"},
    22: {"D0", "D2"},
    23: {"D0"},
    24: {"D0"},
    25: {"D0", "DM"},
    26: {"D2", "D3", "D4"},
    27: {"D2"},
    28: {"D2"},
    29: {"D4"},
    30: {"D3"},
    31: {"D5"},
    32: {"D3"},
    33: {"D1"},
}
"""Row to the dispositions that calls about it must show; what is more urgent may be shown as well."""
CLINICAL: Final = [(clinic, row) for clinic, rows in ROWS.items() for row in rows]
ELSEWHERE: Final = {("hollow-lane", 8): {"D0"}, ("stmarks", 8): {"D0"}}
"""Where a clinic's callers have a part of the row only: lips alone are rosewood's."""


def _scripts(clinic: str) -> list[dict[str, Any]]:
    read = YAML(typ="safe")
    return [read.load(path.read_text(encoding="utf-8")) for path in sorted(FLOWS.glob(f"{clinic}/calls/*.yaml"))]


@pytest.mark.parametrize(("clinic", "row"), CLINICAL, ids=[f"{clinic}-{row}" for clinic, row in CLINICAL])
def test_a_row_has_calls_that_end_as_the_table_says(clinic: str, row: int) -> None:
    shown = {
        script["expect"].get("disposition") for script in _scripts(clinic) if script.get("row", "") == str(row)
    }
    wanted = ELSEWHERE.get((clinic, row), TABLE[row])
    assert wanted <= shown, f"row {row} at {clinic} shows {shown}"


@pytest.mark.parametrize(
    ("harmless", "dangerous"),
    [
        (("row-10-lid-after-toxin", "D4"), ("row-01-lid-after-filler", "D0")),
        (("row-11-no-filler", "D3"), ("row-05-blisters", "D1")),
        (("row-04-blotchy", "D1"), ("row-24-mottled-and-shivering", "D0")),
    ],
)
def test_pairs_that_look_alike_are_decided_as_the_table_says(
    harmless: tuple[str, str], dangerous: tuple[str, str]
) -> None:
    found = {script["script"]: script for script in _scripts("rosewood")}
    for name, disposition in (harmless, dangerous):
        assert found[name]["expect"]["disposition"] == disposition


def test_the_table_has_every_row() -> None:
    assert sorted(TABLE) == list(range(1, 34))
    assert sorted({row for rows in ROWS.values() for row in rows}) == list(range(1, 34))
