"""Protocol: the messages of a media stream, read and written. It holds no socket, no clock and no call.

In: connected, start, media, dtmf, mark, stop. Out: media, mark, clear. Every number is a string of digits. A
message that is no message of this protocol, or out of its turn, is refused by ``StreamRefused``; a media message
whose sound cannot be read is told as ``Unreadable``, because one torn frame is no reason to lose a caller. A kind
of message that is not known is passed over: carriers add some.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.errors import StreamRefused

__all__ = [
    "MOST_CHARS",
    "Heard",
    "MarkCame",
    "Pressed",
    "Reader",
    "Received",
    "Started",
    "Stopped",
    "Unreadable",
    "Writer",
]

MOST_CHARS: Final = 16_384
"""Longest message that is read; one with 20 ms of sound has some 350 characters."""
_MOST_SOUND: Final = 1_600
"""Bytes of sound in one message: 200 ms. More would be no stream."""
_SID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS: Final = re.compile(r"[0-9]{1,12}")
_FORMAT: Final = {"encoding": "audio/x-mulaw", "sampleRate": "8000", "channels": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The stream begins."""

    stream: str
    account: str
    call: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller's sound: mu-law, and the number of its first sample since the stream began."""

    at: int
    sound: bytes


@dataclass(frozen=True, slots=True)
class Pressed:
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True, slots=True)
class MarkCame:
    """What was sent before this mark was played, or let go of by a clear."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The call is over at the carrier's end."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Sound that cannot be read."""


Received: TypeAlias = Started | Heard | Pressed | MarkCame | Stopped | Unreadable


class Reader:
    """Reads the messages of one stream, in their order."""

    def __init__(self) -> None:
        self._connected = False
        self._stream = ""
        self._stopped = False

    def read(self, text: str) -> Received | None:
        """Return what a message tells; None for one that tells nothing.

        Raises:
            StreamRefused: it is no message, or out of its turn.
        """
        if len(text) > MOST_CHARS:
            raise _refused("a message too long", close=1009)
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _refused("a message that is no JSON", close=1007) from error
        if not isinstance(message, dict) or not isinstance(message.get("event"), str):
            raise _refused("a message without an event", close=1007)
        kind: str = message["event"]
        if kind == "connected":
            self._connect(message)
            return None
        if kind == "start":
            return self._start(message)
        if kind not in {"media", "dtmf", "mark", "stop"}:
            return None
        if not self._stream:
            raise _refused("sound before the start")
        if message.get("streamSid") != self._stream:
            raise _refused("a message of another stream")
        if self._stopped:
            return None
        return self._live(kind, message)

    def _connect(self, message: Mapping[str, Any]) -> None:
        if self._connected or self._stream:
            raise _refused("connected twice")
        if message.get("protocol") != "Call":
            raise _refused("another protocol than Call")
        self._connected = True

    def _start(self, message: Mapping[str, Any]) -> Started:
        if self._stream:
            raise _refused("started twice")
        if not self._connected:
            raise _refused("a start before connected")
        start = _table(message, "start")
        wanted = _table(start, "mediaFormat")
        if {name: str(wanted.get(name)) for name in _FORMAT} != _FORMAT:
            raise _refused("sound that is not mu-law of 8000 Hz", close=1003)
        ids = [start.get("streamSid"), start.get("callSid"), start.get("accountSid")]
        if not all(isinstance(one, str) and _SID.fullmatch(one) for one in ids):
            raise _refused("a start without its ids", close=1007)
        if message.get("streamSid") != start["streamSid"]:
            raise _refused("a message of another stream")
        self._stream = start["streamSid"]
        return Started(stream=self._stream, call=start["callSid"], account=start["accountSid"])

    def _live(self, kind: str, message: Mapping[str, Any]) -> Received | None:
        if kind == "stop":
            self._stopped = True
            return Stopped()
        told = _table(message, kind)
        match kind:
            case "media":
                return _sound(told)
            case "dtmf":
                digit = told.get("digit")
                return Pressed(digit) if isinstance(digit, str) and len(digit) == 1 else None
            case _:
                name = told.get("name")
                return MarkCame(name) if isinstance(name, str) else None


class Writer:
    """Writes what one stream is sent."""

    def __init__(self, stream: str) -> None:
        """Take the stream's id, as a Reader let it through."""
        self._head = f'{{"event":"media","streamSid":"{stream}","media":{{"payload":"'
        self._mark = f'{{"event":"mark","streamSid":"{stream}","mark":{{"name":"'
        self._clear = f'{{"event":"clear","streamSid":"{stream}"}}'

    def media(self, sound: bytes) -> str:
        """Return the message that plays mu-law."""
        return f'{self._head}{b64encode(sound).decode("ascii")}"}}}}'

    def mark(self, number: int) -> str:
        """Return the message that asks to be told when what was sent is played."""
        return f'{self._mark}{number}"}}}}'

    def clear(self) -> str:
        """Return the message that lets go of what is not played yet."""
        return self._clear


def _sound(told: Mapping[str, Any]) -> Heard | Unreadable | None:
    if told.get("track", "inbound") not in ("inbound", "inbound_track"):
        return None  # what we said ourselves
    payload, at = told.get("payload"), told.get("timestamp")
    if not isinstance(payload, str) or not isinstance(at, str | int) or not _DIGITS.fullmatch(str(at)):
        return Unreadable()
    try:
        sound = a2b_base64(payload, strict_mode=True)
    except (Base64Error, ValueError):
        return Unreadable()
    return Heard(int(at) * SAMPLES_PER_MS, sound) if 0 < len(sound) <= _MOST_SOUND else Unreadable()


def _table(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = message.get(name)
    if not isinstance(found, dict):
        raise _refused("a message without its body", close=1007)
    return found


def _refused(why: str, *, close: int = 1002) -> StreamRefused:
    return StreamRefused(why, provider="media_stream", close=close, hint="see docs/connect-twilio.md")
