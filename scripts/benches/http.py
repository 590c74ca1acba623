"""Calls over HTTP: how soon the line answers over a media stream and by requests; fifty streams on one core.

The same callers ring the same served line, first over SIP, then over a media stream, and their turns are timed
alike; then by requests alone, one caller after the other. There it is timed from the request with what the caller
did to the whole answer: what comes before and after is the carrier's. The streams run against the line of
`scripts/bench calls`, pinned to the first core; when a frame came is this process's word, on the second core, so
what its own loop is late counts against the line.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp
import uvloop
from scripts.benches._calls_load import percentile
from scripts.benches._calls_server import CALLER
from scripts.benches.calls import Line, line_process
from scripts.figures import Figure

from nightbell.audio.frame import FRAME_MS
from nightbell.cli.over import Over, Secrets, open_served
from nightbell.cli.served_line import serve_line
from nightbell.errors import LineFailed
from nightbell.flow.load import load_flow
from nightbell.line.media_stream.carrier import Carrier, Stream
from nightbell.line.webhook.carrier import RequestedCall
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.phoning import ServedLine
from nightbell.rehearsal.port import Ended, IncomingCall
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.requested.casting import cast_by_request
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import Stage, places_of, rehearse_all
from nightbell.rehearsal.script import Script
from nightbell.settings import load_settings

MINUTES: Final = 7.0
ROOT: Final = Path(__file__).resolve().parents[2]
ROSEWOOD: Final = ROOT / "flows" / "rosewood"
_UNCAPPED: Final = {"NIGHTBELL_HTTP__REQUESTS_PER_S": "10000"}
"""Callers by requests wait for nothing here: six calls in a second are not what the cap is for."""
SCRIPTS: Final = ("white-lip", "booking", "no-wait-yes", "only-keys", "blisters-day-three", "nine-meant")
KINDS: Final = ("yes", "no", "key")
STREAMS: Final = 50
HELD_S: Final = 12.0
"""How long the streams are held: the emergency words and the notice fill it."""
PUBLIC: Final = "https://line.example.org"
FRAME_S: Final = FRAME_MS / 1000
GAP_S: Final = 0.2
"""From here on it is a pause of the line's and no lateness."""


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Measure all of it."""
    figures = uvloop.run(_beside_sip(say))
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    known = Secrets()
    os.environ.update(known.environment())
    with line_process("uvloop") as line:
        figures += uvloop.run(_streams(say, line, known))
    return figures


async def _beside_sip(say: Callable[[str], None]) -> list[Figure]:
    found: dict[Over, dict[str, list[int]]] = {}
    failed: dict[Over, int] = {}
    with tempfile.TemporaryDirectory(prefix="nightbell-bench-") as folder:
        report, known, flow = Path(folder), Secrets(), load_flow(ROSEWOOD)
        recordings = Recordings(ROOT / "audio")
        loaded = load_scripts(find_scripts(ROSEWOOD, SCRIPTS), recordings, places_of(flow))
        # Nobody listens here whether a prompt is heard: answers are timed.
        scripts = [replace(script, expect=replace(script.expect, prompts_heard=())) for script in loaded]
        settings = load_settings().rehearsing(report)
        async with serve_line(
            [ROSEWOOD], report, settings=settings, environment={**known.environment(), **_UNCAPPED}
        ) as line:
            standing = (await line.told())["children"]["calls"]
            stage = Stage(flow=flow, recordings=recordings, take=_nobody, folder=report)
            for over in ("sip", "media_stream"):
                async with AsyncExitStack() as stack:
                    served = await stack.enter_async_context(open_served(over, line, flow, known, standing))
                    results = await _played(scripts, replace(stage, served=served))
                found[over] = {kind: _times(results, kind) for kind in KINDS}
                failed[over] = sum(not result.passed for result in results)
                say(f"{over}: {len(results)} calls, {failed[over]} failed")
            async with open_served("requests", line, flow, known, standing) as served:
                asked, wrong = await _asked(scripts, stage, served)
            say(f"requests: {len(asked)} answers, {wrong} calls failed")
    return [
        *(Figure(f"calls that failed, {over}", failed[over], at_most=0) for over in found),
        Figure("calls that failed, requests", wrong, at_most=0),
        *(_later(kind, found["sip"][kind], found["media_stream"][kind]) for kind in KINDS),
        *(
            Figure(
                f"by requests, what the caller did to what comes next, p{share}",
                percentile(asked, share) if asked else None,
                "ms",
                peer=f"{len(asked)} answers, one caller after the other",
            )
            for share in (50, 95)
        ),
    ]


async def _asked(scripts: Sequence[Script], stage: Stage, served: ServedLine) -> tuple[list[float], int]:
    """Play the scripts by requests; return how long each answer took, in ms, and how many calls failed."""
    requests, calls = served.requests, list[RequestedCall]()
    assert requests is not None

    def place(caller: str | None, name: str) -> RequestedCall:
        calls.append(requests(caller, name))
        return calls[-1]

    played, _ = cast_by_request(scripts, stage.recordings.texts(), stage.flow)
    stage = replace(stage, served=replace(served, requests=place))
    results = await rehearse_all(played, stage, jobs=1, on_result=lambda _: None)
    times = [1000 * each for call in calls for each in call.answers_s]
    return times, sum(not result.passed for result in results)


async def _played(scripts: Sequence[Script], stage: Stage) -> Sequence[CallResult]:
    over_sip = [script for script in scripts if script.tier != "text"]
    return await rehearse_all(
        [_at_sip(script) for script in over_sip], stage, jobs=len(over_sip), on_result=lambda _: None
    )


def _at_sip(script: Script) -> Script:
    return replace(script, tier="sip")


async def _nobody(call: IncomingCall) -> Ended:
    raise LineFailed(f"{call.id} is phoned, not taken", provider="bench")


def _times(results: Sequence[CallResult], kind: str) -> list[int]:
    return [one.ms for result in results for one in result.responses if one.kind == kind and one.ms is not None]


def _later(kind: str, sip: Sequence[int], stream: Sequence[int]) -> Figure:
    value = median(stream) - median(sip) if sip and stream else None
    peer = f"{median(sip):g} ms over SIP, {len(sip)} and {len(stream)} turns" if sip else ""
    return Figure(f"{kind} to prompt, media stream later than SIP, p50", value, "ms", at_most=60, peer=peer)


async def _streams(say: Callable[[str], None], line: Line, known: Secrets) -> list[Figure]:
    number = load_flow(ROSEWOOD).clinic.number
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        carrier = Carrier(session, f"http://{line.http}", PUBLIC, token=known.token, account="AC-rehearsal")
        streams: list[Stream] = []
        talking: list[asyncio.Task[None]] = []
        for _ in range(STREAMS):
            stream = await carrier.call(CALLER, number).stream()
            streams.append(stream)
            talking.append(asyncio.create_task(stream.talk()))
            await asyncio.sleep(1 / 30)
        own: list[float] = []
        watching = asyncio.create_task(_own_lateness(own))
        line.told("fresh")
        cpu, began = line.cpu_s(), time.monotonic()
        await asyncio.sleep(HELD_S)
        cpu, wall = line.cpu_s() - cpu, time.monotonic() - began
        told = line.told()
        watching.cancel()
        for stream in streams:
            await stream.hang_up()
        await asyncio.gather(*talking, return_exceptions=True)
    late = [ms for stream in streams for ms in _late_ms(stream.came_s)]
    heard = sum(len(stream.came_s) > 50 * HELD_S / 2 for stream in streams)
    say(f"{STREAMS} streams, {heard} heard the line, {cpu / wall:.0%} of a core")
    return [
        Figure(f"of {STREAMS} streams, those that heard the line", heard, at_least=STREAMS),
        Figure(f"{STREAMS} streams, lateness at the carrier p99", percentile(late, 99), "ms", at_most=20),
        Figure("of that, this process's own loop p99", percentile(own, 99), "ms"),
        Figure(f"{STREAMS} streams, lateness of the ticker p99", told["lateness_p99_ms"], "ms"),
        Figure("CPU per stream", 100 * cpu / wall / STREAMS, "% of a core"),
    ]


async def _own_lateness(found: list[float]) -> None:
    """Note every 5 ms how late this process's own loop is."""
    due = time.monotonic()
    while True:
        due += 0.005
        await asyncio.sleep(max(due - time.monotonic(), 0))
        found.append(max(time.monotonic() - due, 0) * 1000)


def _late_ms(came: Sequence[float]) -> list[float]:
    """Return how late each frame was for who plays a stretch of speech from its first frame on.

    A frame that comes more than its own length too late is a hole; playing goes on from there, as a carrier does.
    """
    found: list[float] = []
    due = 0.0
    for before, at in pairwise([came[0] if came else 0.0, *came]):
        due = at if at - before > GAP_S or not found else due + FRAME_S
        late = max(at - due, 0.0)
        found.append(late * 1000)
        if late > FRAME_S:
            due = at
    return found
