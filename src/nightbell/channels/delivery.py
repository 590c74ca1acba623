"""Delivery: one message over one channel, tried again while that makes sense. It knows no people and no ladder.

A message that cannot be handed over is an outcome, not an error: the ladder goes on to the next way and the next
person, and must never be held up by a carrier.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from nightbell.channels.port import SEND_LIMIT_S, Channel, Message
from nightbell.errors import ChannelBusy, ChannelFailed

__all__ = ["Delivered", "Patience", "deliver"]

_log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long a message is tried."""

    pauses_s: tuple[float, ...] = (1.0, 4.0, 15.0)
    """Before the second try, the third, and so on; a carrier's longer Retry-After counts instead."""
    limit_s: float = SEND_LIMIT_S
    """For each try."""
    whole_s: float = 60.0
    """For all of them."""


USUAL: Final = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What came of it."""

    outcome: Literal["sent", "failed"]
    tries: int
    reference: str = ""
    why: str = ""
    """What the last error said; it holds no address."""


async def deliver(
    channel: Channel, message: Message, patience: Patience = USUAL, *, sleep: Sleep = asyncio.sleep
) -> Delivered:
    """Hand a message over, trying again what may pass.

    Args:
        channel: the carrier.
        message: the message.
        patience: how often and how long.
        sleep: how to wait; tests set it.
    """
    tries, why = 0, ""
    try:
        async with asyncio.timeout(patience.whole_s):
            for pause in (*patience.pauses_s, None):
                tries += 1
                try:
                    receipt = await channel.send(message, limit_s=patience.limit_s)
                except ChannelBusy as busy:
                    why = busy.message
                    if pause is None:
                        break
                    await sleep(max(pause, busy.retry_after_s or 0.0))
                except ChannelFailed as failed:
                    why = failed.message
                    break
                else:
                    return Delivered(outcome="sent", tries=tries, reference=receipt.reference)
    except TimeoutError:
        why = why or f"not handed over within {patience.whole_s:g} s"
    _log.warning("channels.not_sent", page=message.id, tries=tries, why=why)
    return Delivered(outcome="failed", tries=tries, why=why)
