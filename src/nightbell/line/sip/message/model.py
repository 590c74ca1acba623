"""Request and Response: one SIP message each (RFC 3261 section 7). Reading them is ``reading``'s."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Final

from nightbell.line.sip.message.address import Address
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.uri import Uri
from nightbell.line.sip.message.via import Via

__all__ = ["CSeq", "Message", "Request", "Response"]

_CSEQ: Final = re.compile(r"\s*([0-9]{1,12})\s+([^\s]+)\s*")
_KEPT: Final = 256
"""Characters of a header whose parts are remembered: a stranger's 60 kB are not."""
_CSEQ_LIMIT: Final = 2**31
"""RFC 3261 section 8.1.1.5."""


@dataclass(frozen=True, slots=True)
class CSeq:
    """Number and method of a request within its dialog."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        """Read one.

        Raises:
            ValueError: it is none, or its number is too large.
        """
        found = _CSEQ.fullmatch(text)
        if found is None or int(found[1]) >= _CSEQ_LIMIT:
            raise ValueError("no CSeq")
        return cls(int(found[1]), found[2])


@dataclass(slots=True)
class Message:
    """What requests and responses have in common; the parsed parts raise ValueError where they cannot be read."""

    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def call_id(self) -> str:
        """The call's name, as written."""
        return self.headers.get("call-id").strip()

    @property
    def cseq(self) -> CSeq:
        """Number and method."""
        return _cseq(self.headers.get("cseq"))

    @property
    def via(self) -> Via:
        """The topmost hop."""
        return _via(next(iter(self.headers.all("via")), ""))

    @property
    def sender(self) -> Address:
        """From."""
        return _address(self.headers.get("from"))

    @property
    def recipient(self) -> Address:
        """To."""
        return _address(self.headers.get("to"))

    @property
    def contact(self) -> Address | None:
        """The first Contact, or None."""
        return next((Address.parse(value) for value in self.headers.all("contact") if value != "*"), None)

    @property
    def content_type(self) -> str:
        """The body's type in lower case and without parameters."""
        return self.headers.get("content-type").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def start_line(self) -> str:
        """Return the first line without its end."""
        return ""

    def encode(self) -> bytes:
        """Return the message as it goes over the wire, with its Content-Length."""
        self.headers.set("content-length", str(len(self.body)))
        head = f"{self.start_line()}\r\n{self.headers.lines()}\r\n"
        return head.encode("utf-8", "surrogateescape") + self.body


@dataclass(slots=True)
class Request(Message):
    """A request."""

    method: str = ""
    target: str = ""
    """The Request-URI as written."""

    def start_line(self) -> str:
        """Return the request line."""
        return f"{self.method} {self.target} SIP/2.0"

    @property
    def uri(self) -> Uri:
        """The Request-URI, read."""
        return Uri.parse(self.target)


@dataclass(slots=True)
class Response(Message):
    """A response."""

    status: int = 0
    reason: str = ""

    def start_line(self) -> str:
        """Return the status line."""
        return f"SIP/2.0 {self.status} {self.reason}"


def _address(text: str) -> Address:
    return _known_address(text) if len(text) <= _KEPT else Address.parse(text)


def _via(text: str) -> Via:
    return _known_via(text) if len(text) <= _KEPT else Via.parse(text)


def _cseq(text: str) -> CSeq:
    return _known_cseq(text) if len(text) <= _KEPT else CSeq.parse(text)


_known_address = functools.lru_cache(maxsize=512)(Address.parse)
_known_via = functools.lru_cache(maxsize=512)(Via.parse)
_known_cseq = functools.lru_cache(maxsize=512)(CSeq.parse)
