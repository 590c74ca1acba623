"""Registrars that answer oddly; tests/peers/sip has one that answers well."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from tests.unit.line.sip.wire import LIMIT_S, Wire, agent, until, wire

from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.digest import Account
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.registering import TRIES, Registration, RegistrationConfig
from nightbell.line.sip.trust import Trust

pytestmark = pytest.mark.asyncio

CHALLENGE = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'


@contextlib.asynccontextmanager
async def registration(*registrars: Wire, **options: float) -> AsyncIterator[tuple[Registration, SipAgent]]:
    config = RegistrationConfig(
        registrars=tuple(f"sip:127.0.0.1:{registrar.address[1]}" for registrar in registrars),
        user="rosewood",
        account=Account("rosewood", "secret"),
        expires_s=int(options.get("expires_s", 60)),
        keep_alive_s=options.get("keep_alive_s", 0),
    )
    async with agent(trust=Trust()) as line:
        found = Registration(line, config, retry_s=(5.0, 5.0), refused_s=(60.0, 60.0))
        found.start()
        try:
            async with asyncio.timeout(LIMIT_S):
                yield found, line
        finally:
            await found.stop()


async def asked(registrar: Wire) -> Request:
    return await registrar.request("REGISTER")


def answered(registrar: Wire, line: SipAgent, request: Request, status: int, **headers: str) -> None:
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    found = reply(request, status, Peer("udp", *line.address()), tag="r", headers=fields)
    registrar.send(found.encode(), line.address())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"www_authenticate": "Digest"},
        {"www_authenticate": 'Basic realm="r"'},
        {"www_authenticate": 'Digest realm="r'},
        {"www_authenticate": 'Digest realm="r", nonce="n", qop="auth-int"'},
        {"www_authenticate": ',,,=""=,'},
        {"www_authenticate": 'Digest realm="r", nonce="n", algorithm=SHA-512-256'},
        {"proxy_authenticate": CHALLENGE},
    ],
)
async def test_a_challenge_that_cannot_be_answered_is_a_refusal(headers: dict[str, str]) -> None:
    async with wire() as registrar, registration(registrar) as (held, line):
        seen: set[str] = set()

        async def challenges() -> None:
            while True:
                request = await asked(registrar)
                seen.add(request.headers.get("cseq"))
                answered(registrar, line, request, 401, **headers)

        answering = asyncio.create_task(challenges())
        await held.wait_for("refused")
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        assert len(seen) <= TRIES
        assert not line.gate.trusts("127.0.0.1")


async def test_a_registrar_that_calls_every_nonce_stale_is_left_in_time() -> None:
    async with wire() as registrar, registration(registrar) as (held, line):
        seen: set[str] = set()
        while len(seen) < TRIES:
            request = await asked(registrar)
            seen.add(request.headers.get("cseq"))
            answered(registrar, line, request, 401, www_authenticate=f"{CHALLENGE}, stale=true")
        assert await held.wait_for("refused", "unreachable") == "refused"


@pytest.mark.parametrize("least", ["", "x", "-5", "10", "9999999999", "٦٠٠"])
async def test_a_longer_time_that_makes_no_sense_is_not_asked_for(least: str) -> None:
    async with wire() as registrar, registration(registrar) as (held, line):
        answered(registrar, line, await asked(registrar), 423, **({"min_expires": least} if least else {}))
        assert await held.wait_for("registered", "unreachable") == "unreachable"


@pytest.mark.parametrize(
    ("headers", "granted"),
    [
        ({"contact": "<sip:rosewood@192.0.2.1>;expires=30", "expires": "600"}, 30),
        ({"contact": "<sip:other@192.0.2.1>;expires=30", "expires": "45"}, 45),
        ({"expires": "soon"}, 60),
        ({}, 60),
        ({"expires": "99999999999999"}, 86_400),
    ],
)
async def test_the_time_that_is_granted_is_the_registrars(headers: dict[str, str], granted: int) -> None:
    async with wire() as registrar, registration(registrar) as (held, line):
        answered(registrar, line, await asked(registrar), 200, **headers)
        await held.wait_for("registered")
        assert held.granted_s == granted


async def test_the_next_one_is_asked_when_the_first_is_busy_and_none_when_both_are() -> None:
    async with wire() as first, wire() as second, registration(first, second) as (held, line):
        answered(first, line, await asked(first), 503)
        request = await asked(second)
        assert request.target == "sip:127.0.0.1"
        assert request.recipient.uri.user == "rosewood"
        answered(second, line, request, 500)
        assert await held.wait_for("registered", "unreachable") == "unreachable"


async def test_a_keep_alive_holds_the_way_open() -> None:
    async with wire() as registrar, registration(registrar, keep_alive_s=0.05) as (held, line):
        answered(registrar, line, await asked(registrar), 200)
        await held.wait_for("registered")
        assert await registrar.bytes_received() == b"\r\n\r\n"
        assert line.gate.trusts("127.0.0.1")


async def test_a_fault_of_ours_does_not_end_the_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> int:
        raise KeyError

    monkeypatch.setattr(Registration, "_granted", breaks)
    async with wire() as registrar, registration(registrar) as (held, line):
        answered(registrar, line, await asked(registrar), 200)
        assert await held.wait_for("registered", "unreachable") == "unreachable"
        assert held._task is not None
        assert not held._task.done()
        await until(lambda: line.held["asked"] == 0)
