"""A clinic's list on the disk: read again when it changed, and no list ever stops a call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import nightbell.conversation.patients as patients_module
from nightbell.calendar.hours import OpeningHours
from nightbell.conversation.patients import Patients
from nightbell.conversation.recorded import RecordedWorld
from nightbell.oncall.routing import OnDuty
from nightbell.oncall.treatments import Lately
from nightbell.terms.instant import Instant
from nightbell.testing.flows import small_flow
from nightbell.testing.records import MemoryRecords

NIGHT = Instant.parse("2026-11-22T22:40:00+00:00")
HEADER = "number,clinician,product,area,date\n"
MIA = "+447700900123"
ROW = f"{MIA},ann,filler,lip,2026-11-20\n"

pytestmark = pytest.mark.asyncio


def patients(folder: Path) -> Patients:
    return Patients(folder / "treatments.csv", country="GB", zone="Europe/London", people=("ann", "bob"))


async def test_a_list_counts_from_when_it_is_there_and_no_longer_than_it_is(tmp_path: Path) -> None:
    known, file = patients(tmp_path), tmp_path / "treatments.csv"
    assert await known.lookup(MIA, NIGHT) == Lately()

    file.write_text(HEADER + ROW, encoding="utf-8")
    assert (await known.lookup(MIA, NIGHT)).clinician == "ann"
    file.write_text(HEADER + ROW.replace("ann", "bob").replace("lip", "the lip"), encoding="utf-8")
    assert (await known.lookup(MIA, NIGHT)).clinician == "bob"
    file.unlink()
    assert await known.lookup(MIA, NIGHT) == Lately()


async def test_an_unchanged_list_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known, read = patients(tmp_path), patients_module.list_in
    (tmp_path / "treatments.csv").write_text(HEADER + ROW, encoding="utf-8")
    times: list[Path] = []

    def counted(path: Path) -> str:
        times.append(path)
        return read(path)

    monkeypatch.setattr(patients_module, "list_in", counted)
    for _ in range(3):
        assert (await known.lookup(MIA, NIGHT)).treated == "yes"
    assert len(times) == 1
    assert await known.lookup(None, NIGHT) == Lately()


async def test_a_list_that_cannot_be_read_stops_no_call(tmp_path: Path) -> None:
    (tmp_path / "treatments.csv").mkdir()
    assert await patients(tmp_path).lookup(MIA, NIGHT) == Lately()


@pytest.fixture
def held() -> Iterator[threading.Event]:
    let_go = threading.Event()
    yield let_go
    let_go.set()


async def test_a_slow_disk_leaves_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: threading.Event
) -> None:
    known, file = patients(tmp_path), tmp_path / "treatments.csv"
    file.write_text(HEADER + ROW, encoding="utf-8")
    assert (await known.lookup(MIA, NIGHT)).clinician == "ann"
    file.write_text(HEADER, encoding="utf-8")
    monkeypatch.setattr(patients_module, "READ_LIMIT_MS", 20)
    monkeypatch.setattr(patients_module, "list_in", lambda _: held.wait(10) and HEADER)
    assert (await known.lookup(MIA, NIGHT)).clinician == "ann"


async def test_the_world_tells_treatments_and_whom_to_ring(tmp_path: Path) -> None:
    (tmp_path / "treatments.csv").write_text(HEADER + ROW, encoding="utf-8")
    clinic = small_flow().clinic
    hours = OpeningHours.of((), zone=clinic.zone, country=clinic.country)
    world = RecordedWorld(
        clinic,
        MemoryRecords(),
        hours=lambda _: "closed",
        next_opening=hours.next_opening,
        patients=patients(tmp_path),
        duty=lambda _: OnDuty(on_call=("bob",), pool=("ann", "bob")),
    )
    known = await world.past(clinic.name, MIA, NIGHT)
    assert (known.treated_14d, known.filler_14d, known.treating, known.route) == (
        "yes",
        "yes",
        "ann",
        ("ann", "bob"),
    )

    withheld = await world.past(clinic.name, None, NIGHT)
    assert (withheld.treated_14d, withheld.filler_14d, withheld.route) == ("unknown", "unknown", ("bob", "ann"))
