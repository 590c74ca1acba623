"""Registration against a real registrar: Kamailio, with digest, in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from tests.peers.sip.proxy import LIMIT_S, kamailio
from tests.peers.sip.sipping import free_port
from tests.unit.line.sip.wire import QUICK, agent, until

from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.digest import Account
from nightbell.line.sip.message.model import Request, Response
from nightbell.line.sip.message.reading import read
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.registering import Registration, RegistrationConfig
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

pytestmark = [pytest.mark.asyncio, pytest.mark.peers("kamailio")]

CONFIG: Final = Path(__file__).with_name("kamailio.cfg")
PATIENT: Final = Timers(t1=0.1, t2=0.4, t4=0.2)
BOTH: Final = (Binding("udp", "127.0.0.1"), Binding("tcp", "127.0.0.1"))


@contextlib.asynccontextmanager
async def registrar(
    folder: Path, port: int = 0, *, algorithm: str = "SHA-256", nonce_s: int = 60, least_s: int = 1
) -> AsyncIterator[int]:
    """A Kamailio that answers; yields its port."""
    port = port or free_port()
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "ALGORITHM": algorithm,
        "NONCE_SECONDS": nonce_s,
        "LEAST_SECONDS": least_s,
        "PASSWORD": "secret",
    }
    async with kamailio(folder, CONFIG, port, values):
        yield port


class Log:
    """What an agent sent and got: first lines, with the credentials' nonce count."""

    def __init__(self, line: SipAgent) -> None:
        self.statuses: list[int] = []
        self.registers = 0
        take, send = line._answered, line.stack.transports.send

        def answered(key: object, response: Response, peer: Peer) -> None:
            self.statuses.append(response.status)
            take(key, response, peer)  # type: ignore[arg-type]

        def sent(data: bytes, peer: Peer) -> None:
            if data.strip() and isinstance(message := read(data), Request):
                self.registers += message.method == "REGISTER"
            send(data, peer)

        line._answered = answered  # type: ignore[method-assign]
        line.stack.transports.send = sent  # type: ignore[method-assign]


def config(
    *ports: int,
    password: str = "secret",
    expires_s: int = 60,
    transport: str = "udp",
    options: bool = False,
    keep_alive_s: float = 0.2,
) -> RegistrationConfig:
    return RegistrationConfig(
        registrars=tuple(f"sip:127.0.0.1:{port};transport={transport}" for port in ports),
        user="rosewood",
        account=Account("rosewood", password),
        domain="nightbell.test",
        expires_s=expires_s,
        keep_alive_s=keep_alive_s,
        options=options,
    )


@contextlib.asynccontextmanager
async def registration(
    found: RegistrationConfig, *, timers: Timers = PATIENT
) -> AsyncIterator[tuple[Registration, Log, SipAgent]]:
    async with agent(timers=timers, trust=Trust(), transports=BOTH) as line:
        log = Log(line)
        held = Registration(line, found, retry_s=(0.2, 1.0), refused_s=(30.0, 60.0))
        held.start()
        try:
            async with asyncio.timeout(LIMIT_S):
                yield held, log, line
        finally:
            await held.stop()


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_we_register_by_digest_and_take_it_back(tmp_path: Path, algorithm: str, transport: str) -> None:
    async with registrar(tmp_path, algorithm=algorithm) as port:
        async with registration(config(port, transport=transport)) as (held, log, line):
            assert await held.wait_for("registered", "refused", "unreachable") == "registered"
            assert log.statuses == [401, 200]
            assert held.granted_s == 60
            assert line.gate.trusts("127.0.0.1")
            assert line.own_users == {"rosewood"}
        assert held.state == "gone"
        assert held.status == 200
        assert log.statuses == [401, 200, 200]


async def test_we_register_again_before_the_time_is_over(tmp_path: Path) -> None:
    async with registrar(tmp_path) as port, registration(config(port, expires_s=1)) as (held, log, _):
        await held.wait_for("registered")
        await until(lambda: log.statuses.count(200) >= 3, LIMIT_S)
        # The nonce is used on: nobody challenges us twice.
        assert log.statuses[:4] == [401, 200, 200, 200]
        assert held.state == "registered"


async def test_a_nonce_that_has_gone_stale_is_replaced(tmp_path: Path) -> None:
    async with registrar(tmp_path, nonce_s=1) as port, registration(config(port, expires_s=3)) as (held, log, _):
        changes: list[str] = []
        held.on_change = changes.append
        await held.wait_for("registered")
        await until(lambda: log.statuses.count(200) >= 2, LIMIT_S)
        assert log.statuses[:4] == [401, 200, 401, 200]
        assert "refused" not in changes


async def test_a_wrong_password_is_told_and_not_tried_again_at_once(tmp_path: Path) -> None:
    async with registrar(tmp_path) as port, registration(config(port, password="wrong")) as (held, log, line):
        assert await held.wait_for("refused") == "refused"
        assert log.statuses == [401, 401]
        sent = log.registers
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await held.wait_for("registered")
        assert log.registers == sent
        assert not line.gate.trusts("127.0.0.1")


async def test_too_short_a_time_is_made_longer_as_asked(tmp_path: Path) -> None:
    async with (
        registrar(tmp_path, least_s=120) as port,
        registration(config(port, expires_s=30)) as (held, log, _),
    ):
        await held.wait_for("registered")
        assert log.statuses == [423, 401, 200]
        assert held.granted_s == 120


async def test_the_next_registrar_takes_over_from_one_that_is_dead(tmp_path: Path) -> None:
    dead = free_port()
    async with registrar(tmp_path) as port, registration(config(dead, port), timers=QUICK) as (held, _, _line):
        assert await held.wait_for("registered", "unreachable") == "registered"
        assert str(port) in held.registrar


async def test_a_registrar_that_dies_is_noticed_and_found_again(tmp_path: Path) -> None:
    port = free_port()
    found = config(port, options=True)
    async with contextlib.AsyncExitStack() as stack:
        living = contextlib.AsyncExitStack()
        await living.enter_async_context(registrar(tmp_path, port))
        held, _, _ = await stack.enter_async_context(registration(found, timers=QUICK))
        await held.wait_for("registered")
        await living.aclose()
        assert await held.wait_for("unreachable") == "unreachable"
        await stack.enter_async_context(registrar(tmp_path, port))
        assert await held.wait_for("registered") == "registered"
