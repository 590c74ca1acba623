"""Sound alone, ours or aiortp's, in a process of its own on one core: sessions that play and hear, without a call.

``python -m scripts.benches._calls_media ENGINE CORE LOOP`` reads the callers' ports from standard input, one
line of JSON; says its own; and lives until the end of its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable

import numpy as np
import uvloop
from aiortp import RTPSession

from nightbell.audio.frame import FRAME_SAMPLES, Frame
from nightbell.line.rtp.codec import PCMU
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.leg import Leg
from nightbell.line.rtp.media import Terms
from nightbell.line.rtp.ports import PortRange

TONE = (4000 * np.sin(np.arange(FRAME_SAMPLES) * 0.3)).astype(np.int16)
_FED_S = 0.2
"""aiortp's pacer is fed by the fifth of a second."""


async def _ours(ports: list[int]) -> tuple[list[int], Callable[[], None]]:
    engine = RtpEngine(PortRange("127.0.0.1", 20_000, 23_999), media_timeout_s=3600)
    legs: list[Leg] = []
    own = []

    async def play(leg: Leg) -> None:
        async for _ in leg.ticks():
            leg.play(TONE)

    tasks = []
    for port in ports:
        sockets = engine.take_ports()
        own.append(sockets.port)
        leg = engine.leg(sockets, Terms(codec=PCMU, event_type=101, remote=("127.0.0.1", port)))
        leg.begin()
        legs.append(leg)
        tasks.append(asyncio.create_task(play(leg)))

    def close() -> None:
        engine.close()
        for task in tasks:
            task.cancel()

    return own, close


async def _theirs(ports: list[int]) -> tuple[list[int], Callable[[], None]]:
    own, sessions = [], []
    for number, port in enumerate(ports):
        mine = 20_000 + 2 * number
        session = await RTPSession.create(("127.0.0.1", mine), ("127.0.0.1", port), 0, paced=True)
        session.on_audio = lambda *_: None
        sessions.append(session)
        own.append(mine)

    async def feed(session: RTPSession, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        loop = asyncio.get_running_loop()
        due = loop.time()
        tone: Frame = TONE
        while True:
            for _ in range(round(_FED_S * 50)):
                session.send_audio_pcm_auto(tone.tobytes())
            due += _FED_S
            await asyncio.sleep(max(due - loop.time(), 0))

    tasks = [
        asyncio.create_task(feed(session, number * _FED_S / len(sessions)))
        for number, session in enumerate(sessions)
    ]

    def close() -> None:
        for task in tasks:
            task.cancel()

    return own, close


async def run(engine: str) -> None:
    """Play until the end of standard input."""
    loop = asyncio.get_running_loop()
    ports = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    own, close = await (_ours if engine == "ours" else _theirs)(ports)
    print(json.dumps(own), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    close()


def main() -> None:
    """Pin, then play."""
    engine, core, loop = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    os.sched_setaffinity(0, {core})
    if loop == "uvloop":
        uvloop.run(run(engine))
    else:
        asyncio.run(run(engine))
    os._exit(0)


if __name__ == "__main__":
    main()
