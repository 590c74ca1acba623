"""`nightbell calls` and `nightbell call`: what a reader sees, and what nobody may see."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from nightbell.call.effects import Close
from nightbell.call.events import Heard, HistoryFound
from nightbell.cli.app import main
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.journal import T0, key_pressed, made_up_journal

Run = Callable[..., tuple[int, str, str]]
FLOW = json.dumps({"clinic": {"name": "rosewood", "zone": "America/New_York"}})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("NIGHTBELL_DATA", str(tmp_path))
    monkeypatch.setenv("NIGHTBELL_SPILL_DIR", str(tmp_path / "spill"))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.delenv("NIGHTBELL_RECORDS_URL", raising=False)
    monkeypatch.chdir(tmp_path)

    def _run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return _run


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """Records with one finished call and one open one."""

    async def take() -> None:
        records = await open_sqlite(tmp_path / "records.sqlite3", now=Instant(T0))
        await records.store_flow("rosewood", "f1", FLOW)
        for event, effects in made_up_journal("done"):
            await records.append(event, effects, "s")
        heard = Heard(
            clinic="rosewood", call="done", seq=12, at_utc=T0 + 12, audio_ms=9000, listen=1, cause="rejected",
            text="[bold]ring 07700900123[/bold]",
        )  # fmt: skip
        await records.append(heard, (), "s")
        close = Close(call="done", n=90, disposition=Disposition.D1, state="bye", reason="end")
        await records.append(key_pressed("done", 13), (close,), "s")
        for event, effects in made_up_journal("open")[:2]:
            await records.append(event, effects, "s")
        await records.aclose()

    asyncio.run(take())
    return tmp_path


def test_no_records_is_said_with_the_place_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    for words in (("calls",), ("call", "x"), ("calls", "--json")):
        code, out, err = run(*words)
        assert code == 3
        assert out == ""
        assert f"no records at {tmp_path / 'records.sqlite3'}" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("taken")
def test_calls_are_listed_in_the_clinics_time_with_masked_numbers(run: Run) -> None:
    code, out, _ = run("calls")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 3
    (done,) = [line for line in lines if line.startswith("done")]
    assert "Mon 2026-09-21 10:13:20 EDT" in done
    assert "...001" in done
    assert "D1 ringing" in done
    assert "ten tonight" in done
    (waiting,) = [line for line in lines if line.startswith("open")]
    assert " open " in waiting[4:]
    assert "1632960" not in out


@pytest.mark.usefixtures("taken")
def test_one_call_shows_path_answers_outcome_promise_pages(run: Run) -> None:
    code, out, _ = run("call", "done")
    assert code == 0
    for part in (
        "a clinician rings from 100 by ten tonight",
        "D1 at screen.pain, row 3: ringing",
        "3 times in 10 minutes, then page",
        "message to desk: not told",
        "said freely",
        "[bold]ring ...123[/bold]",
    ):
        assert part in out
    assert "07700" not in out
    assert "1632960" not in out


@pytest.mark.usefixtures("taken")
def test_json_is_one_object_with_everything_and_no_whole_number(run: Run) -> None:
    code, out, _ = run("call", "done", "--json")
    assert code == 0
    shown = json.loads(out)
    assert (shown["disposition"], shown["reason"], shown["path"]) == ("D1", "end", ["screen"])
    assert shown["pages"][0]["id"] == "done:3"
    assert shown["promise"]["by_spoken"] == "ten tonight"
    assert shown["answers"][-2] == {
        "audio_ms": 9000, "state": "screen", "question": "pain", "how": "rejected",
        "heard": "[bold]ring ...123[/bold]", "confidence": None, "taken": "", "because": "",
    }  # fmt: skip
    assert shown["events"] == 14
    assert "1632960" not in out
    code, out, _ = run("calls", "--json")
    assert [call["call"] for call in json.loads(out)["calls"]] == ["done", "open"]


@pytest.mark.usefixtures("taken")
def test_calls_are_chosen_by_clinic_and_time(run: Run) -> None:
    assert "No calls." in run("calls", "--clinic", "oakfield")[1]
    assert "No calls." in run("calls", "--since", "2027-01-01T00:00:00+00:00")[1]
    assert len(run("calls", "--since", "2026-01-01T00:00:00+00:00")[1].splitlines()) == 3
    code, _, err = run("calls", "--since", "yesterday")
    assert code == 2
    assert "yesterday" in err


def test_events_that_wait_in_the_spill_are_told(run: Run, taken: Path) -> None:
    assert json.loads(run("calls", "--json")[1])["spilled"] is False
    (taken / "spill").mkdir()
    (taken / "spill" / "spill.jsonl").touch()
    assert json.loads(run("calls", "--json")[1])["spilled"] is True
    assert f"Events wait in {taken / 'spill'}" in run("calls")[1]


@pytest.mark.usefixtures("taken")
def test_a_call_that_is_not_there_is_said(run: Run) -> None:
    code, _, err = run("call", "nobody")
    assert code == 1
    assert "NB650" in err
    assert "nightbell calls" in err


@pytest.mark.usefixtures("taken")
def test_the_last_call_needs_no_id(run: Run) -> None:
    assert json.loads(run("call", "last", "--json")[1])["call"] == "done"


def test_a_damaged_database_is_named(run: Run, taken: Path) -> None:
    (taken / "records.sqlite3").write_bytes(b"not a database at all" * 100)
    code, _, err = run("calls")
    assert code == 3
    assert str(taken / "records.sqlite3") in err


def test_reading_changes_nothing(run: Run, taken: Path) -> None:
    path = taken / "records.sqlite3"
    before = path.read_bytes()
    run("calls")
    run("call", "done")
    assert path.read_bytes() == before
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (16,)
    connection.close()


def test_who_calls_often_and_whom_a_page_rings_is_told(run: Run, tmp_path: Path) -> None:
    async def take() -> None:
        records = await open_sqlite(tmp_path / "records.sqlite3", now=Instant(T0))
        for event, effects in made_up_journal("often")[:3]:
            await records.append(event, effects, "s")
        found = HistoryFound(
            clinic="rosewood", call="often", seq=3, at_utc=T0 + 3, audio_ms=70, timed_out=False, frequent=True,
            treating="ann", route=("ann", "bob"),
        )  # fmt: skip
        await records.append(found, (), "s")
        await records.aclose()

    asyncio.run(take())
    assert "...001 (calls often)" in run("calls")[1]
    assert "ann, bob (ann treated the caller)" in run("call", "often")[1]
    told = json.loads(run("call", "often", "--json")[1])
    assert told["frequent"] is True
    assert (told["pages"][0]["treating"], told["pages"][0]["route"]) == ("ann", ["ann", "bob"])
