"""What carries the calls of a rehearsal on a served line: SIP, a carrier or a PBX over HTTP, or the phone page.

The secrets are made for the one rehearsal, and the line that knows them listens on loopback.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeAlias, get_args

from nightbell.bootstrap.caller import open_caller
from nightbell.bootstrap.stream_caller import carrier_calls, media_calls, page_calls, pbx_calls, request_calls
from nightbell.errors import LineFailed
from nightbell.line.webhook.exchange import CarrierExchange
from nightbell.rehearsal.phoning import ServedLine

if TYPE_CHECKING:
    from nightbell.cli.served_line import Line
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.telephone import Phone

__all__ = ["BY_REQUESTS", "CARRIERS", "REMARKS", "Over", "Placing", "Secrets", "open_place", "open_served"]

Placing: TypeAlias = "Callable[[str | None, str], Awaitable[Phone]]"
Over: TypeAlias = Literal[
    "sip", "media_stream", "audiosocket", "chan_websocket", "browser", "requests", "requests_by_keys"
]
CARRIERS: Final[tuple[Over, ...]] = get_args(Over)
BY_REQUESTS: Final[frozenset[Over]] = frozenset({"requests", "requests_by_keys"})
"""The latter by a carrier without a recogniser: keys, and messages that it records."""
REMARKS: Final[Mapping[Over, Mapping[str, str]]] = {
    "browser": {
        "caller": "lent: a browser shows no number, and the line was told the script's",
        "ring_backs": "judged by what the call asked for: nobody is rung back because of a try",
        "records": "not judged: of a try none are kept",
    }
}
"""What is otherwise there than on a line that rings people."""
_PUBLIC: Final = "https://line.example.org"
_ACCOUNT: Final = "AC-rehearsal"
_NOWHERE: Final = "https://127.0.0.1:9"
_SPEECH: Final = {"en": "en-GB"}


class Secrets:
    """What both ends of one rehearsal know."""

    def __init__(self, *, hears: bool = True, browses: bool = False) -> None:
        """Make them; ``hears``: the carrier has a recogniser of its own; ``browses``: the phone page is served."""
        self._browses = browses
        self._speech = _SPEECH if hears else {}
        self.token = secrets.token_urlsafe(24)
        self.key = secrets.token_urlsafe(24)
        self.exchange: CarrierExchange | None = None
        """Where the carrier rings people for calls by requests; None where it rings nobody."""
        self.api = _NOWHERE
        """Where its API is."""

    @asynccontextmanager
    async def ringing(self) -> AsyncIterator[None]:
        """Have the carrier ring people for the line, on this machine."""
        exchange = self.exchange = CarrierExchange()
        self.api = await exchange.start()
        try:
            yield
        finally:
            await exchange.aclose()

    def environment(self) -> Mapping[str, str]:
        """Return what the served line is told."""
        page = {"NIGHTBELL_HTTP__PHONE__KEY": self.key} if self._browses else {}
        return page | {
            "NIGHTBELL_HTTP__LISTEN": "127.0.0.1:0",
            "NIGHTBELL_HTTP__PUBLIC_URL": _PUBLIC,
            "NIGHTBELL_HTTP__TWILIO__ACCOUNT": _ACCOUNT,
            "NIGHTBELL_HTTP__TWILIO__TOKEN": self.token,
            "NIGHTBELL_HTTP__TWILIO__SPEECH": json.dumps(self._speech),
            "NIGHTBELL_HTTP__TWILIO__API": self.api,
            "NIGHTBELL_HTTP__PBX__AUDIOSOCKET": "127.0.0.1:0",
            "NIGHTBELL_HTTP__PBX__KEY": self.key,
        }


@asynccontextmanager
async def open_place(
    over: Over, line: Line, flow: Flow, known: Secrets, standing: Mapping[str, Any]
) -> AsyncIterator[Placing]:
    """Open what places calls, as ``ServedLine.place``.

    Args:
        over: what carries them.
        line: the served line.
        flow: the clinic whose number is called.
        known: the secrets that it was told.
        standing: what it tells of itself.
    """
    number = flow.clinic.number
    here = f"http://{standing.get('http', '')}"
    if over == "media_stream":
        async with carrier_calls(here, _PUBLIC, token=known.token, account=_ACCOUNT, called=number) as place:
            yield place
    elif over == "audiosocket":
        sound = str(standing.get("audiosocket", ""))
        async with pbx_calls(here, sound, key=known.key, called=number) as place:
            yield place
    elif over == "chan_websocket":
        async with media_calls(here, key=known.key, called=number) as place:
            yield place
    elif over in BY_REQUESTS or over == "browser":
        yield _no_sound  # it is placed otherwise
    else:
        target = f"sip:{number}@{line.address}"
        async with open_caller(target, country=flow.clinic.country) as caller:
            yield caller.place


@asynccontextmanager
async def open_served(
    over: Over, line: Line, flow: Flow, known: Secrets, standing: Mapping[str, Any]
) -> AsyncIterator[ServedLine]:
    """Open what carries the calls of a rehearsal; see ``open_place``."""
    if over == "browser":
        here = f"http://{standing.get('http', '')}"
        async with page_calls(here, word=known.key, clinic=flow.clinic.name) as page:
            yield ServedLine(place=_no_sound, feed=line.feed, page=page)
        return
    if over not in BY_REQUESTS:
        async with open_place(over, line, flow, known, standing) as place:
            yield ServedLine(place=place, feed=line.feed)
        return
    here, number = f"http://{standing.get('http', '')}", flow.clinic.number
    async with request_calls(
        here, _PUBLIC, token=known.token, account=_ACCOUNT, called=number, exchange=known.exchange
    ) as requests:
        yield ServedLine(place=_no_sound, feed=line.feed, requests=requests, people=known.exchange)
        if known.exchange is not None:
            await known.exchange.nobody_waits()


async def _no_sound(caller: str | None, display: str) -> NoReturn:
    del caller, display
    raise LineFailed("such a call is placed otherwise", provider="rehearsal")
