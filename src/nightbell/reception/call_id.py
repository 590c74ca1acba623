"""CallId: what a call is called: when it began, chance, and a mark of what the other side calls it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Final

__all__ = ["mark_in", "mark_of", "new_call_id"]

_MARK: Final = 10


def new_call_id(ring_id: str) -> str:
    """Return an id for a call that rings now, such as ``20261121-224000-abcdef-0123456789``."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}-{mark_of(ring_id)}"


def mark_of(ring_id: str) -> str:
    """Return the end of a call's id that both sides can work out: a hash of what the other side calls it."""
    return blake2s(ring_id.encode()).hexdigest()[:_MARK]


def mark_in(call: str) -> str:
    """Return the mark at the end of a call's id."""
    return call.rpartition("-")[2]
