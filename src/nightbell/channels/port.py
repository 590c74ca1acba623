"""The Channel port: hand one message over to whoever carries it, or say whether trying again makes sense.

Contract (``tests/contracts/test_channel_contract.py`` holds every adapter to it):

- ``send`` returns when the carrier has the message, and never because a person has it: "delivered" is no
  acknowledgement (DESIGN section 4, rule 8).
- It raises ``ChannelBusy`` for what may pass (no connection, a time-out, 408, 425, 429, 5xx; with the carrier's
  own ``Retry-After`` where there is one), ``ChannelFailed`` for what will not (any other 4xx, a refused mailbox).
- It ends within ``limit_s`` whatever the other side does, and a cancelled ``send`` lets go at once.
- It sends once: trying again is ``delivery``'s business. No error, log or representation holds an address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

__all__ = ["SEND_LIMIT_S", "Channel", "Message", "Receipt"]

SEND_LIMIT_S: Final = 10.0
"""Longest that one hand-over may take, seconds; a D1's next rung is due after 45."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one person is sent about one page."""

    id: str
    """The page's id, the same for every copy: who gets two can see that they are one."""
    to: str = field(repr=False)
    """E.164, a mailbox, a topic or an address of the web; as ``oncall.person.Method.address`` holds it."""
    subject: str
    text: str
    """Made by ``wording``: no name, no symptom, nobody's number."""
    urgent: bool
    copy: int = 1
    """1 for the first; a later one exists because nobody knows whether the one before arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The carrier has it."""

    reference: str
    """The carrier's own name for it; empty where it gives none."""


class Channel(Protocol):
    """One carrier."""

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        """Hand a message over.

        Raises:
            ChannelBusy: not now.
            ChannelFailed: not ever.
        """

    async def aclose(self) -> None:
        """Let go of connections; safe to repeat."""
