"""Registry: the calls that a PBX announced before their sound, each under a random id that is good once.

Neither AudioSocket nor chan_websocket tells who calls whom: the PBX's dial plan asks for an id over HTTP, with a
key that it shares with us, and hands the id to either. An id is good for half a minute.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from aiohttp import web

from nightbell.line.stream.ring import StreamRing, withheld

__all__ = ["Registered", "Registry"]

_GOOD_S: Final = 30.0
"""From the registration to the connection; a dial plan takes a tenth of a second."""
_MOST: Final = 2_000
"""Ids that wait; the oldest goes first."""
_LONGEST: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A call that was announced."""

    caller: str | None
    called: str
    display: str = ""
    until_s: float


class Registry:
    """Gives ids out over HTTP, and takes each back once."""

    def __init__(
        self,
        key: str,
        *,
        refuses: Callable[[StreamRing], int],
        too_fast: Callable[[str], int | None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take who may ask.

        Args:
            key: what the PBX shows, as a bearer's token or as a password.
            refuses: tells how a call would be refused, as a SIP status; 0 takes it.
            too_fast: tells for a source after how many seconds it may try again; None lets it in.
            clock: seconds that do not run backwards.
        """
        self._key = key
        self._refuses = refuses
        self._too_fast = too_fast
        self._clock = clock
        self._waiting: OrderedDict[UUID, Registered] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [web.post("/pbx/calls", self.register)]

    async def register(self, request: web.Request) -> web.Response:
        """Answer with an id, as text; with no text where the call is not taken."""
        if not self._shows_key(request.headers.get("Authorization", "")):
            raise web.HTTPUnauthorized(text="", headers={"WWW-Authenticate": 'Basic realm="nightbell"'})
        form = await request.post()
        caller, called = form.get("caller", ""), form.get("called", "")
        if not isinstance(caller, str) or not isinstance(called, str) or len(caller) > _LONGEST:
            raise web.HTTPBadRequest(text="")
        if not called or len(called) > _LONGEST:
            raise web.HTTPBadRequest(text="")
        shown = form.get("name", "")
        display = shown[:_LONGEST] if isinstance(shown, str) else ""
        who = None if withheld(caller) else caller
        wait_s = self._too_fast("pbx")
        if wait_s is not None:
            raise web.HTTPServiceUnavailable(text="", headers={"Retry-After": str(wait_s)})
        code = self._refuses(StreamRing(id="", caller=who, called=called, source=request.remote or ""))
        if code == web.HTTPNotFound.status_code:
            raise web.HTTPNotFound(text="")
        if code:
            raise web.HTTPServiceUnavailable(text="")
        return web.Response(text=str(self.announce(who, called, display)))

    def announce(self, caller: str | None, called: str, display: str = "") -> UUID:
        """Return the id for a call."""
        name = uuid4()
        self._waiting[name] = Registered(
            caller=caller, called=called, display=display, until_s=self._clock() + _GOOD_S
        )
        while len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)
        return name

    def redeem(self, name: UUID) -> Registered | None:
        """Return the call of an id, once; None for one that is wrong, used or too old."""
        found = self._waiting.pop(name, None)
        return found if found is not None and self._clock() <= found.until_s else None

    def _shows_key(self, shown: str) -> bool:
        kind, _, value = shown.partition(" ")
        if kind.lower() == "basic":
            try:
                value = b64decode(value, validate=True).decode().partition(":")[2]
            except (Base64Error, ValueError):
                value = ""
        elif kind.lower() != "bearer":
            value = ""
        return bool(self._key) and hmac.compare_digest(value.encode("utf-8", "replace"), self._key.encode())
