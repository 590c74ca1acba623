"""Opus, narrow band: one direction of a call through the codec that apps and mobile networks carry speech in.

The codec itself is libopus (Xiph, the reference of RFC 6716), called through ctypes: a handful of functions, no
package of its own. A packet that is lost is made up by the decoder, as a telephone does. It does no RTP and no
negotiation.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, RATE, Frame
from nightbell.errors import CodecMissing, LineFailed

__all__ = ["BITS_PER_SECOND", "OpusTrip", "require_opus"]

BITS_PER_SECOND: Final = 12_000
"""The upper end of what RFC 7587 section 3.1.1 gives for narrow-band speech (8 to 12 kbit/s)."""
_LIBRARY: Final = "libopus.so.0"
_VOIP: Final = 2048  # OPUS_APPLICATION_VOIP, opus_defines.h; so are these
_SET_BITRATE: Final = 4002
_SET_BANDWIDTH: Final = 4008
_NARROWBAND: Final = 1101
_PACKET: Final = 1275
"""Bytes of the largest packet of one frame (RFC 6716 section 3.2.1)."""


@cache
def require_opus() -> ctypes.CDLL:
    """Return the library.

    Raises:
        CodecMissing: it is not installed.
    """
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise CodecMissing(
            f"the codec Opus is missing ({_LIBRARY})", provider="opus", hint="apt-get install libopus0"
        ) from error
    for maker in (library.opus_encoder_create, library.opus_decoder_create):
        maker.restype = ctypes.c_void_p
    return library


class OpusTrip:
    """An encoder and a decoder, one behind the other; each frame in gives one out, 6.5 ms late."""

    def __init__(self) -> None:
        """Begin. Raises CodecMissing where there is no codec, LineFailed where it cannot begin."""
        self._opus = require_opus()
        fault = ctypes.c_int()
        self._encoder = ctypes.c_void_p(self._opus.opus_encoder_create(RATE, 1, _VOIP, ctypes.byref(fault)))
        self._decoder = ctypes.c_void_p(self._opus.opus_decoder_create(RATE, 1, ctypes.byref(fault)))
        if not self._encoder or not self._decoder:
            raise LineFailed(f"the codec Opus cannot begin (fault {fault.value})", provider="opus")
        for setting, value in ((_SET_BITRATE, BITS_PER_SECOND), (_SET_BANDWIDTH, _NARROWBAND)):
            self._opus.opus_encoder_ctl(self._encoder, setting, ctypes.c_int(value))
        self._packet = ctypes.create_string_buffer(_PACKET)

    def pass_on(self, frame: Frame, *, lost: bool) -> Frame:
        """Return a frame of 20 ms as the far end hears it; what a lost packet held is made up there.

        Raises:
            LineFailed: the codec refuses it.
        """
        sound = np.ascontiguousarray(frame, dtype=np.int16)
        size = self._opus.opus_encode(
            self._encoder, sound.ctypes.data_as(ctypes.c_void_p), FRAME_SAMPLES, self._packet, _PACKET
        )
        heard = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        packet, length = (None, 0) if lost else (self._packet, size)
        count = self._opus.opus_decode(
            self._decoder, packet, length, heard.ctypes.data_as(ctypes.c_void_p), FRAME_SAMPLES, 0
        )
        if size < 0 or count != FRAME_SAMPLES:
            raise LineFailed(f"the codec Opus broke (faults {size}, {count})", provider="opus")
        return heard

    def __del__(self) -> None:
        """Give the codec's memory back."""
        if getattr(self, "_encoder", None):
            self._opus.opus_encoder_destroy(self._encoder)
        if getattr(self, "_decoder", None):
            self._opus.opus_decoder_destroy(self._decoder)
