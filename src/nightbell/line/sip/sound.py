"""Sound: one call's media between SDP and RTP - its ports, its terms, and how both change with a new offer.

It reads and writes descriptions by ``sdp`` and runs one ``Leg``. Who calls and who hangs up is not its business.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from nightbell.errors import LineFailed, OfferRefused
from nightbell.line.family import reaches
from nightbell.line.rtp.codec import LAWS
from nightbell.line.rtp.media import Terms
from nightbell.line.sip import sdp
from nightbell.line.sip.keys import info_key
from nightbell.terms.keys import KEYS

if TYPE_CHECKING:
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.rtp.leg import Leg

__all__ = ["Sound"]


class Sound:
    """The sound of one call."""

    def __init__(self, engine: RtpEngine, host: str, *, loopback: bool) -> None:
        """Take a pair of ports.

        Args:
            engine: where legs are made.
            host: numeric address that the other side is to send to.
            loopback: whether the call is with this machine itself, so that its sound may go there.

        Raises:
            LineFailed: no port is free.
        """
        self._engine = engine
        self._host = host
        self._loopback = loopback
        self._sockets = engine.take_ports()
        self._port = self._sockets.port
        self._session = secrets.randbits(31)
        self._version = 0
        self.leg: Leg | None = None

    @property
    def port(self) -> int:
        """The port that the other side is to send to."""
        return self._port

    def answer(self, offer: str) -> str:
        """Return the answer to an offer, and go by it.

        Raises:
            OfferRefused: nothing in common, or nothing safe.
        """
        self._version += 1
        text, media = sdp.answer(
            offer, self._host, self._port,
            loopback=self._loopback, session=self._session, version=self._version,
        )  # fmt: skip
        self._agree(self._reached(media))
        return text

    def offer(self) -> str:
        """Return an offer of ours; what comes back is for ``answered``."""
        self._version += 1
        payloads = tuple(LAWS) if self.leg is None else (self.leg.media.terms.codec.payload_type,)
        return sdp.offer(self._host, self._port, payloads=payloads, session=self._session, version=self._version)

    def answered(self, answer: str | None) -> None:
        """Go by their answer to an offer of ours.

        Raises:
            OfferRefused: nothing in common, or nothing safe.
            LineFailed: there is none.
        """
        if answer is None:
            raise LineFailed("an answer without media", provider="sip", hint="the other side speaks no SDP")
        self._agree(self._reached(sdp.read(answer, loopback=self._loopback)), offered_type=sdp.EVENTS)

    def begin(self, *, afresh: bool = False) -> Leg:
        """Begin to send and to hear; ``afresh`` throws away what was heard before, such as the sound of ringing.

        Raises:
            LineFailed: nothing was agreed.
        """
        if self.leg is None:
            raise LineFailed("no sound was agreed", provider="sip", hint="the other side speaks no SDP")
        if afresh:
            self._sockets.empty()
        self.leg.begin()
        return self.leg

    def info(self, content_type: str, body: bytes) -> None:
        """Take the body of an INFO; a key in it is pressed."""
        key = info_key(content_type, body)
        if key is not None and key in KEYS and self.leg is not None:
            self.leg.pressed(key)

    def close(self) -> None:
        """Give the ports back; safe to repeat."""
        if self.leg is not None:
            self.leg.close()
        self._sockets.close()

    def _reached(self, media: sdp.Media) -> sdp.Media:
        """Return what was agreed. Raises OfferRefused where our ports send nothing to its address."""
        if media.host and not reaches(self._sockets.rtp, media.host):
            raise OfferRefused("sound to an address of another family", provider="sip")
        return media

    def _agree(self, media: sdp.Media, *, offered_type: int | None = None) -> None:
        before = self.leg.media.terms.remote if self.leg is not None else ("", 0)
        terms = Terms(
            codec=LAWS[media.payload],
            event_type=media.events_payload,
            offered_type=offered_type,
            remote=(media.host, media.port) if media.host else before,
            sends=media.sends and bool(media.host),
            hears=media.direction in {"sendrecv", "recvonly"} and bool(media.host),
        )
        if self.leg is None:
            self.leg = self._engine.leg(self._sockets, terms)
        else:
            self.leg.media.change(terms)
