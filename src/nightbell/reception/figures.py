"""Figures: /metrics on the HTTP port, for whoever asks from an address that is on a list. All others are 403.

It tells what the process that takes calls has counted; no number, name or word stands in it. A proxy on this
machine has this machine's address whoever asks it, so what shows that it came through one is refused. A proxy that
shows nothing must not pass it on (docs/connect.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from nightbell.line.peers import is_among

__all__ = ["Figures"]

_FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""What proxies add: Caddy, HAProxy and Traefik by themselves, others when they are told to."""


class Figures:
    """Tells them to those who may know."""

    def __init__(self, text: Callable[[], str], *, peers: Sequence[str], public_url: str = "") -> None:
        """Take who may know what.

        Args:
            text: gives the figures in Prometheus' text format.
            peers: networks that may ask.
            public_url: what others call the port; who asks for that name comes through the proxy.
        """
        self._text = text
        self._peers = tuple(peers)
        self._public = _host(urlsplit(public_url).netloc)

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [web.get("/metrics", self.tell)]

    async def tell(self, request: web.Request) -> web.Response:
        """Tell the figures.

        Raises:
            HTTPForbidden: not to this one.
        """
        if not is_among(request.remote or "", self._peers) or self._is_passed_on(request):
            raise web.HTTPForbidden
        return web.Response(text=self._text(), content_type="text/plain", charset="utf-8")

    def _is_passed_on(self, request: web.Request) -> bool:
        if any(name in request.headers for name in _FORWARDED):
            return True
        return bool(self._public) and _host(request.host) == self._public


def _host(asked: str) -> str:
    """Return the name in a Host header; "" where it cannot be read."""
    try:
        return (urlsplit(f"//{asked}").hostname or "").rstrip(".")
    except ValueError:
        return ""
