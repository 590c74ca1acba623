"""The line rings itself by its front door: one that speaks is good, one that is dead or silent alarms."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.peers.serve.house import ROSEWOOD, records_of, settings_in, until
from tests.peers.telephone import agent_at, engine_at

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.bootstrap import self_test
from nightbell.bootstrap.self_test import agree_on_name, answers, name_in, run_self_tests, target_of
from nightbell.cli.served_line import Line, serve_line
from nightbell.flow.load import load_flow
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.reception.directory import Entry
from nightbell.settings import Settings
from nightbell.settings_line import Listen, ServeSettings, SipSettings
from nightbell.testing.escalation import FakeBell
from nightbell.testing.handsets import tone

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(400)]


def events(line: Line, name: str) -> list[dict[str, Any]]:
    told = [json.loads(found) for found in line.log.read_text().splitlines()]
    return [found for found in told if found["event"] == name]


@pytest.mark.audio
async def test_a_served_line_rings_itself_and_nobody_counts_the_call(tmp_path: Path) -> None:
    often = {"NIGHTBELL_SERVE__SELF_TEST_S": "1"}
    async with serve_line(
        [ROSEWOOD], tmp_path, settings=settings_in(tmp_path), environment=often, staged=False
    ) as line:

        async def twice() -> bool:
            return len(await asyncio.to_thread(events, line, "self_test.good")) >= 2

        await until(twice, 90)
        metrics = await line.metrics()
        taken, failed = events(line, "call_began"), events(line, "alarm")
    assert len(taken) >= 2
    assert all(found["test"] for found in taken)
    assert not [found for found in failed if found["kind"] == "self_test"]
    assert await records_of(tmp_path) == []
    assert "nightbell_calls_answered_total 0.0" in metrics
    assert "nightbell_calls_live 0.0" in metrics


@asynccontextmanager
async def phone(*, speaks: bool) -> AsyncIterator[tuple[str, list[Invitation]]]:
    """Open something that picks up, and says something or nothing."""
    agent, engine, rung = agent_at(), engine_at(26_000), list[Invitation]()
    words = tone(440.0)

    async def picks_up(invitation: Invitation) -> None:
        rung.append(invitation)
        line = SipLine(invitation, engine)
        await line.answer()
        async for tick in line.ticks():
            if speaks:
                line.play(words[tick.number % 50 * FRAME_SAMPLES :][:FRAME_SAMPLES])

    agent.on_invite = picks_up
    await agent.start()
    host, port = agent.address()
    try:
        yield f"sip:+442079460000@{host}:{port};transport=udp", rung
    finally:
        await agent.close()
        engine.close()


async def test_what_picks_up_and_speaks_is_good_and_is_called_as_nobody() -> None:
    async with phone(speaks=True) as (target, rung):
        assert await answers(target, "self-test-a1b2")
        (invitation,) = rung
        assert (invitation.caller, invitation.source.host) == (None, "127.0.0.1")
        assert "self-test-a1b2" in invitation.request.headers.get("from")


async def test_what_picks_up_and_is_silent_is_not_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "_LISTEN_S", 1.0)
    async with phone(speaks=False) as (target, rung):
        assert not await answers(target, "self-test-a1b2")
        assert len(rung) == 1


async def test_a_dead_line_sounds_the_alarm_at_its_second_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "_PICK_UP_S", 0.3)
    agree_on_name(tmp_path)
    entry = Entry(flow=load_flow(ROSEWOOD), folder=tmp_path, draft=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.1", 0))
        listen = (Listen(transport="udp", host="127.0.0.1", port=dead.getsockname()[1]),)
        settings = Settings(sip=SipSettings(listen=listen), serve=ServeSettings(self_test_s=0.05))
        bell = FakeBell()
        async with run_self_tests(settings, tmp_path, [entry], bell), asyncio.timeout(30):
            await bell.until("self_test")
        assert [(alarm.kind, alarm.clinic) for alarm in bell.sounded][:1] == [("self_test", "rosewood")]
        assert b"INVITE sip:+442079460142@" in dead.recv(4096)
        quiet, asked = FakeBell(), asyncio.Semaphore(0)

        def stopping() -> bool:
            asked.release()
            return True

        async with run_self_tests(settings, tmp_path, [entry], quiet, stopping=stopping), asyncio.timeout(30):
            for _ in range(5):
                await asked.acquire()
        assert quiet.kinds() == [], "a line that was told to stop refuses calls, and that is no failure"


def listening(*addresses: str) -> Settings:
    return Settings(sip=SipSettings.model_validate({"listen": addresses}))


@pytest.mark.parametrize(
    ("addresses", "target"),
    [
        (["udp:127.0.0.1:5060"], "sip:1@127.0.0.1:5060;transport=udp"),
        (["tcp:192.0.2.7:5060", "udp:192.0.2.7:5060"], "sip:1@192.0.2.7:5060;transport=udp"),
        (["tcp:0.0.0.0:5060"], "sip:1@127.0.0.1:5060;transport=tcp"),
        (["udp:[::]:5062"], "sip:1@[::1]:5062;transport=udp"),
        (["tcp:192.0.2.7:5060"], None),
        (["udp:127.0.0.1:0"], None),
    ],
)
async def test_the_line_is_rung_where_it_listens(addresses: list[str], target: str | None) -> None:
    assert target_of(listening(*addresses), "1") == target


async def test_the_name_is_of_one_start_and_only_there(tmp_path: Path) -> None:
    assert name_in(tmp_path) == ""
    agree_on_name(tmp_path)
    first = name_in(tmp_path)
    agree_on_name(tmp_path)
    assert len({first, name_in(tmp_path), ""}) == 3
