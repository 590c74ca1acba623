"""Door: who may try the line from a browser: who has the word, or a link that is good. Others are told what to do.

It lets nobody call: the endpoint does.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NoReturn

from aiohttp import web

from nightbell.line.browser.links import Link

if TYPE_CHECKING:
    from nightbell.line.browser.links import Links, Refused

__all__ = ["POLICY", "Door", "read_page"]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WHY: Final[Mapping[Refused, tuple[int, str, str]]] = {
    "wrong": (
        403,
        "This link is not right",
        "It may have been cut short on its way. Open the whole link as it was sent to you, or ask for a new one.",
    ),
    "expired": (410, "This link is out of date", "Ask whoever sent it to you for a new one."),
    "spent": (
        410,
        "This link has been used",
        "It was good for a number of calls, and they were made. Ask whoever sent it to you for a new one.",
    ),
}


def read_page(name: str) -> str:
    """Return a file of the page."""
    return files(__package__).joinpath("page", name).read_text("utf-8")


class Door:
    """Looks at what a request shows."""

    def __init__(self, word: str, links: Links) -> None:
        """Take the word, and the links that are signed with it."""
        self._word = word
        self._links = links

    def enter(self, query: Mapping[str, str]) -> Link | None:
        """Let in who shows the word (None) or a good link.

        Raises:
            HTTPForbidden, HTTPGone: neither; the page says why and what to do.
        """
        if not self._word:
            _refuse("wrong")
        if "link" in query:
            found = self._links.look(query["link"])
            return found if isinstance(found, Link) else _refuse(found)
        shown = query.get("key", "")
        if not hmac.compare_digest(shown.encode("utf-8", "replace"), self._word.encode()):
            _refuse("wrong")
        return None

    @asynccontextmanager
    async def spent(self, link: Link | None) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Take a call off a link, at once; the word is good for ever. Give what writes that down, once it began.

        A call that ends in an error before it was written down is put back.
        """
        kept = link is None
        if link is not None:
            self._links.spend(link)

        async def keep() -> None:
            nonlocal kept
            if link is not None and not kept:
                kept = True
                await asyncio.to_thread(self._links.keep, link)

        try:
            yield keep
        finally:
            if link is not None and not kept:
                self._links.give_back(link)


def _refuse(why: Refused) -> NoReturn:
    status, title, told = _WHY[why]
    text = read_page("refused.html").replace("{title}", title).replace("{told}", told)
    kind = web.HTTPForbidden if status == web.HTTPForbidden.status_code else web.HTTPGone
    raise kind(text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY})
