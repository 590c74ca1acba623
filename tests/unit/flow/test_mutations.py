"""No damage to a flow's files ends in a traceback: five hundred seeded ones here, ten thousand in a soak."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
from scripts.soaks import _mutations
from scripts.soaks._mutations import CLINICS, Herd, look_at
from tests.unit.flow.sound import CLINIC, FILES, diagnostics

from nightbell.errors import FlowError
from nightbell.flow.load import load_flow
from nightbell.flow.reading.reader import read_flow

FLOWS: Final = 500
BATCH: Final = 25
SEED: Final = 1


@pytest.mark.parametrize("first", range(0, FLOWS, BATCH))
def test_damaged_flows_are_told_or_taken(first: int, tmp_path: Path) -> None:
    herd = Herd(tmp_path / "flows", seed=SEED)
    fates = [herd.fate(number) for number in range(first, first + BATCH)]
    assert [fate for fate in fates if fate.what in {"crashed", "slow"}] == []
    counts = Counter(fate.what for fate in fates)
    assert counts["refused"] > BATCH / 2
    assert counts["found"] + counts["taken"] > 0


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.name)
def test_an_undamaged_flow_is_no_fault_of_the_herd(clinic: Path) -> None:
    assert load_flow(clinic).clinic.name == clinic.name
    assert look_at(clinic) in {"found", "taken"}


def test_the_same_number_is_the_same_damage(tmp_path: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.rglob("*.yaml")}

    one, again = Herd(tmp_path / "one", seed=7), Herd(tmp_path / "again", seed=7)
    assert files(one.make(3).parent) == files(again.make(3).parent)
    assert files(one.make(4).parent) != files(again.make(3).parent)


def test_a_crash_and_an_endless_search_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_folder: Path) -> str:
        raise KeyError("lost")

    def search(_folder: Path) -> str:
        while True:
            time.monotonic()

    herd = Herd(tmp_path / "flows", seed=SEED)
    monkeypatch.setattr(_mutations, "look_at", crash)
    assert (herd.fate(1).what, herd.fate(1).told) == ("crashed", "KeyError: 'lost'")
    monkeypatch.setattr(_mutations, "look_at", search)
    monkeypatch.setattr(_mutations, "LIMIT_S", 0.05)
    assert herd.fate(1).what == "slow"


@pytest.mark.parametrize("instead", ["[a]", "{a: b}"])
def test_another_shape_in_the_place_of_any_value(instead: str) -> None:
    text = FILES["harbour/flow.yaml"]
    found: set[str] = set()
    for value in re.finditer(r"(?<=: )[^\s{\[&>,}\]][^\n,}\]]*", text):
        try:
            read_flow(
                {**FILES, "harbour/flow.yaml": text[: value.start()] + instead + text[value.end() :]}, CLINIC
            )
        except FlowError as error:
            found |= {fault.code for fault in diagnostics(error)}
    assert found & {"NB123", "NB124", "NB128"}
