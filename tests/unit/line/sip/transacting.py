"""A transaction layer driven by hand: requests and responses to feed it, and a clock that tests turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request, Response
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.transaction.layer import Layer
from nightbell.line.sip.transaction.outputs import Key, Output, Received, Transmit

__all__ = ["TCP", "UDP", "Bench", "incoming", "statuses"]

UDP: Final = Peer("udp", "192.0.2.1", 5060)
TCP: Final = Peer("tcp", "192.0.2.1", 5060, 1)


def incoming(
    method: str = "INVITE", branch: str = "z9hG4bKa", *, to_tag: str = "", cseq: int = 1, call: str = "c"
) -> Request:
    """A request from a caller."""
    headers = Headers(
        [
            ("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport"),
            ("From", "<sip:caller@192.0.2.1>;tag=theirs"),
            ("To", "<sip:line@192.0.2.2>" + (f";tag={to_tag}" if to_tag else "")),
            ("Call-ID", call),
            ("CSeq", f"{cseq} {method}"),
            ("Max-Forwards", "70"),
        ]
    )
    return Request(headers=headers, method=method, target="sip:line@192.0.2.2")


def statuses(outputs: Iterable[Output]) -> list[str]:
    """The first lines of what goes out."""
    return [output.data.split(b"\r\n")[0].decode() for output in outputs if isinstance(output, Transmit)]


class Bench:
    """A layer and its clock."""

    def __init__(self, peer: Peer = UDP) -> None:
        self.layer = Layer()
        self.peer = peer
        self.now = 0.0
        self.log: list[tuple[float, Output]] = []

    def take(self, outputs: Iterable[Output]) -> list[Output]:
        found = list(outputs)
        self.log += [(self.now, output) for output in found]
        return found

    def receive(self, request: Request) -> list[Output]:
        return self.take(self.layer.receive(request, self.peer, self.now))

    def begin(self, request: Request) -> Key:
        key, outputs = self.layer.begin(request, self.peer, self.now)
        self.take(outputs)
        return key

    def answer(self, request: Request, status: int, tag: str = "ours") -> Response:
        return reply(request, status, self.peer, tag=tag)

    def respond(self, key: Key, response: Response) -> list[Output]:
        return self.take(self.layer.respond(key, response, self.now))

    def response(self, request: Request, status: int, tag: str = "theirs") -> list[Output]:
        return self.take(self.layer.take(self.answer(request, status, tag), self.peer, self.now))

    def invited(self, request: Request) -> Key:
        (output,) = self.receive(request)
        assert isinstance(output, Received)
        return output.key

    def until(self, end: float) -> list[tuple[float, Output]]:
        """Turn the clock, stopping wherever a timer is due; return what came of it."""
        begin = len(self.log)
        while (due := self.layer.next_due) is not None and due <= end:
            assert due >= self.now, "a timer in the past"
            self.now = due
            self.take(self.layer.tick(due))
        self.now = end
        return self.log[begin:]

    def sent(self, entries: Iterable[tuple[float, Output]]) -> list[float]:
        """When something went out."""
        return [round(when, 3) for when, output in entries if isinstance(output, Transmit)]
