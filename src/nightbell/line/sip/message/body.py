"""The SDP in a body: all of it, or one part of several, as trunks send that carry ISUP or a location along.

Parts may have parts of their own.
"""

from __future__ import annotations

import itertools
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Message

__all__ = ["SDP", "description"]

SDP: Final = "application/sdp"
_PARTS: Final = 8
"""Parts that are looked at."""


def description(message: Message) -> str | None:
    """Return the SDP that a message carries; None when it carries none (RFC 5621 section 3)."""
    if not message.body:
        return None
    kind = message.content_type
    if kind in {SDP, ""}:
        return message.text
    if not kind.startswith("multipart/"):
        return None
    head = f"Content-Type: {message.headers.get('content-type')}\r\n\r\n".encode("utf-8", "replace")
    try:
        whole = BytesParser(policy=HTTP).parsebytes(head + message.body)
        parts = list(itertools.islice(whole.walk(), 1, 1 + _PARTS))
        found = next((part for part in parts if part.get_content_type() == SDP), None)
        text = found.get_payload(decode=True) if found is not None else None
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        # The standard library's parser meets some broken headers with these.
        return None
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else None
