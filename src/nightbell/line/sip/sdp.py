"""Offers and answers of media (RFC 3264, RFC 8866): G.711 and telephone events, one stream of sound, 20 ms.

Parsing is aiosipua's; what is taken of it is decided here. An address is only sound's business when sound may go
there: multicast, broadcast, this machine (unless the call came from it), privileged ports and names are refused,
so that no offer can point our packets at a bystander. SRTP is refused (ADR 0020).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from aiosipua.sdp import parse_sdp

from nightbell.errors import OfferRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiosipua.sdp import MediaDescription, SdpMessage

__all__ = ["EVENTS", "PCMA", "PCMU", "Direction", "Media", "answer", "offer", "read"]

PCMU: Final = 0
PCMA: Final = 8
"""Static payload types (RFC 3551); no other codec is spoken."""
EVENTS: Final = 101
"""The payload type under which we offer telephone events."""
PTIME_MS: Final = 20
_NAMES: Final = {PCMU: "PCMU", PCMA: "PCMA"}
_CONNECTION: Final = re.compile(r"c=IN IP[46] \S+\s*")
_STREAM: Final = re.compile(r"m=[!-~]+ [0-9]{1,5} [!-~]+(?: [!-~]+){1,64} *")
_MEDIA_LIMIT: Final = 16
_SIZE_LIMIT: Final = 16_384
_UNPRIVILEGED: Final = 1024
_PROFILES: Final = frozenset({"RTP/AVP", "RTP/AVPF"})

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
_MIRROR: Final[dict[str, Direction]] = {
    "sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Media:
    """What was agreed, from our side."""

    host: str
    """Where our sound goes; numeric."""
    port: int
    payload: int
    """0 for mu-law, 8 for A-law."""
    events_payload: int | None
    """The payload type of telephone events; None where the other side knows none."""
    direction: Direction
    """Ours: recvonly and inactive send nothing but silence nowhere; the other side holds the call."""

    @property
    def sends(self) -> bool:
        """True when our sound may go out."""
        return self.direction in {"sendrecv", "sendonly"}

    @property
    def held(self) -> bool:
        """True when the other side put the call on hold."""
        return not self.sends


def offer(
    host: str, port: int, *, payloads: Sequence[int] = (PCMU, PCMA), direction: Direction = "sendrecv",
    session: int = 1, version: int = 1, events: int | None = EVENTS,
) -> str:  # fmt: skip
    """Write an offer.

    Args:
        host: numeric address that we receive at.
        port: its port.
        payloads: codecs in our order, 0 and 8.
        direction: ours.
        session: number of the session, the same for all offers and answers of a call.
        version: one more for each change.
        events: payload type of telephone events, or None.
    """
    line = _stream(port, payloads, events, direction)
    return _session(host, session, version) + line


def answer(
    text: str, host: str, port: int, *, loopback: bool, prefer: Sequence[int] = (PCMU, PCMA), session: int = 1,
    version: int = 1, direction: Direction = "sendrecv",
) -> tuple[str, Media]:  # fmt: skip
    """Answer an offer.

    Args:
        text: the offer.
        host: numeric address that we receive at.
        port: its port.
        loopback: whether the call came from this machine, so that its sound may go there.
        prefer: codecs that we speak; the offer's order decides among them.
        session: see ``offer``.
        version: see ``offer``.
        direction: what we want at most.

    Returns:
        The answer, and what was agreed.

    Raises:
        OfferRefused: nothing in common, or nothing safe.
    """
    sdp = _parse(text)
    chosen = _choose(sdp, loopback=loopback, prefer=prefer)
    if chosen is None:
        raise OfferRefused(
            "no sound that both sides speak", provider="sip", hint="G.711 over RTP/AVP is spoken here"
        )
    place, media = chosen
    ours = _least(media.direction, direction)
    parts = [_session(host, session, version)]
    for number, line in enumerate(sdp.media):
        if number == place:
            parts.append(_stream(port, (media.payload,), media.events_payload, ours, profile=line.proto))
        else:
            parts.append(f"m={line.media} 0 {line.proto} {' '.join(line.formats[:4]) or '0'}\r\n")
    agreed = Media(media.host, media.port, media.payload, media.events_payload, ours)
    return "".join(parts), agreed


def read(text: str, *, loopback: bool, prefer: Sequence[int] = (PCMU, PCMA)) -> Media:
    """Read an answer to an offer of ours; also tells what an offer would come to.

    Raises:
        OfferRefused: nothing in common, or nothing safe.
    """
    chosen = _choose(_parse(text), loopback=loopback, prefer=prefer)
    if chosen is None:
        raise OfferRefused(
            "no sound that both sides speak", provider="sip", hint="G.711 over RTP/AVP is spoken here"
        )
    return chosen[1]


def _parse(text: str) -> SdpMessage:
    if len(text) > _SIZE_LIMIT or text.count("\nm=") > _MEDIA_LIMIT:
        raise OfferRefused("an offer without measure", provider="sip")
    kinds = {"c=": _CONNECTION, "m=": _STREAM}
    if any(
        kind in kinds and not kinds[kind].fullmatch(line) for line in text.splitlines() for kind in (line[:2],)
    ):
        # aiosipua takes a connection that it cannot read for 0.0.0.0, which is hold, and digits of any script.
        raise OfferRefused("an offer that cannot be read", provider="sip")
    try:
        sdp = parse_sdp(text)
    except (ValueError, IndexError) as fault:
        raise OfferRefused("an offer that cannot be read", provider="sip") from fault
    if not text.startswith("v=0") or not sdp.media:
        raise OfferRefused("an offer without media", provider="sip")
    return sdp


def _choose(sdp: SdpMessage, *, loopback: bool, prefer: Sequence[int]) -> tuple[int, Media] | None:
    for place, line in enumerate(sdp.media):
        if line.media != "audio" or line.proto.upper() not in _PROFILES or line.port == 0:
            continue
        payload = next((int(found) for found in line.formats if found in {str(known) for known in prefer}), None)
        if payload is None:
            continue
        connection = line.connection or sdp.connection
        host = str(connection.address).partition("/")[0] if connection else ""
        direction = _MIRROR[_direction(sdp, line)]
        address = _safe(host, int(line.port), loopback=loopback)
        if address is None:
            # 0.0.0.0 is how older phones hold a call (RFC 3264 section 8.4).
            direction = "recvonly" if direction in {"sendrecv", "sendonly"} else direction
        return place, Media(address or "", int(line.port), payload, _events(line), direction)
    return None


def _safe(host: str, port: int, *, loopback: bool) -> str | None:
    """Return the address that sound goes to; None for the one that means nowhere."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError as fault:
        raise OfferRefused("sound to no numeric address", provider="sip") from fault
    if address.is_unspecified:
        return None
    last = (
        address.packed[-1] == 255 and address.version == 4 and address == ipaddress.ip_address("255.255.255.255")
    )
    if address.is_multicast or last or (address.is_loopback and not loopback):
        raise OfferRefused("sound to an address that is not safe", provider="sip")
    if not _UNPRIVILEGED <= port <= 65_535:
        raise OfferRefused("sound to a port that is not safe", provider="sip")
    return str(address)


