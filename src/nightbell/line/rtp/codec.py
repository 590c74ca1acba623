"""Codecs of a live call: G.711 in its two laws, frame by frame. Silence takes a short way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE, Frame, Samples
from nightbell.audio.g711 import decode_alaw, decode_mulaw, encode_alaw, encode_mulaw

__all__ = ["FAINT", "LAWS", "PCMA", "PCMU", "Codec", "codec_named"]

FAINT: Final = 64
"""Sample value, -54 dB of full scale: the softest speech of a telephone has peaks of -30."""
_FADE: Final = (1.0, 0.7, 0.4, 0.15)
"""What a frame that never came keeps of the one before, by how many in a row are missing; then silence. A gap of
60 ms in a word is bridged, a longer one is not babbled over (G.711 appendix I fades over 60 ms too)."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One law."""

    name: str
    """As in SDP: PCMU, PCMA."""
    payload_type: int
    silence: int
    """The byte that is no sound; as such a frame is sent where nothing is played."""
    encode: Callable[[Samples], bytes]
    decode: Callable[[bytes], Samples]
    silent: bytes = field(init=False)
    """A frame without sound."""
    faint: bytes = field(init=False)
    """The bytes that stand for less than ``FAINT``."""

    def __post_init__(self) -> None:
        values = self.decode(bytes(range(256)))
        object.__setattr__(self, "silent", bytes((self.silence,)) * FRAME_SAMPLES)
        object.__setattr__(self, "faint", bytes(code for code in range(256) if abs(int(values[code])) < FAINT))

    def own(self, sound: bytes, payload_type: int) -> bytes:
        """Return sound of either law in this one: who was offered both may send either (RFC 3264 section 5.1)."""
        return sound if payload_type == self.payload_type else sound.translate(_tables()[self.payload_type])

    def frame(self, sound: bytes, fading: int) -> Frame:
        """Return 160 bytes as a frame; ``fading`` counts the frames in a row that it stands in for.

        A frame in which every sample is faint is silence: telling so by its bytes costs less than looking at it.
        """
        if fading >= len(_FADE) or not sound.translate(None, self.faint):
            return SILENCE
        frame = self.decode(sound)
        if fading:
            return np.asarray(np.rint(frame * _FADE[fading]), dtype=np.int16)
        return frame


PCMU: Final = Codec("PCMU", 0, 0xFF, encode_mulaw, decode_mulaw)
PCMA: Final = Codec("PCMA", 8, 0xD5, encode_alaw, decode_alaw)

LAWS: Final = {codec.payload_type: codec for codec in (PCMU, PCMA)}
"""By payload type."""


@functools.cache
def _tables() -> dict[int, bytes]:
    """Return for each law the bytes that stand for those of the other."""
    every = bytes(range(256))
    return {ours.payload_type: ours.encode(theirs.decode(every)) for ours, theirs in ((PCMU, PCMA), (PCMA, PCMU))}


def codec_named(name: str) -> Codec | None:
    """Return the codec of an SDP name, or None for one that is not spoken here."""
    return {"PCMU": PCMU, "PCMA": PCMA}.get(name.upper())
