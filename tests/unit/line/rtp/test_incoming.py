"""What is heard of a call whose other end sends what it may, and not what it said first."""

from __future__ import annotations

import numpy as np
import pytest
from tests.peers.telephone import engine_at

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.line.rtp.codec import PCMA, PCMU, Codec
from nightbell.line.rtp.incoming import Incoming
from nightbell.line.rtp.packet import header
from nightbell.line.sip import sdp
from nightbell.line.sip.sound import Sound

HOME = ("127.0.0.1", 40_010)
TONE = (8000 * np.sin(2 * np.pi * 400 * np.arange(FRAME_SAMPLES) / 8000)).astype(np.int16)


@pytest.mark.parametrize(("ours", "theirs"), [(PCMU, PCMA), (PCMA, PCMU), (PCMU, PCMU)])
def test_either_law_is_heard_whichever_was_answered_first(ours: Codec, theirs: Codec) -> None:
    incoming = Incoming(ours, 101, HOME)
    for number in range(10):
        data = header(theirs.payload_type, number, number * FRAME_SAMPLES, 9) + theirs.encode(TONE)
        assert incoming.put(data, HOME, arrived_s=number / 50, now_s=number / 50)
    frames = [incoming.take()[0] for _ in range(6)]
    assert int(np.abs(frames[-1].astype(int) - TONE).max()) < 400


@pytest.mark.parametrize(("answered", "sent"), [("96", 96), ("96", 101), ("", 101)])
def test_a_key_is_heard_under_the_number_that_was_offered_and_under_that_of_the_answer(
    answered: str, sent: int
) -> None:
    sound = Sound(engine_at(36_000), "127.0.0.1", loopback=True)
    try:
        sound.offer()
        text = sdp.offer(*HOME, payloads=(sdp.PCMU,), events=int(answered) if answered else None)
        sound.answered(text)
        assert sound.leg is not None
        incoming = sound.leg.media.incoming
        key = header(sent, 1, 160, 9, marker=True) + b"\x01\x0a\x00\xa0"
        assert incoming.put(key, HOME, arrived_s=0, now_s=0)
        assert incoming.take()[1] == ("1",)
        assert sound.leg.media.outgoing.event_type == (int(answered) if answered else None)
    finally:
        sound.close()
