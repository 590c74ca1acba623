"""RequestedCall: a carrier's end of one call by requests, for rehearsals and tests: it signs, asks, and fetches.

It knows no caller and lets no time pass: what is asked, and when, is its owner's. How long each answer took is
kept.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp

from nightbell.audio.wav import read_wav
from nightbell.errors import AudioError, LineFailed
from nightbell.line.webhook.told import told

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.line.media_stream.carrier import Carrier
    from nightbell.line.webhook.told import Told

__all__ = ["RequestedCall"]

_Answer = TypeVar("_Answer")
_LINE: Final = "webhook"
_TRIES: Final = 3
"""Of one request, where the line closes its connection."""


class RequestedCall:
    """One call."""

    def __init__(self, carrier: Carrier, public: str, *, caller: str | None, called: str, name: str) -> None:
        """Take who calls; nobody is asked yet.

        Args:
            carrier: signs and sends.
            public: what the line is called, without a slash at the end.
            caller: their number; None is withheld.
            called: the number that they rang.
            name: what is shown of them.
        """
        self.answers_s: list[float] = []
        """How long the line took to say what comes next, each time that the caller had done something."""
        self.repeated = 0
        """Requests that were sent again."""
        self._carrier = carrier
        self._public = public
        self._form = carrier.call(caller or "anonymous", called, name=name).form

    @property
    def sid(self) -> str:
        """What the carrier calls it."""
        return self._form["CallSid"]

    async def begin(self) -> Told:
        """Announce the call.

        Raises:
            LineFailed: it is not taken, or the answer is none.
        """
        found = told(await self._post(f"{self._public}/twilio/call", {}))
        self._form["CallStatus"] = "in-progress"
        return found

    async def ask(self, url: str, did: Mapping[str, str], *, again: bool = False) -> Told:
        """Ask what comes next.

        Args:
            url: an address of the line's.
            did: what the caller did.
            again: have the answer be lost on its way, and ask once more.

        Raises:
            LineFailed: the line refuses, or answers what nobody can obey, or the second time otherwise.
        """
        began = time.monotonic()
        text = await self._post(url, did)
        if did:
            self.answers_s.append(time.monotonic() - began)
        found = told(text)
        if again:
            self.repeated += 1
            second = told(await self._post(url, did))
            if _unsigned(second) != _unsigned(found):
                raise LineFailed("a request that came again was answered otherwise", provider=_LINE)
            return second
        return found

    async def tell(self, url: str, what: Mapping[str, str]) -> None:
        """Tell something that has no answer. Raises LineFailed."""
        await self._post(url, what)

    async def gone(self) -> None:
        """Tell that the caller hung up. Raises LineFailed."""
        await self._post(f"{self._public}/twilio/call/status", {"CallStatus": "completed"})

    async def fetch(self, url: str) -> Samples:
        """Fetch what is to be played. Raises LineFailed: it is not there, or no sound."""
        where = self._carrier.at(self._path(url))

        async def get() -> tuple[int, bytes]:
            async with self._carrier.session.get(where) as answer:
                return answer.status, await answer.read()

        status, body = await _reached(get)
        if status != 200:
            raise LineFailed(f"a sound is answered {status}", provider=_LINE)
        try:
            return read_wav(body, name="a prompt")
        except AudioError as error:
            raise LineFailed("a sound is none", provider=_LINE) from error

    async def _post(self, url: str, more: Mapping[str, str]) -> str:
        form = self._form | dict(more)
        status, text = await _reached(lambda: self._carrier.post(self._path(url), form))
        if not 200 <= status < 300:
            raise LineFailed(f"a request is answered {status}", provider=_LINE, hint=text[:200])
        return text

    def _path(self, url: str) -> str:
        if not url.startswith(self._public + "/"):
            raise LineFailed("an address that is not the line's", provider=_LINE)
        return url.removeprefix(self._public)


async def _reached(send: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Send something, again where the line closed the connection at that very moment, as every carrier does."""
    for tries in range(_TRIES):
        try:
            return await send()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if tries == _TRIES - 1:
                raise LineFailed(f"no answer ({type(error).__name__})", provider=_LINE) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LineFailed(f"no answer ({type(error).__name__})", provider=_LINE) from error
    raise AssertionError


def _unsigned(found: Told) -> str:
    """Return what an answer says, without until when the address of its sound is good."""
    play: str = getattr(found, "play", "")
    return repr(found).replace(play, play.rsplit("/", 2)[0]) if play else repr(found)
