"""Decoder wire: messages between Nightbell and its decoding processes.

A message is one line of JSON that may be followed by ``payload`` bytes of sound. Both ends number their
messages, so that an answer nobody waits for any more is told from the one that is awaited. Peers are our own
processes: what does not parse is a broken process, and the error is left to rise. Nothing here decodes or
decides.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["FAILED", "LINE_LIMIT", "READY", "Message", "pack", "read_message", "unpack"]

Message: TypeAlias = dict[str, Any]
"""``kind`` and ``n`` always; ``payload`` is added by whoever reads one with sound."""

READY: Final = "ready"
FAILED: Final = "failed"
LINE_LIMIT: Final = 1 << 20
"""Bytes in a line: a grammar of a thousand words takes about ten thousand."""


def pack(message: Message, sound: bytes = b"") -> bytes:
    """Return the message as it goes over the socket."""
    head = message | {"payload": len(sound)} if sound else message
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + sound


def unpack(line: bytes) -> Message:
    """Return the message of a line; ValueError for anything that is none."""
    message = json.loads(line)
    if not isinstance(message, dict) or "kind" not in message:
        raise ValueError("not a message")
    return message


def read_message(source: BinaryIO) -> Message | None:
    """Wait for a message on a blocking stream; None when the other end is gone, be it in mid-message."""
    line = source.readline(LINE_LIMIT)
    if not line.endswith(b"\n"):
        return None
    message = unpack(line)
    size = int(message.get("payload", 0))
    if not size:
        return message
    sound = source.read(size)
    return message | {"payload": sound} if len(sound) == size else None
