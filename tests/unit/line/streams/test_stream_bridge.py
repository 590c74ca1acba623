"""A caller on a media stream is connected with a person who was rung over SIP; either may hang up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.peers.carried import carried
from tests.peers.telephone import exchange

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.line.sip.dialler import SipPerson
from nightbell.speech.dtmf import DtmfDetector
from nightbell.testing.handsets import tone, tone_share

if TYPE_CHECKING:
    from nightbell.line.port import Line
    from nightbell.line.stream.line import StreamLine

pytestmark = pytest.mark.asyncio

LOW, HIGH = tone(400, ms=3000), tone(1000)


async def hums(line: Line, heard: list[np.ndarray]) -> None:
    """Be the person: hum, and listen, until somebody hangs up."""
    async for tick in line.ticks():
        heard.append(tick.frame)
        line.play(HIGH[tick.number % 50 * FRAME_SAMPLES :][:FRAME_SAMPLES])


async def taken(line: StreamLine) -> str:
    async for tick in line.ticks():
        if tick.gone:
            return tick.gone
    return ""


@pytest.mark.parametrize("first", ["caller", "person"])
async def test_both_hear_each_other_until_one_hangs_up(first: str) -> None:
    async with carried() as stream_calls, exchange() as sip_calls:
        far = await sip_calls.rings()
        assert sip_calls.phone is not None
        answered = asyncio.create_task(sip_calls.phone.answered())
        await far.answer()
        assert await answered == "answered"
        person = SipPerson(sip_calls.phone, keys_through=False, key_finder=DtmfDetector)
        line, stream, _ = await stream_calls.called()
        await line.answer()
        at_the_persons: list[np.ndarray] = []
        humming = asyncio.create_task(hums(far, at_the_persons))
        ticking = asyncio.create_task(taken(line))
        stream.say(LOW)
        talking = asyncio.create_task(person.talk(line))
        async with asyncio.timeout(10):
            while len(stream.heard) < 120:  # noqa: ASYNC110 - real time has to pass
                await asyncio.sleep(0.02)
            await (stream.hang_up() if first == "caller" else far.hang_up())
            assert await talking == first
            await humming
            if first == "person":
                assert not line.over  # the caller is handed back
                await line.hang_up()
            assert await ticking == ("caller" if first == "caller" else "us")
        assert tone_share(stream.recording(), 1000) > 0.9
        assert tone_share(np.concatenate(at_the_persons), 400) > 0.9
