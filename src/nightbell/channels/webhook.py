"""Webhook: a page as JSON to an address of the clinic's own, signed so that the other side can tell it is ours.

``X-Nightbell-Signature`` is ``sha256=`` and the HMAC of the body under the clinic's secret. Redirects are not
followed: a page goes where the clinic said, and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import json

import aiohttp

from nightbell.channels.http import post
from nightbell.channels.port import SEND_LIMIT_S, Message, Receipt

__all__ = ["SIGNATURE", "WebhookChannel", "signature"]

SIGNATURE = "X-Nightbell-Signature"


def signature(secret: str, body: bytes) -> str:
    """Return the signature header of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class WebhookChannel:
    """The Channel port over a POST of JSON; the message's ``to`` is the address."""

    def __init__(self, *, secret: str = "", provider: str = "webhook") -> None:
        self._secret = secret
        self._provider = provider
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        """See the port."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        body = json.dumps(
            {
                "page": message.id,
                "subject": message.subject,
                "text": message.text,
                "urgent": message.urgent,
                "copy": message.copy,
            }
        ).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, body)
        await post(self._session, message.to, provider=self._provider, limit_s=limit_s, headers=headers, data=body)
        return Receipt(reference="")

    async def aclose(self) -> None:
        """See the port."""
        if self._session is not None:
            await self._session.close()
            self._session = None
