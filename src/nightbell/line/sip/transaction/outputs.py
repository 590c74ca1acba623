"""What the transaction layer gives back: bytes to send, and events for the agent above it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from nightbell.line.sip.message.model import Request, Response
from nightbell.line.sip.peer import Peer

__all__ = [
    "Acknowledged", "Answered", "Cancelled", "Ended", "Key", "Output", "Received", "TimedOut", "Transmit",
    "Unacknowledged",
]  # fmt: skip


class Key(NamedTuple):
    """A transaction's name."""

    side: str
    """server or client."""
    branch: str
    sent_by: str
    method: str
    """An ACK belongs to its INVITE."""


@dataclass(frozen=True, slots=True)
class Transmit:
    """Bytes go out."""

    data: bytes
    peer: Peer


@dataclass(frozen=True, slots=True)
class Received:
    """A new request: the agent answers it by ``respond``."""

    key: Key
    request: Request
    peer: Peer


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller took an INVITE back before it was answered; the agent answers it with 487."""

    key: Key


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The ACK of a 2xx came, for the first time."""

    request: Request
    peer: Peer


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """No ACK came for a final answer in 64 T1."""

    key: Key


@dataclass(frozen=True, slots=True)
class Answered:
    """A response to a request of ours; a 2xx to INVITE comes here each time it arrives."""

    key: Key
    response: Response
    peer: Peer


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No response to a request of ours in 64 T1: as good as 408."""

    key: Key


@dataclass(frozen=True, slots=True)
class Ended:
    """A transaction is over and forgotten."""

    key: Key


Output = Transmit | Received | Cancelled | Acknowledged | Unacknowledged | Answered | TimedOut | Ended
