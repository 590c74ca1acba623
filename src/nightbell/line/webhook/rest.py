"""CarrierRest: legs that a carrier places and ends for us, over HTTP in the shape of Twilio's REST API.

``POST /2010-04-01/Accounts/{sid}/Calls.json`` with basic authentication. An emergency, crisis or service number is
refused here, below all (DESIGN section 4, rule 2). A number stands in the request and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

import aiohttp

from nightbell.errors import DialRefused, LineFailed
from nightbell.terms.phone import must_not_be_rung

__all__ = ["CarrierRest"]

_LIMIT_S: Final = 8.0
_MOST_BYTES: Final = 65_536


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
        self._url = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}/Calls"
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
        sid = (await self._post(f"{self._url}.json", form)).get("sid")
        if not isinstance(sid, str) or not sid.isalnum():
            raise LineFailed("the carrier placed no leg", provider="carrier")
        return sid

    async def end(self, sid: str) -> None:
        """Put a leg down; one that is over already is no fault.

        Raises:
            LineFailed: the carrier cannot be reached.
        """
        await self._post(f"{self._url}/{sid}.json", {"Status": "completed"}, over={404})

    async def aclose(self) -> None:
        """Let go of the connection; safe to repeat."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(
        self, url: str, form: Mapping[str, str], *, over: frozenset[int] | set[int] = frozenset()
    ) -> dict[str, object]:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"Authorization": self._basic})
        try:
            async with asyncio.timeout(_LIMIT_S):
                async with self._session.post(url, data=dict(form), allow_redirects=False) as answer:
                    body, status = await answer.content.read(_MOST_BYTES), answer.status
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            # The words of these errors hold the address: only the kind of error goes on.
            raise LineFailed(f"no answer ({type(error).__name__})", provider="carrier") from None
        if not 200 <= status < 300 and status not in over:
            raise LineFailed(f"answered {status}", provider="carrier", hint="look at its account and token")
        try:
            told = json.loads(body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}
