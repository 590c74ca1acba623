"""CarrierRest: what a carrier does for us when asked, over HTTP in the shape of Twilio's REST API.

Legs are placed and ended (``POST /2010-04-01/Accounts/{sid}/Calls.json``), recordings are fetched and deleted,
with basic authentication. An emergency, crisis or service number is refused here, below all (DESIGN section 4,
rule 2). A number stands in the request and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Collection, Mapping
from typing import Final

import aiohttp

from nightbell.errors import DialRefused, LineFailed
from nightbell.terms.phone import must_not_be_rung

__all__ = ["CarrierRest"]

_LIMIT_S: Final = 8.0
_MOST_BYTES: Final = 65_536
_MOST_SOUND: Final = 32 * 1024 * 1024
"""Half an hour."""


class CarrierRest:
    """One account at a carrier."""

    def __init__(self, base: str, *, account: str, token: str, country: str = "") -> None:
        """Take the account.

        Args:
            base: such as ``https://example.org``; the path is added.
            account: its sid.
            token: its secret.
            country: ISO 3166 alpha-2, for numbers without a country code.
        """
        self._account = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}"
        self._basic = "Basic " + b64encode(f"{account}:{token}".encode()).decode()
        self._country = country
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
        sid = (await self._post(f"{self._account}/Calls.json", form)).get("sid")
        if not isinstance(sid, str) or not sid.isalnum():
            raise LineFailed("the carrier placed no leg", provider="carrier")
        return sid

    async def end(self, sid: str) -> None:
        """Put a leg down; one that is over already is no fault.

        Raises:
            LineFailed: the carrier cannot be reached.
        """
        await self._post(f"{self._account}/Calls/{sid}.json", {"Status": "completed"}, over={404})

    async def recording(self, sid: str) -> bytes:
        """Return a recording as WAV. Raises LineFailed: it is not there yet, or the carrier cannot be reached."""
        return await self._ask("GET", f"{self._account}/Recordings/{sid}.wav", most=_MOST_SOUND)

    async def forget(self, sid: str) -> None:
        """Delete a recording there; one that is gone already is no fault. Raises LineFailed."""
        await self._ask("DELETE", f"{self._account}/Recordings/{sid}.json", over={404})

    async def aclose(self) -> None:
        """Let go of the connection; safe to repeat."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, url: str, form: Mapping[str, str], *, over: Collection[int] = ()) -> dict[str, object]:
        body = await self._ask("POST", url, form=form, over=over)
        try:
            told = json.loads(body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    async def _ask(
        self,
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
            raise LineFailed(f"no answer ({type(error).__name__})", provider="carrier") from None
        if not 200 <= status < 300 and status not in over:
            raise LineFailed(f"answered {status}", provider="carrier", hint="look at its account and token")
        return body
