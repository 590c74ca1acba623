"""Sounds: signed addresses of what a carrier is to play. Pure; the time is handed in.

An address says which prompt of which call, from which place on, and until when it is good. Who has none that is
signed gets nothing; one that is too old is as good as none.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from nightbell.line.webhook.reply import Sound

__all__ = ["GOOD_S", "address", "sound_of"]

GOOD_S: Final = 120
"""How long an address is good: a carrier fetches within seconds."""
_PURPOSE: Final = b"nightbell sound"
_PART: Final = re.compile(r"([A-Za-z0-9-]{1,64})/([0-9]{1,9})/([0-9]{1,9})/([0-9]{1,12})/([A-Za-z0-9_-]{43})")


def address(token: str, sound: Sound, *, now_s: int) -> str:
    """Return the end of the address of a sound."""
    what = f"{sound.call}/{sound.number}/{sound.from_ms}/{now_s + GOOD_S}"
    return f"{what}/{_mark(token, what)}"


def sound_of(token: str, end: str, *, now_s: int) -> Sound | None:
    """Return the sound of an address; None where it is not ours or too old."""
    found = _PART.fullmatch(end)
    if found is None:
        return None
    call, number, from_ms, until, mark = found.groups()
    good = hmac.compare_digest(_mark(token, end.rpartition("/")[0]), mark)
    return Sound(call=call, number=int(number), from_ms=int(from_ms)) if good and now_s <= int(until) else None


def _mark(token: str, what: str) -> str:
    key = hmac.digest(token.encode(), _PURPOSE, sha256)
    return urlsafe_b64encode(hmac.digest(key, what.encode(), sha256)).decode().rstrip("=")
