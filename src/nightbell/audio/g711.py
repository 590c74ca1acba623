"""G.711: mu-law and A-law, both ways, by tables built from the formulas of ITU-T G.711.

It holds no stream state and does no packing into RTP; one byte is one sample. The standard library's
``audioop`` did this until Python 3.13 removed it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from nightbell.audio.frame import Samples

__all__ = ["Law", "decode_alaw", "decode_mulaw", "encode_alaw", "encode_mulaw", "round_trip"]

Law: TypeAlias = Literal["mulaw", "alaw"]

_MULAW_BIAS: Final = 33
"""Added to the 14-bit magnitude so that every segment starts at a power of two."""
_MULAW_CLIP: Final = 8158
"""Largest 14-bit magnitude that mu-law can hold."""


def _mulaw_encode_table() -> npt.NDArray[np.uint8]:
    """Return the byte for every 16-bit value, indexed by the value's bits read as unsigned."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    magnitude = np.minimum(np.abs(linear), _MULAW_CLIP) + _MULAW_BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    mantissa = (magnitude >> (exponent + 1)) & 0x0F
    code = (exponent << 4) | mantissa
    return np.asarray(code ^ np.where(linear < 0, 0x7F, 0xFF), dtype=np.uint8)


def _mulaw_decode_table() -> npt.NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0xFF
    exponent = (code >> 4) & 0x07
    magnitude = ((((code & 0x0F) << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_encode_table() -> npt.NDArray[np.uint8]:
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3
    negative = linear < 0
    magnitude = np.where(negative, -linear - 1, linear)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = (magnitude >> np.maximum(exponent, 1)) & 0x0F
    code = (exponent << 4) | mantissa
    return np.asarray(code ^ np.where(negative, 0x55, 0xD5), dtype=np.uint8)


def _alaw_decode_table() -> npt.NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent = (code >> 4) & 0x07
    base = ((code & 0x0F) << 4) + 8
    magnitude = np.where(exponent == 0, base, (base + 0x100) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_TO_MULAW: Final = _mulaw_encode_table()
_FROM_MULAW: Final = _mulaw_decode_table()
_TO_ALAW: Final = _alaw_encode_table()
_FROM_ALAW: Final = _alaw_decode_table()


def encode_mulaw(samples: Samples) -> bytes:
    """Return one mu-law byte (G.711 u) a sample."""
    return _TO_MULAW.take(samples.view(np.uint16)).tobytes()


def decode_mulaw(data: bytes) -> Samples:
    """Return one sample a mu-law byte; any byte is valid."""
    return _FROM_MULAW.take(np.frombuffer(data, dtype=np.uint8))


def encode_alaw(samples: Samples) -> bytes:
    """Return one A-law byte (G.711 A, even bits inverted) a sample."""
    return _TO_ALAW.take(samples.view(np.uint16)).tobytes()


def decode_alaw(data: bytes) -> Samples:
    """Return one sample an A-law byte; any byte is valid."""
    return _FROM_ALAW.take(np.frombuffer(data, dtype=np.uint8))


def round_trip(samples: Samples, law: Law = "mulaw") -> Samples:
    """Return the samples as the far end of a G.711 line hears them."""
    if law == "mulaw":
        return decode_mulaw(encode_mulaw(samples))
    return decode_alaw(encode_alaw(samples))
