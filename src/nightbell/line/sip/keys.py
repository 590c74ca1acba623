"""Keys that come as SIP INFO: ``application/dtmf-relay`` and ``application/dtmf``."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["info_key"]

_RELAY: Final = re.compile(rb"^\s*Signal\s*=\s*([0-9A-D*#]{1,2})\s*$", re.IGNORECASE | re.MULTILINE)
_PLAIN: Final = re.compile(rb"\s*([0-9A-D*#]{1,2})\s*", re.IGNORECASE)
_EVENTS: Final = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
"""Some gateways write the event number of RFC 4733 instead of the key."""


def info_key(content_type: str, body: bytes) -> str | None:
    """Return the key that an INFO reports, or None when it reports none."""
    if content_type == "application/dtmf-relay":
        found = _RELAY.search(body[:256])
    elif content_type in {"application/dtmf", "text/plain"}:
        found = _PLAIN.fullmatch(body[:16])
    else:
        return None
    if found is None:
        return None
    text = found[1].decode("ascii").upper()
    return text if len(text) == 1 else _EVENTS.get(text)
