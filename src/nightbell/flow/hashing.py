"""Hashing: the name of one version of a flow - sha256 over everything in it that can change a call.

Lines, and names that no call reads, are left out, so that a comment makes no new version; order is kept, because
it decides.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any, Final

from nightbell.flow.model import Flow

__all__ = ["content_hash"]

_LEFT_OUT: Final = frozenset({"line", "hash", "asks"})


def content_hash(flow: Flow) -> str:
    """Return the hash in hexadecimal; the flow's own ``hash`` does not count."""
    text = json.dumps(_canonical(flow), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        fields = [
            [field.name, _canonical(getattr(value, field.name))]
            for field in dataclasses.fields(value)
            if field.name not in _LEFT_OUT
        ]
        return [type(value).__name__, *fields]
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    return value
