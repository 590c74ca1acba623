"""How many events and calls a second the engine takes, and what a new call costs, beside two other machines.

All of it is one thread, without audio, records or a clock. The call is a worried caller's ten answers through
Rosewood (see _engine_walk). Rates are by processor time, the median of several runs, and the machines take turns
within each run: so a busy computer measures much as an idle one. The peers do less: they only move between the
same states by the same outcomes, one model or interpreter a call, where a session also decides, speaks, listens
and can be taken back. Against them stands, first, the same thing, our machine's moves; then the whole engine.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.benches._engine_peers import AsyncPeer, MovePeer, XStatePeer
from scripts.benches._engine_walk import TURNS, Walk, events_of_call, record, settled
from scripts.figures import Figure

from nightbell.call.events import CallStarted
from nightbell.call.session import Session

MINUTES = 0.3
RUNS: Final = 7
MACHINE_CALLS: Final = 300
"""Calls that each machine walks in one run."""
ENGINE_CALLS: Final = 600
NEW_CALLS: Final = 2000
FLOW: Final = Path(__file__).resolve().parents[2] / "flows" / "rosewood"


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Measure the engine and its peers."""
    walk = record(FLOW)
    say(f"{len(walk.events)} events and {len(walk.outcomes)} moves a call; {RUNS} runs of each machine in turn")
    rates = asyncio.run(_machines(walk))
    say(f"{RUNS} runs of {ENGINE_CALLS} calls through the whole engine")
    calls = statistics.median(_engine(walk) for _ in range(RUNS))
    say(f"{NEW_CALLS} new calls")
    size, made_us, begun, begun_us = _new_calls(walk)
    ours, theirs, xstate = rates["ours"], rates["async"], rates["xstate"]
    events = calls * len(walk.events)
    return [
        Figure("moves", ours, "/s", peer=f"{len(walk.outcomes)} moves a call"),
        Figure("AsyncMachine, moves", theirs, "/s", peer="transitions, one model a call"),
        Figure("xstate-statemachine, moves", xstate, "/s", peer=XStatePeer.about()),
        Figure("moves to AsyncMachine's", _ratio(ours, theirs), "times", at_least=3),
        Figure("moves to xstate-statemachine's", _ratio(ours, xstate), "times"),
        Figure("events, whole engine", events, "/s", peer=f"{len(walk.events)} events a call"),
        Figure("whole engine's events to AsyncMachine's moves", _ratio(events, theirs), "times"),
        Figure(f"calls of {TURNS} answers, one core", calls, "/s", at_least=2000),
        Figure("new call", size, "B", at_most=4096, peer=f"{NEW_CALLS} sessions"),
        Figure("new call made in", made_us, "us", at_most=100),
        Figure("call after its first event", begun, "B", at_most=4096, peer="without the effects it gave"),
        Figure("first event handled in", begun_us, "us", peer="answer, look-up, first words"),
        Figure("AsyncMachine, new call made in", rates["async_new"], "us", peer="add_model"),
        Figure("xstate-statemachine, new call made in", rates["xstate_new"], "us", peer="interpreter, started"),
    ]


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


async def _machines(walk: Walk) -> dict[str, float | None]:
    """Let each machine walk the same calls; return median moves a second and microseconds a new call."""
    ours, theirs = MovePeer(walk), AsyncPeer(walk)
    xstate = XStatePeer(walk) if XStatePeer.is_there() else None
    rates: dict[str, list[float]] = {name: [] for name in ("ours", "async", "async_new", "xstate", "xstate_new")}
    for _ in range(RUNS):
        settled()
        rates["ours"].append(ours.walk(MACHINE_CALLS)[0])
        settled()
        moves, new = await theirs.walk(MACHINE_CALLS)
        rates["async"].append(moves)
        rates["async_new"].append(new)
        if xstate is not None:
            settled()
            moves, new = xstate.walk(MACHINE_CALLS)
            rates["xstate"].append(moves)
            rates["xstate_new"].append(new)
    return {name: statistics.median(values) if values else None for name, values in rates.items()}


def _engine(walk: Walk) -> float:
    """Take whole calls, one after the other; return calls a second of processor time."""
    calls = [events_of_call(walk, number) for number in range(ENGINE_CALLS)]
    settled()
    began = time.process_time()
    for events in calls:
        session = Session(walk.plan)
        for event in events:
            session.handle(event)
        if not session.closed:
            raise AssertionError("the call did not end")
    return ENGINE_CALLS / (time.process_time() - began)


def _new_calls(walk: Walk) -> tuple[float, float, float, float]:
    """Return bytes and microseconds of a new session, and of one that has taken its first event."""
    firsts = [events_of_call(walk, number)[0] for number in range(NEW_CALLS)]
    if not isinstance(firsts[0], CallStarted):
        raise TypeError("a call begins with CallStarted")
    settled()
    began = time.process_time()
    sessions = [Session(walk.plan) for _ in range(NEW_CALLS)]
    made_us = (time.process_time() - began) / NEW_CALLS * 1e6
    began = time.process_time()
    for session, event in zip(sessions, firsts, strict=True):
        session.handle(event)
    begun_us = (time.process_time() - began) / NEW_CALLS * 1e6
    del sessions
    settled()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [Session(walk.plan) for _ in range(NEW_CALLS)]
        made = tracemalloc.get_traced_memory()[0]
        for session, event in zip(kept, firsts, strict=True):
            session.handle(event)
        settled()
        begun = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return (made - before) / NEW_CALLS, made_us, (begun - before) / NEW_CALLS, begun_us
