"""The Calls port: whoever knows what calls by requests are about.

Contract: a request that comes again is answered the same; one that is late, or of no call, changes nothing. No
method waits for a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.line.stream.ring import StreamRing
    from nightbell.line.webhook.asked import Asked, Recorded
    from nightbell.line.webhook.reply import Reply, Sound

__all__ = ["Calls"]


class Calls(Protocol):
    """The calls of one process."""

    def knows(self, sid: str) -> bool:
        """Tell whether a call was announced here before."""

    async def begin(self, ring: StreamRing) -> Reply | int:
        """Take a call; return what comes first, or how it is refused, as a SIP status.

        Raises:
            WebhookRefused: it began before, and has gone on since.
        """

    async def ask(self, asked: Asked) -> Reply | None:
        """Take a request; None where no such call is known.

        Raises:
            WebhookRefused: it is late, or out of its turn.
        """

    async def said(self, asked: Asked) -> None:
        """Take what was said so far; what comes late means nothing."""

    async def recorded(self, message: Recorded) -> None:
        """Take that a message is recorded at the carrier; safe to repeat, at any time after the call."""

    async def back(self, sid: str) -> Reply | None:
        """Take that a caller is fetched back; return what is said now, None where no such call is known."""

    async def hung_up(self, sid: str) -> None:
        """Take that the caller is gone; safe for a call that is over or not known.

        A message that the carrier records at that moment is waited for: it tells of it on its own.
        """

    async def sound(self, sound: Sound) -> Samples:
        """Return what is played.

        Raises:
            WebhookRefused: there is no such prompt.
            SynthesisFailed: it cannot be spoken.
        """
