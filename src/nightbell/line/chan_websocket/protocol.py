"""Protocol: the control messages of chan_websocket, read and written. It holds no socket, no clock and no call.

Sound is binary, the bytes of the codec and nothing else; control is text, either plain (``MEDIA_START key:value
...``) or JSON (``{"event": "MEDIA_START", ...}``), and what is sent keeps to the form of what came first. The PBX
paces what it is sent, and lets go of it at FLUSH_MEDIA.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from nightbell.errors import StreamRefused

__all__ = ["MOST_BYTES", "Command", "Pressed", "Reader", "Received", "Started"]

MOST_BYTES: Final = 16_384
"""Longest message that is read; 20 ms of sound has 160 bytes, and the first message names variables too."""

Command: TypeAlias = Literal["ANSWER", "HANGUP", "FLUSH_MEDIA"]


@dataclass(frozen=True, slots=True)
class Started:
    """The sound begins, both ways, as mu-law."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The caller pressed a key."""

    key: str


Received: TypeAlias = Started | Pressed


class Reader:
    """Reads the control messages of one connection, and writes those back in the same form."""

    def __init__(self) -> None:
        self._json = False
        self._started = False

    def read(self, text: str) -> Received | None:
        """Return what a message tells; None for one that tells nothing.

        Raises:
            StreamRefused: it is no message, or out of its turn.
        """
        kind, told = _json_of(text) if text.startswith("{") else _plain(text)
        if kind == "MEDIA_START":
            if self._started:
                raise _refused("started twice")
            if told.get("format") != "ulaw":
                raise _refused("another codec than ulaw", close=1003)
            self._started, self._json = True, text.startswith("{")
            return Started()
        if not self._started:
            raise _refused("a message before the start")
        digit = told.get("digit")
        return Pressed(digit) if kind == "DTMF_END" and isinstance(digit, str) and len(digit) == 1 else None

    def write(self, command: Command) -> str:
        """Return the message of a command."""
        return json.dumps({"command": command}) if self._json else command


def _json_of(text: str) -> tuple[str, dict[str, Any]]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused("a message that is no JSON", close=1007) from error
    kind = message.get("event")
    if not isinstance(kind, str):
        raise _refused("a message without an event", close=1007)
    return kind, message


def _plain(text: str) -> tuple[str, dict[str, Any]]:
    kind, *words = text.split(" ")
    return kind, {name: value for name, _, value in (word.partition(":") for word in words)}


def _refused(why: str, *, close: int = 1002) -> StreamRefused:
    return StreamRefused(why, provider="chan_websocket", close=close, hint="see docs/connect-freepbx.md")
