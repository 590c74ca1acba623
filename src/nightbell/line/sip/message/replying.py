"""Responses to a request: what they copy (RFC 3261 section 8.2.6), and one made from bytes that are not read."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Response
from nightbell.line.sip.message.via import Via

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.line.sip.message.model import Request
    from nightbell.line.sip.peer import Peer

__all__ = ["REASONS", "peek", "reply", "stateless"]

REASONS: Final = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "Version Not Supported",
    513: "Message Too Large",
    603: "Decline",
}

_HEAD_LIMIT: Final = 4_096
"""Bytes that a look without reading goes through: enough for every honest request's Via, From, To and CSeq."""
_COPIED: Final = re.compile(
    rb"^(via|v|from|f|to|t|call-id|i|cseq)[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)\r?$",
    re.IGNORECASE | re.MULTILINE,
)
_FULL: Final = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=", re.IGNORECASE)


def reply(
    request: Request,
    status: int,
    peer: Peer,
    *,
    tag: str = "",
    reason: str = "",
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    content_type: str = "application/sdp",
) -> Response:
    """Make a response.

    Args:
        request: what is answered; its Via can be read.
        status: 100 to 699.
        peer: where the request came from.
        tag: ours, put on To where it has none; a 100 carries none.
        reason: the phrase; the usual one unless given.
        headers: further ones.
        body: with its type.
        content_type: of the body, if there is one.
    """
    found = Headers()
    vias = request.headers.all("via")
    try:
        found.add("via", Via.parse(vias[0]).received_from(peer))
    except ValueError:
        found.add("via", vias[0])
    for value in vias[1:]:
        found.add("via", value)
    found.add("from", request.headers.get("from"))
    recipient = request.headers.get("to")
    if tag and status > 100 and not _TAG.search(recipient.encode("utf-8", "surrogateescape")):
        recipient += f";tag={tag}"
    found.add("to", recipient)
    found.add("call-id", request.headers.get("call-id"))
    found.add("cseq", request.headers.get("cseq"))
    for name, value in headers:
        found.add(name, value)
    if body:
        found.add("content-type", content_type)
    return Response(headers=found, body=body, status=status, reason=reason or REASONS.get(status, "Refused"))


def peek(data: bytes) -> dict[bytes, list[bytes]]:
    """Return the headers that a response copies, found without reading the message."""
    found: dict[bytes, list[bytes]] = {}
    for match in _COPIED.finditer(data[:_HEAD_LIMIT]):
        name = match[1].lower()
        found.setdefault(_FULL.get(name, name), []).append(_FOLD.sub(b" ", match[2]).strip())
    return found


def stateless(
    data: bytes, status: int, peer: Peer, headers: Sequence[tuple[str, str]] = ()
) -> tuple[bytes, Peer] | None:
    """Refuse a request without reading it and without remembering it (RFC 3261 section 8.2.7).

    Returns:
        the response and where it goes; None where the request does not even say how it is answered.
    """
    found = peek(data)
    if any(name not in found for name in (b"via", b"from", b"to", b"call-id", b"cseq")):
        return None
    first, *rest = (value.decode("utf-8", "surrogateescape") for value in found[b"via"])
    top, _, more = first.partition(",")
    try:
        via = Via.parse(top)
    except ValueError:
        return None
    recipient = found[b"to"][0]
    if not _TAG.search(recipient):
        # The same request gets the same tag, as it would from a server that remembers.
        recipient += b";tag=" + hashlib.blake2s(found[b"call-id"][0], digest_size=8).hexdigest().encode()
    lines = [f"SIP/2.0 {status} {REASONS.get(status, 'Refused')}", f"Via: {via.received_from(peer)}"]
    lines += [f"Via: {value}" for value in ([more.strip()] if more else []) + rest]
    for name, value in (
        ("From", found[b"from"][0]),
        ("To", recipient),
        ("Call-ID", found[b"call-id"][0]),
        ("CSeq", found[b"cseq"][0]),
    ):
        lines.append(f"{name}: {value.decode('utf-8', 'surrogateescape')}")
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape"), via.way_back(peer)
