"""Back: how a caller who is alone in a conference is fetched back: the carrier is told to ask us again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nightbell.errors import LineFailed
from nightbell.line.webhook.endpoint import BACK

if TYPE_CHECKING:
    from nightbell.line.webhook.rest import CarrierRest

__all__ = ["Back"]

_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""The first is what a carrier needs to tell of the end of a conference by itself."""


class Back:
    """One account's."""

    def __init__(self, rest: CarrierRest, public_url: str, *, waits_s: Sequence[float] = _WAITS_S) -> None:
        """Take the carrier, what it calls us, and how long it is waited for before each try."""
        self.waits_s = waits_s
        self._rest = rest
        self._url = public_url + BACK

    async def fetch(self, sid: str) -> bool:
        """Have the carrier ask again about a call; False where it is over there. Raises LineFailed."""
        try:
            await self._rest.again(sid, self._url)
        except LineFailed:
            if await self._rest.is_over(sid):
                return False
            raise
        return True
