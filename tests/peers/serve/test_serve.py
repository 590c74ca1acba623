"""`nightbell serve` as a user starts it, phoned over real SIP: routing, caps, logs, reload, kill -9, drain."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
from pathlib import Path

import aiohttp
import pytest
from tests.peers.serve.house import NUMBER, ROSEWOOD, called, child_of, heard_ms, records_of, served, until
from tests.peers.sip.scenario import LINE, expect, invite, options, refusal_ack, scenario
from tests.peers.sip.sipping import run_sipp
from typer.testing import CliRunner

from nightbell.bootstrap.caller import open_caller
from nightbell.cli.app import build
from nightbell.errors import LineFailed
from nightbell.records.audit import verify
from nightbell.settings import load_settings

pytestmark = [pytest.mark.asyncio, pytest.mark.audio, pytest.mark.timeout(400)]

NAMES = ("Anna", "Bright", "900123", "7946", "worried", "sight", "pain")
"""A caller's name and number, the clinic's number, and words of the flow and the caller."""


async def test_a_whole_call_is_counted_and_leaves_nobodys_words_in_the_logs(
    tmp_path: Path,
) -> None:
    limits = {"NIGHTBELL_SERVE__CALLS": "2", "NIGHTBELL_SERVE__SOURCE_BURST": "6", "NIGHTBELL_SERVE__BURST": "6"}
    slow = {"NIGHTBELL_SERVE__SOURCE_CALLS_PER_S": "0.01", "NIGHTBELL_LOG_LEVEL": "debug"}
    async with served(tmp_path, environment=limits | slow) as (line, caller):
        first = await caller.place("+447700900123", "Anna Bright")
        assert await heard_ms(first) >= 1000
        second = await caller.place("+447700900123", "Anna Bright")
        with pytest.raises(LineFailed, match="busy"):
            await caller.place("+447700900123", "Anna Bright")
        async with open_caller(f"sip:+442079460999@{line.address}") as wrong:
            with pytest.raises(LineFailed, match="failed"):
                await wrong.place("+447700900123")
        for telephone in (first, second):
            telephone.press("9")
            await heard_ms(telephone)
            await telephone.hang_up()
        await until(lambda: _idle(line))
        assert (await caller_again(caller)) >= 1000
        await until(lambda: _idle(line))
        sixth = await caller.place("+447700900123")
        with pytest.raises(LineFailed, match="failed"):
            await caller.place("+447700900123")
        metrics = await line.metrics()
        await sixth.hang_up()
    figures = dict(found.rsplit(" ", 1) for found in metrics.splitlines() if not found.startswith("#"))
    assert figures["nightbell_calls_answered_total"] == "4.0"
    assert figures['nightbell_calls_refused_total{reason="full"}'] == "1.0"
    assert figures['nightbell_calls_refused_total{reason="unknown_number"}'] == "1.0"
    assert figures['nightbell_calls_refused_total{reason="source_rate"}'] == "1.0"
    assert float(figures["nightbell_rtp_received_total"]) > 50
    assert float(figures["nightbell_call_setup_seconds_sum"]) > 0
    said = line.log.read_text()
    assert '"event": "call_ended"' in said
    assert [name for name in NAMES if name in said] == []
    assert [name for name in NAMES if name in metrics] == []
    assert not re.search(r"\+?\d{9,}", re.sub(r'"(?:call|timestamp)": "[^"]*"', "", said))
    records = await records_of(tmp_path)
    assert {record.caller for record in records} == {"+447700900123", None}
    assert {record.line for record in records} == {"sip"}
    assert all(record.closed for record in records)


async def caller_again(caller: object) -> int:
    """Call once more, listen for a second, and put it down."""
    telephone = await caller.place(None)  # type: ignore[attr-defined]
    spoken = await heard_ms(telephone)
    await telephone.hang_up()
    return spoken


async def _idle(line: object) -> bool:
    told = child_of(await line.told())  # type: ignore[attr-defined]
    return not told["calls"]


async def test_killed_it_is_answering_again_soon_and_the_call_it_held_is_closed_and_paged(tmp_path: Path) -> None:
    async with served(tmp_path) as (line, caller):
        held = await caller.place("+447700900123")
        assert await heard_ms(held, want_ms=300) >= 300
        child = child_of(await line.told())
        os.kill(child["pid"], signal.SIGKILL)
        again, took_s = await called(caller, within_s=60)
        assert await heard_ms(again, want_ms=300) >= 300
        await again.hang_up()
        after = child_of(await line.told())
        assert (after["starts"], after["pid"] != child["pid"]) == (2, True)
        assert took_s < 30, "the goal of 3 s on an idle machine is held by scripts/soak reception"
        closed = [record for record in await records_of(tmp_path) if record.reason == "interrupted"]
        assert [record.caller for record in closed] == ["+447700900123"]
        assert len(closed[0].pages) == 1
        assert len(closed[0].ring_backs) == 1


async def test_a_reload_serves_what_passes_keeps_what_does_not_and_touches_no_live_call(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "rosewood"
    shutil.copytree(ROSEWOOD, folder)
    shutil.copytree(ROSEWOOD.parent / "shared", tmp_path / "flows" / "shared")
    async with served(tmp_path, folder) as (line, caller):
        live = await caller.place("+447700900123")
        before = child_of(await line.told())
        clinic = folder / "clinic.yaml"
        good = clinic.read_text()
        clinic.write_text(good.replace("title: Rosewood Clinic", "title: Rosewood"))
        os.kill(line.process.pid, signal.SIGHUP)
        await until(lambda: _logged(line, "reloaded", 1), 150)
        clinic.write_text(good.replace("zone: Europe/London", "zone: Europe/Nowhere"))
        os.kill(line.process.pid, signal.SIGHUP)
        await until(lambda: _logged(line, "reloaded", 2), 150)
        assert await heard_ms(live, want_ms=300) >= 300, "the call that was there goes on"
        new = await caller.place("+447700900124")
        await new.hang_up()
        await live.hang_up()
        await until(lambda: _idle(line))
        told = [json.loads(found) for found in line.log.read_text().splitlines()]
        assert [found["kept_old"] for found in told if found["event"] == "reloaded"] == [0, 1]
        newer, older = await records_of(tmp_path)
        assert newer.flow != older.flow
        assert child_of(await line.told())["pid"] == before["pid"]
        metrics = await line.metrics()
        assert 'nightbell_reloads_total{outcome="kept_old"} 1.0' in metrics


async def _logged(line: object, event: str, times: int) -> bool:
    said = await asyncio.to_thread(line.log.read_text)  # type: ignore[attr-defined]
    return bool(said.count(f'"event": "{event}"') >= times)


@pytest.mark.peers("sipp")
async def test_drained_it_refuses_the_new_finishes_the_old_and_stops(tmp_path: Path) -> None:
    async with served(tmp_path, environment={"NIGHTBELL_SERVE__DRAIN_S": "60"}) as (line, caller):
        live = await caller.place("+447700900123")
        os.kill(line.process.pid, signal.SIGTERM)
        await until(lambda: _draining(line))
        assert await status_of(f"http://{line.health}/readyz") == 503
        assert await status_of(f"http://{line.health}/livez") == 200
        host, port = line.address.split(":")
        tried = scenario(
            invite(), expect(100, optional=True), expect(503, holds="Retry-After: 5"), refusal_ack(),
            options(), expect(503),
        )  # fmt: skip
        assert await run_sipp(tmp_path, tried.replace(LINE, NUMBER), (host, int(port))) == ""
        assert await heard_ms(live, want_ms=300) >= 300
        assert line.process.returncode is None
        await live.hang_up()
        async with asyncio.timeout(40):
            assert await line.process.wait() == 0
    (record,) = await records_of(tmp_path)
    assert record.reason == "hangup"


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status


async def _draining(line: object) -> bool:
    told = await line.told()  # type: ignore[attr-defined]
    return not told["ready"] and child_of(told).get("why") == "draining"


async def test_at_the_limit_of_a_drain_the_caller_hears_words_and_the_call_is_paged(tmp_path: Path) -> None:
    async with served(tmp_path, environment={"NIGHTBELL_SERVE__DRAIN_S": "0.2"}) as (line, caller):
        live = await caller.place("+447700900123")
        await heard_ms(live, want_ms=300)
        os.kill(line.process.pid, signal.SIGTERM)
        assert await heard_ms(live, want_ms=3000) >= 3000
        async with asyncio.timeout(60):
            async for _ in live.ticks():
                pass
            assert await line.process.wait() == 0
    (record,) = await records_of(tmp_path)
    assert (record.reason, len(record.pages)) == ("interrupted", 1)


async def test_a_way_that_nothing_carries_is_refused_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "flows" / "rosewood"
    shutil.copytree(ROSEWOOD, folder)
    shutil.copytree(ROSEWOOD.parent / "shared", tmp_path / "flows" / "shared")
    rota = folder / "oncall.yaml"
    mobile = 'mobile: "+44 7700 900702"\n'
    rota.write_text(rota.read_text().replace(mobile, mobile + "    contact: [push: rosewood-ben-77c1]\n"))
    done = CliRunner().invoke(build("serve"), ["serve", str(folder), "--allow-draft"])
    assert done.exit_code == 2
    assert "ben by push" in done.output
    assert "[channels.push]" in done.output
    assert "77c1" not in done.output


async def test_unsigned_wording_is_refused_and_a_draft_stands_in_the_audit_chain(tmp_path: Path) -> None:
    done = CliRunner().invoke(build("serve"), ["serve", str(ROSEWOOD)])
    assert done.exit_code == 1
    assert "is not served" in done.output
    assert "prompts unsigned" in done.output
    done = CliRunner().invoke(build("serve"), ["serve", str(ROSEWOOD), "--stage", str(tmp_path / "feed")])
    assert done.exit_code == 2
    async with served(tmp_path):
        pass
    chain = load_settings().data_dir / "audit.jsonl"
    assert verify(chain)[1] is None
    assert json.loads(chain.read_text().splitlines()[-1])["what"] == "draft_served"
