"""CarrierRest: what a carrier does for us when asked, over HTTP in the shape of Twilio's REST API.

Legs are placed and ended (``POST /2010-04-01/Accounts/{sid}/Calls.json``), calls are told to ask again,
recordings are listed, fetched and deleted, with basic authentication. An emergency, crisis or service number is
refused here, below all (DESIGN section 4, rule 2). A number stands in the request and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Literal, TypeAlias

import aiohttp

from nightbell.errors import DialRefused, LineFailed, TermError
from nightbell.line.webhook.asked import OVER
from nightbell.terms.instant import Instant
from nightbell.terms.phone import must_not_be_rung

__all__ = ["CarrierRest", "Listed"]

_LIMIT_S: Final = 8.0
_MOST_BYTES: Final = 65_536
_MOST_SOUND: Final = 32 * 1024 * 1024
"""Half an hour."""
_MOST_LISTED: Final = 1024 * 1024
"""Of one page of calls or recordings."""
_PAGES: Final = 5
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One recording that the carrier has."""

    sid: str
    call: str
    """What the carrier calls the call."""
    at: Instant
    """When it began."""


What: TypeAlias = Literal["place", "end", "again", "list", "recording", "forget"]
"""What a carrier is asked to do."""
Told: TypeAlias = Callable[[What, Literal["done", "refused", "no_answer"]], None]


def _nobody(_what: What, _outcome: str) -> None:
    pass


class CarrierRest:
    """One account at a carrier."""

    def __init__(self, base: str, *, account: str, token: str, country: str = "", told: Told = _nobody) -> None:
        """Take the account.

        Args:
            base: such as ``https://example.org``; the path is added.
            account: its sid.
            token: its secret.
            country: ISO 3166 alpha-2, for numbers without a country code.
            told: of each thing it was asked to do, and whether it was ``done``, ``refused`` or had ``no_answer``.
        """
        self._account = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}"
        self._basic = "Basic " + b64encode(f"{account}:{token}".encode()).decode()
        self._country = country
        self._told = told
        self._session: aiohttp.ClientSession | None = None

    async def place(self, to: str, *, sender: str, url: str, status_url: str, ring_s: float) -> str:
        """Have somebody rung; return what the carrier calls the leg.

        Raises:
            DialRefused: a number that is never rung.
            LineFailed: the carrier did not take it.
        """
        if must_not_be_rung(to, self._country):
            why = "emergency, crisis and service numbers are never rung"
            raise DialRefused(why, provider="carrier", hint="check the rota's numbers")
        form = {
            "To": to,
            "From": sender,
            "Url": url,
            "Method": "POST",
            "StatusCallback": status_url,
            "StatusCallbackEvent": "completed",
            "Timeout": str(max(int(ring_s), 5)),
        }
        sid = (await self._post("place", f"{self._account}/Calls.json", form)).get("sid")
        if not isinstance(sid, str) or not sid.isalnum():
            raise LineFailed("the carrier placed no leg", provider="carrier")
        return sid

    async def end(self, sid: str) -> None:
        """Put a leg down; one that is over already is no fault.

        Raises:
            LineFailed: the carrier cannot be reached.
        """
        await self._post("end", f"{self._account}/Calls/{sid}.json", {"Status": "completed"}, over={404})

    async def again(self, sid: str, url: str) -> None:
        """Have a caller's call leave what it is in and ask an address of ours. Raises LineFailed."""
        await self._post("again", f"{self._account}/Calls/{sid}.json", {"Url": url, "Method": "POST"})

    async def is_over(self, sid: str) -> bool:
        """Tell whether a call is over there. Raises LineFailed."""
        told = _told(await self._ask("list", "GET", f"{self._account}/Calls/{sid}.json"))
        return told.get("status") in OVER

    async def live(self) -> set[str]:
        """Return the calls that are in progress, some hundreds at most. Raises LineFailed."""
        found: set[str] = set()
        for page in range(_PAGES):
            url = f"{self._account}/Calls.json?Status=in-progress&PageSize={_PAGE}&Page={page}"
            told = _told(await self._ask("list", "GET", url, most=_MOST_LISTED)).get("calls")
            listed = told if isinstance(told, list) else []
            found |= {str(each["sid"]) for each in listed if isinstance(each, dict) and "sid" in each}
            if len(listed) < _PAGE:
                break
        return found

    async def recordings(self, since: Instant) -> list[Listed]:
        """Return finished recordings since a day, some hundreds at most. Raises LineFailed."""
        found: list[Listed] = []
        day = since.datetime().date().isoformat()
        for page in range(_PAGES):
            url = f"{self._account}/Recordings.json?DateCreated%3E={day}&PageSize={_PAGE}&Page={page}"
            told = _told(await self._ask("list", "GET", url, most=_MOST_LISTED)).get("recordings")
            listed = told if isinstance(told, list) else []
            found += [each for each in map(_recorded, listed) if each is not None]
            if len(listed) < _PAGE:
                break
        return found

    async def recording(self, sid: str) -> bytes:
        """Return a recording as WAV. Raises LineFailed: it is not there yet, or the carrier cannot be reached."""
        return await self._ask("recording", "GET", f"{self._account}/Recordings/{sid}.wav", most=_MOST_SOUND)

    async def forget(self, sid: str) -> None:
        """Delete a recording there; one that is gone already is no fault. Raises LineFailed."""
        await self._ask("forget", "DELETE", f"{self._account}/Recordings/{sid}.json", over={404})

    async def aclose(self) -> None:
        """Let go of the connection; safe to repeat."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(
        self, what: What, url: str, form: Mapping[str, str], *, over: Collection[int] = ()
    ) -> dict[str, object]:
        return _told(await self._ask(what, "POST", url, form=form, over=over))

    async def _ask(
        self,
        what: What,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        over: Collection[int] = (),
        most: int = _MOST_BYTES,
    ) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"Authorization": self._basic})
        data = dict(form) if form is not None else None
        try:
            async with asyncio.timeout(_LIMIT_S):
                async with self._session.request(method, url, data=data, allow_redirects=False) as answer:
                    status, body = answer.status, b""
                    async for part in answer.content.iter_any():
                        body += part
                        if len(body) > most:
                            raise LineFailed("an answer too long", provider="carrier")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            # The words of these errors hold the address: only the kind of error goes on.
            self._told(what, "no_answer")
            raise LineFailed(f"no answer ({type(error).__name__})", provider="carrier") from None
        good = 200 <= status < 300 or status in over
        self._told(what, "done" if good else "refused")
        if not good:
            raise LineFailed(f"answered {status}", provider="carrier", hint="look at its account and token")
        return body


def _told(body: bytes) -> dict[str, object]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _recorded(told: object) -> Listed | None:
    """Read one entry of a list of recordings; None for one that is not finished, or makes no sense."""
    if not isinstance(told, dict) or told.get("status", "completed") != "completed":
        return None
    sid, call, when = (told.get(name) for name in ("sid", "call_sid", "start_time"))
    when = when or told.get("date_created")
    if not (isinstance(sid, str) and isinstance(call, str) and isinstance(when, str) and sid.isalnum()):
        return None
    try:
        return Listed(sid=sid, call=call, at=Instant.of(parsedate_to_datetime(when)))
    except (ValueError, TermError):
        return None