def _events(line: MediaDescription) -> int | None:
    for value in line.attributes.get("rtpmap", []):
        number, _, name = str(value).partition(" ")
        if name.strip().lower().startswith("telephone-event/8000") and number in line.formats and number.isdigit():
            return int(number) if 0 < int(number) <= 127 else None
    return None


def _direction(sdp: SdpMessage, line: MediaDescription) -> str:
    for attributes in (line.attributes, sdp.attributes):
        for name in _MIRROR:
            if name in attributes:
                return name
    return "sendrecv"


def _least(agreed: Direction, wanted: Direction) -> Direction:
    sends = agreed in {"sendrecv", "sendonly"} and wanted in {"sendrecv", "sendonly"}
    hears = agreed in {"sendrecv", "recvonly"} and wanted in {"sendrecv", "recvonly"}
    return "sendrecv" if sends and hears else "sendonly" if sends else "recvonly" if hears else "inactive"


def _session(host: str, session: int, version: int) -> str:
    family = "IP6" if ":" in host else "IP4"
    return f"v=0\r\no=- {session} {version} IN {family} {host}\r\ns=-\r\nc=IN {family} {host}\r\nt=0 0\r\n"


def _stream(
    port: int, payloads: Sequence[int], events: int | None, direction: Direction, *, profile: str = "RTP/AVP"
) -> str:
    formats = [str(payload) for payload in payloads] + ([str(events)] if events is not None else [])
    lines = [f"m=audio {port} {profile} {' '.join(formats)}"]
    lines += [f"a=rtpmap:{payload} {_NAMES[payload]}/8000" for payload in payloads]
    if events is not None:
        lines += [f"a=rtpmap:{events} telephone-event/8000", f"a=fmtp:{events} 0-15"]
    lines += [f"a=ptime:{PTIME_MS}", f"a={direction}"]
    return "\r\n".join(lines) + "\r\n"
