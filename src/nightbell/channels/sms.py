"""Sms: text messages over HTTP in the shape of Twilio's REST API, which other carriers speak too.

``POST /2010-04-01/Accounts/{sid}/Messages.json`` with ``To``, ``From`` and ``Body``, basic authentication. A
number that must never be rung is never texted either (DESIGN section 4, rule 2): it is refused here, below all.
"""

from __future__ import annotations

import base64
import json

import aiohttp

from nightbell.channels.http import post
from nightbell.channels.port import SEND_LIMIT_S, Message, Receipt
from nightbell.errors import ChannelFailed
from nightbell.terms.phone import must_not_be_rung

__all__ = ["SmsChannel"]


class SmsChannel:
    """The Channel port over Twilio's API, or one of its shape."""

    def __init__(self, base: str, *, account: str, token: str, sender: str, provider: str = "sms") -> None:
        """Keep where to send.

        Args:
            base: such as ``https://example.org``; the path is added.
            account: the account's sid.
            token: its secret.
            sender: the clinic's number or a messaging service's sid.
            provider: shown in errors.
        """
        self._url = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        basic = base64.b64encode(f"{account}:{token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}"}
        self._sender = sender
        self._provider = provider
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        """See the port."""
        if must_not_be_rung(message.to):
            raise ChannelFailed("an emergency or crisis number is never texted", provider=self._provider)
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        sender = {"MessagingServiceSid": self._sender} if self._sender.startswith("MG") else {"From": self._sender}
        body = await post(
            self._session,
            self._url,
            provider=self._provider,
            limit_s=limit_s,
            data={"To": message.to, "Body": message.text, **sender},
        )
        return Receipt(reference=self._taken(body))

    def _taken(self, body: bytes) -> str:
        """Return the message's sid; a body that says it failed is a failure, whatever the status was."""
        try:
            told = json.loads(body)
        except ValueError:
            return ""
        if not isinstance(told, dict):
            return ""
        if told.get("status") in {"failed", "undelivered", "canceled"} or told.get("error_code"):
            raise ChannelFailed("took the message and says it failed", provider=self._provider)
        return str(told.get("sid", ""))

    async def aclose(self) -> None:
        """See the port."""
        if self._session is not None:
            await self._session.close()
            self._session = None
