"""TCP and TLS: framing, who dawdles, and calls over connections."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.line.sip.certificates import certificates
from tests.unit.line.sip.torture import request
from tests.unit.line.sip.wire import LIMIT_S, QUICK, agent, answers_everything, offer

from nightbell.errors import LineFailed, SettingsError
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.message.model import Response
from nightbell.line.sip.message.reading import read
from nightbell.line.sip.transport.binding import Binding, TlsFiles
from nightbell.line.sip.transport.framing import PING, PONG, Framer, FramingLost
from nightbell.line.sip.trust import Trust

TCP = (Binding("tcp", "127.0.0.1"), Binding("udp", "127.0.0.1"))


def message(name: str, *, length: str = "Content-Length: {}", body: bytes = b"abc") -> bytes:
    head = f"MESSAGE sip:x SIP/2.0\r\nCall-ID: {name}\r\n{length.format(len(body))}\r\n\r\n"
    return head.encode() + body


@given(
    st.lists(st.integers(1, 60)), st.lists(st.sampled_from(["message", "ping", "empty"]), min_size=1, max_size=5)
)
def test_messages_are_cut_alike_however_the_stream_is_cut(cuts: list[int], kinds: list[str]) -> None:
    parts = {"message": message("a"), "ping": PING, "empty": message("b", body=b"", length="l: {}")}
    stream = b"".join(parts[kind] for kind in kinds)
    framer, found, place = Framer(), [], 0
    for cut in [*cuts, len(stream)]:
        found += framer.feed(stream[place : place + cut])
        place += cut
    assert found == [parts[kind] for kind in kinds if kind != "ping"]
    assert framer.pings == kinds.count("ping")
    assert not framer.partial


@pytest.mark.parametrize(
    "length",
    [
        "Content-Length: {}",
        "Content-Length : {}",
        "l: {}",
        "L :{}",
        "CONTENT-LENGTH:\r\n {}",
        "content-length:\t{}  ",
    ],
)
def test_a_length_counts_however_it_is_written(length: str) -> None:
    whole = message("a", length=length) + message("b")
    assert Framer().feed(whole) == [message("a", length=length), message("b")]


@pytest.mark.parametrize(
    "length", ["Content-Length: -5", "Content-Length: 1x", "Content-Length: 99999999", "Content-Length: 3\r\nl: 5"]
)
def test_a_length_that_is_none_ends_the_connection(length: str) -> None:
    with pytest.raises(FramingLost):
        Framer().feed(message("a", length=length))


def test_a_head_without_end_ends_the_connection() -> None:
    framer = Framer()
    assert framer.feed(b"x" * 60_000) == []
    with pytest.raises(FramingLost):
        framer.feed(b"x" * 6_000)


class Connection:
    """A test's own connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> Response:
        async with asyncio.timeout(LIMIT_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            found = read(head.replace(b"Content-Length", b"X-Length"))
            body = await self.reader.readexactly(int(found.headers.get("x-length")))
        assert isinstance(found, Response)
        found.body = body
        return found

    async def closed(self) -> bytes:
        """Return what still comes until the other side closes."""
        async with asyncio.timeout(LIMIT_S):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read()
        return b""


@contextlib.asynccontextmanager
async def connection(line: SipAgent, context: ssl.SSLContext | None = None) -> AsyncIterator[Connection]:
    host, port = line.address("tls" if context else "tcp")
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


def over_tcp(name: str, method: str = "OPTIONS", via: str = "192.0.2.9:5999") -> bytes:
    return request(name, method, replace={"Via": f"SIP/2.0/TCP {via};branch=z9hG4bK{name}"})


@pytest.mark.asyncio
async def test_an_answer_comes_over_the_same_connection_whatever_via_says() -> None:
    async with agent(transports=TCP) as line, connection(line) as caller:
        spaced = over_tcp("one").replace(b"Content-Length:", b"Content-Length :")
        caller.send(spaced + over_tcp("two"))
        assert [(await caller.response()).call_id[:3] for _ in range(2)] == ["one", "two"]


@pytest.mark.asyncio
async def test_a_keep_alive_is_answered() -> None:
    async with agent(transports=TCP) as line, connection(line) as caller:
        caller.send(PING)
        async with asyncio.timeout(LIMIT_S):
            assert await caller.reader.readexactly(2) == PONG


@pytest.mark.asyncio
async def test_an_answer_to_a_keep_alive_of_ours_costs_nobody_the_connection() -> None:
    config = AgentConfig(bindings=TCP, trust=Trust(networks=("127.0.0.1",)), message_limit_s=0.1)
    line = SipAgent(config)
    await line.start()
    try:
        async with connection(line) as caller:
            caller.send(over_tcp("before"))
            await caller.response()
            caller.send(PONG)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await caller.reader.read()
            caller.send(over_tcp("after"))
            assert (await caller.response()).status == 200
    finally:
        await line.close()


@pytest.mark.asyncio
async def test_who_dawdles_over_a_message_is_cut_off_and_others_are_not() -> None:
    config = AgentConfig(bindings=TCP, trust=Trust(networks=("127.0.0.1",)), timers=QUICK, message_limit_s=0.1)
    line = SipAgent(config)
    await line.start()
    async with connection(line) as slow, connection(line) as silent, connection(line) as quick:
        quick.send(PING)
        slow.send(over_tcp("slow")[:40])
        assert await slow.closed() == b""
        assert await silent.closed() == b""
        assert await quick.reader.readexactly(2) == PONG
        quick.send(over_tcp("quick"))
        assert (await quick.response()).status == 200
    await line.close()


@pytest.mark.asyncio
async def test_a_stranger_gets_no_connection() -> None:
    async with agent(transports=TCP, trust=Trust(networks=("192.0.2.0/24",))) as line:
        async with connection(line) as stranger:
            stranger.send(over_tcp("hello"))
            assert await stranger.closed() == b""
        assert line.stack.counts["received"] == 0


@pytest.mark.asyncio
async def test_too_many_connections_of_one_address_are_cut_off() -> None:
    async with agent(transports=TCP) as line, contextlib.AsyncExitStack() as stack:
        found = [await stack.enter_async_context(connection(line)) for _ in range(33)]
        assert await found[-1].closed() == b""
        found[0].send(over_tcp("first"))
        assert (await found[0].response()).status == 200
        assert line.stack.transports.connections == 32


def listening(target: SipAgent, transport: str) -> str:
    host, port = target.address("tls" if transport == "tls" else "tcp")
    return f"sip:line@{host}:{port};transport={transport}"


@pytest.mark.asyncio
async def test_a_call_is_placed_over_tcp_and_ends_from_either_side() -> None:
    async with agent(transports=TCP) as line, agent(transports=TCP) as caller:
        line.on_invite = answers_everything
        target = listening(line, "tcp")
        object.__setattr__(caller.config, "guard", DialGuard(uris=frozenset({target})))
        for end in ("here", "there"):
            call = await caller.invite(target, offer(), from_number="+442079460000")
            ours = await call.answered()
            theirs = line.dialogs[0]
            await (ours if end == "here" else theirs).bye()
            assert {ours.ended, theirs.ended} == {"us", "caller"}


@pytest.mark.asyncio
async def test_a_connection_that_cannot_be_had_fails_the_call_at_once() -> None:
    async with agent(transports=TCP) as line, agent(transports=TCP) as caller:
        target = listening(line, "tcp")
        await line.close()
        object.__setattr__(caller.config, "guard", DialGuard(uris=frozenset({target})))
        call = await caller.invite(target, offer(), from_number="+442079460000")
        async with asyncio.timeout(LIMIT_S):
            assert (await call.decided()).kind == "failed"


@contextlib.asynccontextmanager
async def secure(files: TlsFiles, guard: DialGuard | None = None) -> AsyncIterator[SipAgent]:
    config = AgentConfig(
        bindings=(Binding("tls", "127.0.0.1"),),
        trust=Trust(networks=("127.0.0.1",)),
        timers=QUICK,
        tls=files,
        guard=guard or DialGuard(),
        close_limit_s=0.05,
    )
    line = SipAgent(config)
    line.on_invite = answers_everything
    await line.start()
    try:
        yield line
    finally:
        await line.close()


@pytest.mark.asyncio
async def test_a_call_over_tls_is_made_with_a_certificate_that_is_known(tmp_path: Path) -> None:
    files = certificates(tmp_path)
    async with secure(files) as line:
        target = listening(line, "tls")
        async with secure(files, DialGuard(uris=frozenset({target}))) as caller:
            call = await caller.invite(target, offer(), from_number="+442079460000")
            dialog = await call.answered()
            await dialog.bye()
            assert dialog.ended == "us"
        other = tmp_path / "other"
        other.mkdir()
        async with secure(certificates(other), DialGuard(uris=frozenset({target}))) as stranger:
            call = await stranger.invite(target, offer(), from_number="+442079460000")
            assert (await call.decided()).kind == "failed"
            with pytest.raises(LineFailed):
                await call.answered()


@pytest.mark.asyncio
async def test_tls_without_a_certificate_does_not_start(tmp_path: Path) -> None:
    for files in (None, TlsFiles(tmp_path / "none.pem", tmp_path / "none.key")):
        line = SipAgent(AgentConfig(bindings=(Binding("tls", "127.0.0.1"),), tls=files))
        with pytest.raises(SettingsError):
            await line.start()


@pytest.mark.asyncio
@pytest.mark.peers("openssl")
async def test_openssl_speaks_to_the_line(tmp_path: Path) -> None:
    files = certificates(tmp_path)
    async with secure(files) as line:
        host, port = line.address("tls")
        process = await asyncio.create_subprocess_exec(
            "openssl",
            "s_client",
            "-connect",
            f"{host}:{port}",
            "-CAfile",
            str(files.authorities),
            "-verify_return_error",
            "-quiet",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(over_tcp("openssl"))
        async with asyncio.timeout(LIMIT_S):
            assert (await process.stdout.readline()).startswith(b"SIP/2.0 200")
        process.stdin.close()
        process.terminate()
        await process.wait()
