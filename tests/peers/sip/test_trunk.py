"""People are rung by a trunk that asks who we are: Kamailio challenges, sipp is the person's telephone.

Over TLS openssl is the trunk: it shows a certificate, and what it decrypts is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from tests.peers.sip.proxy import LIMIT_S, kamailio
from tests.peers.sip.scenario import agree, answer, expect, play, scenario
from tests.peers.sip.sipping import free_port, listens, phone
from tests.peers.telephone import engine_at
from tests.unit.line.sip.certificates import certificates
from tests.unit.line.sip.wire import until

from nightbell.bootstrap.trunk import account_out, agent_config, way_out
from nightbell.errors import SettingsError
from nightbell.line.dialler import RingOrder
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.dialler import SipDialler
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.reading import read
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.peer import Peer
from nightbell.settings import load_settings
from nightbell.testing.flows import small_flow

pytestmark = [pytest.mark.asyncio, pytest.mark.peers("kamailio", "sipp", "openssl")]

CONFIG: Final = Path(__file__).with_name("trunk.cfg")
PERSON: Final = "+447700900777"
ORDER: Final = RingOrder(person="anna", whisper=np.zeros(8000, np.int16), ring_s=10.0, answer_s=10.0)
TAKES: Final = (
    expect("INVITE", lacks="Proxy-Authorization"),
    answer("180 Ringing"),
    answer("200 OK", body=True, retransmit=True, formats="8 101"),
    expect("ACK"),
    play("voice"),
    play("1", wait=False),
)
"""A person who picks up and presses 1."""


@contextlib.asynccontextmanager
async def trunk(folder: Path, person: int, *, algorithm: str = "MD5", stale: int = 0) -> AsyncIterator[int]:
    """A trunk that lets calls through to a person's telephone; yields its port."""
    port = free_port()
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "PHONE": person,
        "ALGORITHM": algorithm,
        "PASSWORD": "secret",
        "STALE": stale,
    }
    async with kamailio(folder, CONFIG, port, values):
        yield port


@contextlib.asynccontextmanager
async def dialler(
    folder: Path, monkeypatch: pytest.MonkeyPatch, way: str, *, password: str = "secret", tls: str = ""
) -> AsyncIterator[tuple[SipDialler, list[str], SipAgent]]:
    """A dialler as the settings make it, the requests that it sent, and its agent."""
    (folder / "carrier.secret").write_text(f"{password}\n")
    (folder / "nightbell.toml").write_text(
        f"""
        [sip]
        listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0" {', "tls:127.0.0.1:0"' if tls else ""}]
        {tls}
        calls_out = "{way}"
        [[sip.trunks]]
        name = "carrier"
        user = "clinic-4711"
        password_file = "carrier.secret"
        """
    )
    monkeypatch.setenv("NIGHTBELL_CONFIG", str(folder / "nightbell.toml"))
    settings = load_settings()
    guard = DialGuard(numbers=frozenset({PERSON}), country="GB")
    agent = SipAgent(replace(agent_config(settings, country="GB"), guard=guard))
    sent, send, engine = list[str](), agent.stack.transports.send, engine_at()

    def noted(data: bytes, peer: Peer) -> None:
        message = read(data)
        if isinstance(message, Request):
            sent.append(message.method)
        send(data, peer)

    agent.stack.transports.send = noted  # type: ignore[method-assign]
    await agent.start()
    try:
        found = way_out(settings, small_flow().clinic, account_out(settings))
        yield SipDialler(agent, engine, found, {"anna": PERSON}), sent, agent
    finally:
        await agent.close()
        engine.close()


