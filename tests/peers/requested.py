"""Call scripts over calls by requests, in one process: over real HTTP on loopback, without models and voice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.peers.by_request import line_of
from tests.peers.obeying import ACCOUNT, PUBLIC, TOKEN

from nightbell.bootstrap.stream_caller import request_calls
from nightbell.flow.model import Flow
from nightbell.line.webhook.exchange import CarrierExchange
from nightbell.records.keyring import Keyring
from nightbell.records.recordings import Recorder
from nightbell.rehearsal.feed import Feed
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.paths import read_paths
from nightbell.rehearsal.phoning import ServedLine
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.requested.casting import cast_by_request
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import places_of, rehearse_all
from nightbell.rehearsal.script import Script
from nightbell.rehearsal.stage import Stage
from nightbell.rehearsal.tiers import LeftOut

__all__ = ["ask_scripts", "scripts_of"]

ROOT: Final = Path(__file__).parents[2]


async def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("no call by sound")


def scripts_of(
    flow: Flow, names: Sequence[str] = (), *, hears: bool = True
) -> tuple[Sequence[Script], Sequence[LeftOut]]:
    """Return call scripts of a clinic that is shipped, all unless named, and those that cannot be played.

    Each must go the very way that it goes in writing. There is no voice here: nobody listens whether a prompt is
    heard.
    """
    folder, recordings = ROOT / "flows" / flow.clinic.name, Recordings(ROOT / "audio")
    loaded = load_scripts(find_scripts(folder, names), recordings, places_of(flow))
    scripts, left_out = cast_by_request(loaded, recordings.texts(), flow, hears=hears)
    ways = read_paths(folder / "calls")
    played = [
        replace(script, path=ways.get(script.name, ()), expect=replace(script.expect, prompts_heard=()))
        for script in scripts
    ]
    return played, left_out


async def ask_scripts(
    flow: Flow,
    scripts: Sequence[Script],
    folder: Path,
    *,
    jobs: int = 12,
    mute: bool = False,
    told: Callable[[CallResult], None] = lambda _: None,
    exchange: CarrierExchange | None = None,
    hears: bool = True,
) -> Sequence[CallResult]:
    """Play scripts against a line that is asked by requests alone.

    ``exchange`` is where it rings people; ``hears`` is False for a carrier without a recogniser.
    """
    exchange = exchange or CarrierExchange()
    api = await exchange.start()
    recorder = Recorder(folder / "sound", Keyring(folder / "keys"))
    async with (
        aclosing(exchange),
        Feed(folder / "feed") as feed,
        line_of(
            flow,
            speech={"en": "en-GB"} if hears else {},
            most=100,
            stage=feed.stage,
            api_of=api,
            recorder=recorder,
        ) as line,
        request_calls(
            line.here, PUBLIC, token=TOKEN, account=ACCOUNT, called=flow.clinic.number, exchange=exchange
        ) as requests,
        aclosing(exchange),
    ):
        served = ServedLine(place=_never, feed=folder / "feed", requests=requests, people=exchange)
        stage = Stage(
            flow=flow,
            recordings=Recordings(ROOT / "audio"),
            take=_never,
            folder=folder,
            served=served,
            mute=mute,
        )
        results = await rehearse_all(scripts, stage, jobs=jobs, on_result=told)
        await exchange.nobody_waits()
        async with asyncio.timeout(10):
            while exchange.recorded != exchange.deleted:  # noqa: ASYNC110 - the line fetches beside its calls
                await asyncio.sleep(0.01)
        return results
