"""Wire: what ``duty`` and the process that takes calls say to each other about one telephone that is to ring.

One connection for each ring: ``duty`` sends an order, the other end tells of a key (``pressed``), is told whether
it won (``won``) or was not written down (``unwritten``), and ends with an ``outcome``. One JSON object a line. A
connection that ends early is let go of by both: the ringing stops, or counts as failed. It holds no rule and keeps
nothing; what it reads it does not trust.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

from nightbell.errors import LineFailed
from nightbell.escalation.port import How, Ring, RingBackOutcome, RingOutcome

__all__ = [
    "LINE_BYTES",
    "ORDER_S",
    "Order",
    "RingBack",
    "order_line",
    "order_of",
    "read",
    "send",
    "word_of",
]

LINE_BYTES: Final = 16 * 1024
"""Longest line: a whisper is some hundred characters."""
ORDER_S: Final = 5.0
"""How long a connection may take to say what it wants."""
_SEND_S: Final = 5.0
"""How long a line may take to leave; the other end reads at once unless it hangs."""
_LONGEST_RING_MS: Final = 3_600_000

Reason = Literal["dropped", "missed"]
WORDS: Final[Mapping[str, frozenset[str]]] = {
    "how": frozenset(get_args(How)),
    "ring": frozenset(get_args(RingOutcome)),
    "ring_back": frozenset(get_args(RingBackOutcome)),
    "reason": frozenset(get_args(Reason)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RingBack:
    """A caller who is to be rung back."""

    call: str
    number: str = field(repr=False)
    reason: Reason


Order: TypeAlias = Ring | RingBack

_TEXTS: Final = ("page", "escalation", "call", "clinic", "number", "whisper", "pin")


def order_line(order: Order) -> dict[str, Any]:
    """Return an order as it is sent."""
    return {"do": "ring" if isinstance(order, Ring) else "ring_back", **asdict(order)}


def order_of(told: Mapping[str, Any]) -> Order:
    """Return the order that was sent.

    Raises:
        LineFailed: it is none.
    """
    match told.get("do"):
        case "ring":
            texts = {name: _text(told, name) for name in _TEXTS}
            ring_ms, copy = (_count(told, name) for name in ("ring_ms", "copy"))
            return Ring(**texts, ring_ms=ring_ms, copy=copy)
        case "ring_back":
            reason = word_of(told, "reason", "reason")
            return RingBack(call=_text(told, "call"), number=_text(told, "number"), reason=reason)  # type: ignore[arg-type]
        case _:
            raise _wrong("no such order")


def word_of(told: Mapping[str, Any], name: str, kind: str) -> str:
    """Return one of a closed list of words: ``kind`` is how, ring, ring_back or reason.

    Raises:
        LineFailed: it is none of them.
    """
    word = told.get(name)
    if not isinstance(word, str) or word not in WORDS[kind]:
        raise _wrong("a word that is not on the list")
    return word


async def read(reader: asyncio.StreamReader, *, within_s: float | None) -> dict[str, Any]:
    """Read one line.

    Args:
        reader: of the connection.
        within_s: how long it may take; None where somebody else holds the limit.

    Raises:
        LineFailed: it ended, took too long, or is no JSON object on a line.
    """
    try:
        async with asyncio.timeout(within_s):
            line = await reader.readline()
    except TimeoutError as error:
        raise _wrong("nothing was said in time") from error
    except (ValueError, OSError) as error:  # ValueError: longer than the limit
        raise _wrong("the connection broke") from error
    if not line.endswith(b"\n"):
        raise _wrong("the other end let go")
    try:
        told = json.loads(line)
    except ValueError as error:
        raise _wrong("no JSON") from error
    if not isinstance(told, dict):
        raise _wrong("no JSON object")
    return told


async def send(writer: asyncio.StreamWriter, told: Mapping[str, Any]) -> None:
    """Send one line.

    Raises:
        LineFailed: the other end let go, or does not read.
    """
    try:
        writer.write(json.dumps(told).encode() + b"\n")
        async with asyncio.timeout(_SEND_S):
            await writer.drain()
    except (OSError, TimeoutError, RuntimeError) as error:
        raise _wrong("the other end does not read") from error


def _text(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str):
        raise _wrong("an order with a hole in it")
    return found


def _count(told: Mapping[str, Any], name: str) -> int:
    found = told.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= _LONGEST_RING_MS:
        raise _wrong("a count that is none")
    return found


def _wrong(what: str) -> LineFailed:
    return LineFailed(f"between duty and the line: {what}", provider="duty", hint="is the other process running?")