@pytest.mark.parametrize(
    ("algorithm", "transport", "stale"),
    [("MD5", "udp", 0), ("SHA-256", "udp", 0), ("SHA-256", "tcp", 0), ("MD5", "udp", 1)],
)
async def test_the_account_is_shown_and_the_person_takes_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, algorithm: str, transport: str, stale: int
) -> None:
    steps = scenario(*TAKES, expect("BYE", lacks="Proxy-Authorization"), agree())
    async with (
        phone(tmp_path, steps) as person,
        trunk(tmp_path, person, algorithm=algorithm, stale=stale) as port,
        dialler(tmp_path, monkeypatch, f"127.0.0.1:{port};transport={transport}") as (found, sent, agent),
        asyncio.timeout(LIMIT_S),
    ):
        rung = await found.ring(ORDER)
        assert rung.outcome == "taken"
        assert rung.leg is not None
        await rung.leg.hang_up()
        await until(lambda: not agent.held["dialogs"] and not agent.held["asked"], LIMIT_S)
        assert sent.count("INVITE") == 2 + stale
        assert sent.count("BYE") == 2, "the trunk asks again within the call"


async def test_a_wrong_password_is_shown_once_and_rings_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        trunk(tmp_path, free_port()) as port,
        dialler(tmp_path, monkeypatch, f"127.0.0.1:{port}", password="wrong") as (found, sent, _),
        asyncio.timeout(LIMIT_S),
    ):
        assert (await found.ring(ORDER)).outcome == "failed"
        assert sent.count("INVITE") == 2


async def test_a_trunk_that_calls_every_nonce_too_old_is_left_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        trunk(tmp_path, free_port(), stale=99) as port,
        dialler(tmp_path, monkeypatch, f"127.0.0.1:{port}") as (found, sent, _),
        asyncio.timeout(LIMIT_S),
    ):
        assert (await found.ring(ORDER)).outcome == "failed"
        assert sent.count("INVITE") == 4


@contextlib.asynccontextmanager
async def secure_trunk(folder: Path) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """An openssl that takes one connection with the certificate in a folder; what is written to it goes back."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet"),
        *("-cert", str(folder / "line.pem"), "-key", str(folder / "line.key")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: listens(port), LIMIT_S)
        yield port, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def invited(process: asyncio.subprocess.Process) -> Request:
    """Read the INVITE that an openssl decrypted."""
    assert process.stdout is not None
    head = await process.stdout.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]
    message = read(head + await process.stdout.readexactly(length))
    assert isinstance(message, Request)
    return message


async def test_a_trunk_over_tls_is_believed_by_the_authorities_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates(tmp_path)
    files = 'certificate = "line.pem"\nprivate_key = "line.key"\nauthorities = "authority.pem"'
    async with (
        secure_trunk(tmp_path) as (port, process),
        dialler(tmp_path, monkeypatch, f"127.0.0.1:{port};transport=tls", tls=files) as (found, _, agent),
        asyncio.timeout(LIMIT_S),
    ):
        ringing = asyncio.create_task(found.ring(ORDER))
        invite = await invited(process)
        assert f"SIP/2.0/TLS 127.0.0.1:{agent.address('tls')[1]}" in invite.headers.get("via")
        assert process.stdin is not None
        process.stdin.write(reply(invite, 486, Peer("tls", "127.0.0.1", port), tag="trunk").encode())
        assert (await ringing).outcome == "busy"


@pytest.mark.parametrize("believed", ["of another", "of the system"])
async def test_a_trunk_over_tls_that_nobody_vouches_for_is_told_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, believed: str
) -> None:
    (tmp_path / "other").mkdir()
    certificates(tmp_path)
    certificates(tmp_path / "other")
    files = 'certificate = "line.pem"\nprivate_key = "line.key"\n'
    files += 'authorities = "other/authority.pem"' if believed == "of another" else ""
    async with (
        secure_trunk(tmp_path) as (port, process),
        dialler(tmp_path, monkeypatch, f"127.0.0.1:{port};transport=tls", tls=files) as (found, _, _agent),
        asyncio.timeout(LIMIT_S),
    ):
        assert (await found.ring(ORDER)).outcome == "failed"
        process.kill()
        assert process.stdout is not None
        assert await process.stdout.read() == b""


async def test_authorities_that_are_none_are_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates(tmp_path)
    files = 'certificate = "line.pem"\nprivate_key = "line.key"\nauthorities = "nowhere.pem"'
    with pytest.raises(SettingsError, match="certificate"):
        async with dialler(tmp_path, monkeypatch, "127.0.0.1:5061;transport=tls", tls=files):
            pass
