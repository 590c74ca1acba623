"""Transports: every socket of one agent. It decides which of them a message takes, not what the message says."""

from __future__ import annotations

import asyncio
import functools
import itertools
import socket
from collections import Counter
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import LineFailed, SettingsError
from nightbell.line.sip.peer import Peer, Transport
from nightbell.line.sip.transport.stream import Stream
from nightbell.line.sip.transport.udp import Datagrams, open_datagrams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nightbell.line.sip.transport.binding import Binding, TlsFiles

__all__ = ["CONNECT_LIMIT_S", "Transports"]

CONNECT_LIMIT_S: Final = 5.0
"""Longest wait for a connection that we open; then the next registrar or trunk is tried."""
CLOSE_LIMIT_S: Final = 1.0
"""Longest wait for connections to send what is written; then they are cut."""
CONNECTIONS_LIMIT: Final = 256
"""Connections that are open at once; a trunk or PBX needs one."""
CONNECTIONS_PER_HOST: Final = 32
_ANY: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - what is compared with, not bound to
_log = structlog.get_logger(__name__)


class Transports:
    """Listening sockets, and the connections over them or opened by us."""

    def __init__(
        self,
        bindings: Sequence[Binding],
        *,
        received: Callable[[bytes, Peer], None],
        lost: Callable[[Peer], None],
        admits: Callable[[str], bool],
        tls: TlsFiles | None = None,
        message_limit_s: float = 10.0,
    ) -> None:
        self._bindings = bindings
        self._received = received
        self._lost = lost
        self._admits = admits
        self._tls = tls
        self._message_limit_s = message_limit_s
        self._datagrams: list[Datagrams] = []
        self._servers: list[asyncio.Server] = []
        self._streams: dict[int, Stream] = {}
        self._hosts: Counter[str] = Counter()
        self._opening: dict[tuple[Transport, str, int], asyncio.Task[Stream]] = {}
        self._numbers = itertools.count(1)
        self._local: dict[Transport, tuple[str, int]] = {}
        self.names: dict[str, str] = {}
        """Names under which addresses were looked up: what a TLS certificate is checked against."""

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._streams)

    async def open(self) -> None:
        """Open all listening sockets.

        Raises:
            LineFailed: an address cannot be had.
            SettingsError: TLS without certificates.
        """
        loop = asyncio.get_running_loop()
        for binding in self._bindings:
            try:
                if binding.transport == "udp":
                    found = await open_datagrams(binding.host, binding.port, self._received)
                    self._datagrams.append(found)
                    self._local.setdefault("udp", (found.host, found.port))
                    continue
                context = self._files().server_context() if binding.transport == "tls" else None
                if context is not None:
                    self._files().client_context()  # what is wrong with it is told now, not at the first call out
                make = functools.partial(self._stream, binding.transport, incoming=True)
                server = await loop.create_server(make, sock=_listening(binding.host, binding.port), ssl=context)
            except SettingsError:
                await self.close()
                raise
            except OSError as fault:
                await self.close()
                hint = "another program listens there, or the address is not this machine's"
                raise LineFailed("a SIP address cannot be opened", provider="sip", hint=hint) from fault
            self._servers.append(server)
            self._local.setdefault(binding.transport, server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        """Close everything."""
        opening = list(self._opening.values())
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for server in self._servers:
            server.close()
        for datagrams in self._datagrams:
            await datagrams.close()
        for stream in list(self._streams.values()):
            stream.close()
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await asyncio.gather(*(stream.wait_closed() for stream in list(self._streams.values())))
        except TimeoutError:
            for stream in list(self._streams.values()):
                stream.abort()
        self._datagrams, self._servers = [], []

    def address(self, transport: Transport) -> tuple[str, int] | None:
        """Return where we listen for a transport, or None."""
        return self._local.get(transport)

    def local(self, peer: Peer) -> tuple[str, int]:
        """Return host and port under which a peer sees us, without any address translation.

        Raises:
            LineFailed: nothing listens on that transport.
        """
        found = self._local.get(peer.transport)
        if found is None:
            raise LineFailed(
                "nothing listens on that transport", provider="sip", hint="add it to the SIP addresses"
            )
        host, port = found
        return (_towards(peer.host) if host in _ANY else host), port

    def alive(self, peer: Peer) -> bool:
        """Tell whether the connection that a peer came over is still there; UDP always is."""
        return peer.transport == "udp" or peer.connection in self._streams

    def send(self, data: bytes, peer: Peer) -> None:
        """Send a message; a connection that is not there is opened first."""
        if peer.transport == "udp":
            if self._datagrams:
                self._datagrams[0].send(data, peer)
            return
        stream = self._streams.get(peer.connection) or self._to(peer)
        if stream is not None:
            stream.send(data)
            return
        if peer.connection:
            # It came over a connection that is gone: nobody listens at that port.
            self._lost(peer)
            return
        key = (peer.transport, peer.host, peer.port)
        task = self._opening.get(key)
        if task is None:
            task = self._opening[key] = asyncio.get_running_loop().create_task(self._connect(peer))
            task.add_done_callback(functools.partial(self._connected, key, peer))
        task.add_done_callback(functools.partial(_send_then, data))

    def _to(self, peer: Peer) -> Stream | None:
        same = (peer.transport, peer.host, peer.port)
        return next(
            (s for s in self._streams.values() if (s.peer.transport, s.peer.host, s.peer.port) == same), None
        )

    async def _connect(self, peer: Peer) -> Stream:
        loop = asyncio.get_running_loop()
        context = self._files().client_context() if peer.transport == "tls" else None
        name = self.names.get(peer.host, peer.host) if context else None
        make = functools.partial(self._stream, peer.transport, incoming=False)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            _, stream = await loop.create_connection(make, peer.host, peer.port, ssl=context, server_hostname=name)
        return stream

    def _files(self) -> TlsFiles:
        if self._tls is None:
            raise SettingsError("SIP over TLS needs a certificate", hint="set certificate and key")
        return self._tls

    def _connected(self, key: tuple[Transport, str, int], peer: Peer, task: asyncio.Task[Stream]) -> None:
        self._opening.pop(key, None)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.warning("sip connection failed", transport=peer.transport, error=type(fault).__name__)
            self._lost(peer)

    def _stream(self, transport: Transport, *, incoming: bool) -> Stream:
        return Stream(
            transport=transport, number=next(self._numbers), received=self._received,
            opened=self._let_in if incoming else self._take_up, closed=self._forget,
            incoming=incoming, message_limit_s=self._message_limit_s,
        )  # fmt: skip

    def _let_in(self, stream: Stream) -> bool:
        host = stream.peer.host
        if len(self._streams) >= CONNECTIONS_LIMIT or self._hosts[host] >= CONNECTIONS_PER_HOST:
            return False
        return self._admits(host) and self._take_up(stream)

    def _take_up(self, stream: Stream) -> bool:
        self._streams[stream.peer.connection] = stream
        self._hosts[stream.peer.host] += 1
        return True

    def _forget(self, stream: Stream) -> None:
        if self._streams.pop(stream.peer.connection, None) is not None:
            self._hosts[stream.peer.host] -= 1
            if not self._hosts[stream.peer.host]:
                del self._hosts[stream.peer.host]


def _send_then(data: bytes, task: asyncio.Task[Stream]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().send(data)


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; ``::`` is every address of IPv4 too, as it is for UDP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=100, dualstack_ipv6=host == "::")


@functools.lru_cache(maxsize=64)
def _towards(host: str) -> str:
    """Return our own address on the way to another: a UDP socket that connects and sends nothing tells it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
