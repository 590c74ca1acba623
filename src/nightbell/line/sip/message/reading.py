"""Reading: bytes to a message, as strictly as RFC 3261 asks, and no stricter than its torture test (RFC 4475).

``read`` gives a message whose Via, From, To, Call-ID and CSeq can be read, or raises Malformed, which says what to
answer and to whom, or that there is nobody to answer. What a request asks for is ``checking``'s business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request, Response

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Message

__all__ = ["HEADERS_LIMIT", "SIZE_LIMIT", "Malformed", "content_length", "read"]

SIZE_LIMIT: Final = 65_536
"""Bytes of a message: what a datagram can hold."""

HEADERS_LIMIT: Final = 256
"""Header lines of a message; a hundred Vias are already absurd."""

_REQUEST: Final = re.compile(r"([A-Za-z0-9.!%*_+`'~-]+) ([^ \t]+) SIP/([0-9]+\.[0-9]+)")
_RESPONSE: Final = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9]) ?(.*)")
_FIELD: Final = re.compile(r"([A-Za-z0-9.!%*_+`'~-]+)[ \t]*:[ \t]*(.*)")
_LINE: Final = re.compile(r"\r?\n")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_END: Final = re.compile(rb"\r?\n\r?\n")
_ONCE: Final = ("from", "to", "call-id", "cseq", "content-length", "max-forwards", "content-type")
_NEEDED: Final = ("via", "from", "to", "call-id", "cseq")


class Malformed(ValueError):
    """What came is no message that can be taken; ``request`` is what ``status`` can answer, if anything."""

    def __init__(self, reason: str, *, status: int = 400, request: Request | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.request = request


def read(data: bytes) -> Request | Response:
    """Read one message.

    Args:
        data: a datagram, or one message that a stream's framing has cut out.

    Raises:
        Malformed: see the module.
    """
    if len(data) > SIZE_LIMIT:
        raise Malformed("too large")
    end = _END.search(data)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
    text = _FOLD.sub(" ", head.decode("utf-8", "surrogateescape"))
    first, *lines = _LINE.split(text)
    if first.startswith("SIP/"):
        return _response(first, lines, body)
    return _request(first, lines, body)


def content_length(headers: Headers) -> int | None:
    """Return the declared length in bytes, None when there is none.

    Raises:
        ValueError: it is no number, or there are two that differ.
    """
    found = {value.strip() for value in headers.fields("content-length")}
    if not found:
        return None
    if len(found) > 1 or not (value := found.pop()).isascii() or not value.isdigit() or len(value) > 9:
        raise ValueError("Content-Length")
    return int(value)


def _response(first: str, lines: list[str], body: bytes) -> Response:
    found = _RESPONSE.fullmatch(first)
    if found is None:
        raise Malformed("status line")
    headers, fault = _headers(lines)
    response = Response(headers=headers, body=body, status=int(found[1]), reason=found[2])
    fault = fault or _fault(response)
    if fault:
        raise Malformed(fault)
    return response


def _request(first: str, lines: list[str], body: bytes) -> Request:
    headers, fault = _headers(lines)
    found = _REQUEST.fullmatch(first)
    if found is None:
        # Where the line can still be told from noise, the sender hears what is wrong with it.
        method, _, rest = first.strip().partition(" ")
        if " SIP/" not in rest:
            raise Malformed("request line")
        request = Request(headers=headers, body=b"", method=method, target=rest.rpartition(" ")[0])
        raise Malformed("request line", request=_answerable(request))
    request = Request(headers=headers, body=body, method=found[1], target=found[2])
    if found[3] != "2.0":
        raise Malformed("version", status=505, request=_answerable(request))
    fault = fault or _fault(request)
    if not fault and request.cseq.method != request.method:
        fault = "CSeq and request line differ"
    if fault:
        raise Malformed(fault, request=_answerable(request))
    return request


def _headers(lines: list[str]) -> tuple[Headers, str]:
    headers, fault = Headers(), ""
    for line in lines[: HEADERS_LIMIT + 1]:
        if not line:
            continue
        found = _FIELD.fullmatch(line)
        if found is None or "\r" in line or "\0" in line:
            fault = fault or "header line"
        else:
            headers.add(found[1], found[2].rstrip())
    return headers, fault or ("too many headers" if len(lines) > HEADERS_LIMIT else "")


def _fault(message: Message) -> str:
    """Return what is wrong with the parts that every message needs; trim the body to its length."""
    headers = message.headers
    for name in _NEEDED:
        if not headers.get(name).strip():
            return f"{name} is missing"
    for name in _ONCE:
        if len(headers.fields(name)) > 1:
            return f"{name} stands twice"
    try:
        if not message.via.branch and isinstance(message, Response):
            return "branch"
        _ = (message.cseq, message.sender, message.recipient)
        length = content_length(headers)
    except ValueError as error:
        return str(error)
    if " " in message.call_id:
        return "Call-ID"
    if length is not None:
        if length > len(message.body):
            return "body is shorter than Content-Length"
        message.body = message.body[:length]
    return ""


def _answerable(request: Request) -> Request | None:
    """Return the request if it has the headers that a response copies."""
    headers = request.headers
    if request.method == "ACK" or not all(headers.get(name).strip() for name in _NEEDED):
        return None
    return request
