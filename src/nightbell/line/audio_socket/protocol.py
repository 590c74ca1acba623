"""Protocol: the messages of AudioSocket, read and written. It holds no socket, no clock and no call.

A message is one byte of kind, two of length (the high one first) and a body. In: the id first, then sound, keys,
hang-up, errors. Out: sound and hang-up. Sound is linear, 16 bit, little end first, 8000 Hz. What a message says of
its length is believed only as far as its kind allows: a length that cannot be is refused before its body is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

import numpy as np

from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.errors import StreamRefused

__all__ = ["HANG_UP", "Announced", "Heard", "HungUp", "Pressed", "Reader", "Received", "Troubled", "sound_message"]

_HANG_UP: Final = 0x00
_ID: Final = 0x01
_KEY: Final = 0x03
_SOUND: Final = 0x10
_ERROR: Final = 0xFF
_HEAD: Final = 3
_LONGEST: Final = {_HANG_UP: 0, _ID: 16, _KEY: 1, _SOUND: 3_200, _ERROR: 8}
"""Longest body by kind; of sound 200 ms."""

HANG_UP: Final = bytes((_HANG_UP, 0, 0))


@dataclass(frozen=True, slots=True)
class Announced:
    """The id of the call; the first message, and there is one."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller's sound, as mu-law."""

    sound: bytes


@dataclass(frozen=True, slots=True)
class Pressed:
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class Troubled:
    """The PBX tells that something failed on its side."""


Received: TypeAlias = Announced | Heard | Pressed | HungUp | Troubled


class Reader:
    """Reads one connection, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._announced = False

    def read(self, data: bytes) -> list[Received]:
        """Return what has come whole.

        Raises:
            StreamRefused: a kind or a length that cannot be, or a message out of its turn.
        """
        self._data += data
        found = []
        while len(self._data) >= _HEAD:
            kind, length = self._data[0], int.from_bytes(self._data[1:_HEAD], "big")
            self._hold(kind, length)
            if len(self._data) < _HEAD + length:
                break
            found.append(self._told(kind, bytes(self._data[_HEAD : _HEAD + length])))
            del self._data[: _HEAD + length]
        return found

    def _hold(self, kind: int, length: int) -> None:
        if kind not in _LONGEST:
            raise _refused("a kind that is not spoken here: sound is 8000 Hz")
        if length > _LONGEST[kind]:
            raise _refused("a length that cannot be")
        if (kind == _ID) == self._announced:
            raise _refused("an id in the middle" if self._announced else "no id at the beginning")

    def _told(self, kind: int, body: bytes) -> Received:
        match kind:
            case 0x01:
                if len(body) != _LONGEST[_ID]:
                    raise _refused("an id that is none")
                self._announced = True
                return Announced(UUID(bytes=body))
            case 0x03:
                return Pressed(body.decode("ascii", "replace"))
            case 0x10:
                if len(body) % 2:
                    raise _refused("half a sample")
                return Heard(encode_mulaw(np.frombuffer(body, dtype="<i2").astype(np.int16)))
            case 0x00:
                return HungUp()
            case _:
                return Troubled()


def sound_message(sound: bytes) -> bytes:
    """Return the message that plays mu-law."""
    body = decode_mulaw(sound).astype("<i2").tobytes()
    return bytes((_SOUND,)) + len(body).to_bytes(2, "big") + body


def _refused(why: str) -> StreamRefused:
    return StreamRefused(why, provider="audiosocket", hint="see docs/connect-freepbx.md")
