"""Push: a notification through an ntfy server. The topic is the secret: whoever knows it can read along."""

from __future__ import annotations

import json
from urllib.parse import quote

import aiohttp

from nightbell.channels.http import post
from nightbell.channels.port import SEND_LIMIT_S, Message, Receipt

__all__ = ["PushChannel"]

_URGENT = "5"
"""ntfy's highest priority: it rings through Do Not Disturb where the owner allows it."""


class PushChannel:
    """The Channel port over ntfy's ``POST /TOPIC``."""

    def __init__(self, server: str, *, token: str = "", provider: str = "push") -> None:
        self._server = server.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._provider = provider
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        """See the port."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        title = message.subject.encode("ascii", "replace").decode()
        body = await post(
            self._session,
            f"{self._server}/{quote(message.to, safe='')}",
            provider=self._provider,
            limit_s=limit_s,
            headers={"Title": title, "Priority": _URGENT if message.urgent else "3", "Tags": "telephone"},
            data=message.text.encode(),
        )
        try:
            told = json.loads(body)
        except ValueError:
            return Receipt(reference="")
        return Receipt(reference=str(told.get("id", "")) if isinstance(told, dict) else "")

    async def aclose(self) -> None:
        """See the port."""
        if self._session is not None:
            await self._session.close()
            self._session = None
