"""CarrierCalls: the calls that webhooks announced, by the carrier's id, and the tickets to their streams.

A ticket is a random word in a stream's address: good once, for one call, for a while. A webhook that comes again
is answered the same as long as its ticket was not used; a call that lives gets another one when its stream broke;
a call that is over is remembered for a while, so that a late or repeated request starts nothing.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nightbell.line.stream.line import StreamLine

__all__ = ["CarrierCall", "CarrierCalls"]

_TICKET_S: Final = 60.0
"""From the webhook's answer to the stream: carriers take a second, and a replay must come late."""
_KEPT: Final = 10_000
"""Calls that are remembered; the oldest that is over goes first."""


@dataclass(slots=True, eq=False, kw_only=True)
class CarrierCall:
    """One call."""

    sid: str
    caller: str | None
    called: str
    display: str = ""
    ticket: str = ""
    given_s: float = 0.0
    line: StreamLine | None = None
    """While it lives."""
    refused: bool = False
    """Reception did not take it."""
    over: bool = False
    """It was a call, and is none any more."""

    def ended(self) -> None:
        """Take that its line is over; nothing of it is held any longer."""
        self.line, self.over = None, not self.refused


class CarrierCalls:
    """The calls of one process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none; ``clock`` gives seconds that do not run backwards."""
        self._clock = clock
        self._calls: OrderedDict[str, CarrierCall] = OrderedDict()
        self._tickets: dict[str, CarrierCall] = {}

    def find(self, sid: str) -> CarrierCall | None:
        """Return a call that was announced; None for one that is not known."""
        return self._calls.get(sid)

    def announce(self, sid: str, *, caller: str | None, called: str, display: str = "") -> CarrierCall:
        """Return the call of an id, a new one where none is known."""
        call = self._calls.get(sid)
        if call is None:
            call = self._calls[sid] = CarrierCall(sid=sid, caller=caller, called=called, display=display)
            self._forget()
        return call

    def ticket(self, call: CarrierCall) -> str:
        """Return the word that its stream must show: the one that was given and not used, else a new one."""
        now_s = self._clock()
        if not call.ticket or now_s - call.given_s > _TICKET_S:
            self._tickets.pop(call.ticket, None)
            call.ticket, call.given_s = secrets.token_urlsafe(24), now_s
            self._tickets[call.ticket] = call
        return call.ticket

    def redeem(self, ticket: str) -> CarrierCall | None:
        """Return the call that a ticket is for, once; None for one that is wrong, used or too old."""
        call = self._tickets.pop(ticket, None)
        if call is None:
            return None
        call.ticket = ""
        return call if self._clock() - call.given_s <= _TICKET_S else None

    def _forget(self) -> None:
        while len(self._calls) > _KEPT:
            sid = next((sid for sid, call in self._calls.items() if call.line is None), None)
            if sid is None:
                return
            self._tickets.pop(self._calls.pop(sid).ticket, None)
