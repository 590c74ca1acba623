"""Run: plays one night of faults with real processes and judges it; or many, some at a time.

Every process on duty is forked from one that has everything imported and no threads, so that a start costs what it
costs and not the imports. Linux only.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nightbell.records.sqlite import open_sqlite
from nightbell.terms.instant import Instant
from nightbell.testing.escalation import flagged_call
from nightbell.testing.forked import fork
from nightbell.testing.nights.judge import judge, wire_of
from nightbell.testing.nights.plan import Fault, NightPlan
from nightbell.testing.nights.process import ROTA, run_duty

__all__ = ["Plant", "Verdict", "empty", "nights", "on_duty", "one_night", "settled"]

_UP_S: Final = 60.0
"""How long a process may take to come up, on a machine that does other things."""
_QUIET_S: Final = 25.0
"""When nothing left the house for so long, nothing will: rounds rest for less."""
_STILL_S: Final = 0.5
_STILL_MOST_S: Final = 12.0
_FREEZE_S: Final = 2.5
_STOPS: Final = 40

Plant = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a night went."""

    seed: int
    breaches: tuple[str, ...]
    starts: int
    rings: int
    seconds: float


def one_night(plan: NightPlan, folder: Path, plant: Plant | None = None) -> Verdict:
    """Play a night and judge it."""
    began = time.monotonic()
    folder.mkdir(parents=True)
    (folder / "oncall.yaml").write_text(ROTA, encoding="utf-8")
    asyncio.run(empty(folder))
    callers = fork(lambda: asyncio.run(_calls(plan, folder)))
    starts = 0
    for fault in plan.faults:
        starts += _one_start(plan, folder, fault, plant)
    with on_duty(plan, folder, plant) as up:
        starts += up
        os.waitpid(callers, 0)
        accepted = (folder / "accepted").read_text(encoding="ascii").split()
        settled(folder, accepted, plan.settle_s)
    breaches = judge(plan, folder, accepted, starts)
    rings = sum(one["kind"] == "ring" for one in wire_of(folder))
    return Verdict(
        seed=plan.seed,
        breaches=tuple(breaches),
        starts=starts,
        rings=rings,
        seconds=time.monotonic() - began,
    )


def nights(
    plans: Iterable[NightPlan], folder: Path, *, at_once: int = 4, plants: Sequence[Plant | None] = ()
) -> list[Verdict]:
    """Play many nights, some at a time; a night that breaks is a breach itself.

    Args:
        plans: the nights; the first begin first.
        folder: where each gets a folder.
        at_once: how many are played side by side.
        plants: bugs that are planted in the nights at the same places; the other nights have none.

    Returns:
        The verdicts, in the order of the plans.
    """
    waiting, found = list(enumerate(plans)), dict[int, Verdict]()
    running: dict[int, tuple[int, int]] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            number, plan = waiting.pop(0)
            plant = plants[number] if number < len(plants) else None
            hear, tell = os.pipe()

            def play(
                plan: NightPlan = plan, number: int = number, plant: Plant | None = plant, tell: int = tell
            ) -> None:
                try:
                    verdict = one_night(plan, folder / f"night-{number}", plant)
                except BaseException as error:  # noqa: BLE001 - told to whoever waits
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    told = f"the night broke: {type(error).__name__}: {error} ({where.name})"
                    verdict = Verdict(seed=plan.seed, breaches=(told,), starts=0, rings=0, seconds=0.0)
                line = [verdict.seed, list(verdict.breaches), verdict.starts, verdict.rings, verdict.seconds]
                os.write(tell, json.dumps(line).encode()[:60_000])

            child = fork(play)
            os.close(tell)
            running[hear] = child, number
        ready, _, _ = select.select(list(running), [], [], 300)
        assert ready, "no night ended in five minutes"
        for hear in ready:
            told = b""
            while part := os.read(hear, 65_536):
                told += part
            os.close(hear)
            child, number = running.pop(hear)
            os.waitpid(child, 0)
            seed, breaches, starts, rings, seconds = json.loads(told)
            found[number] = Verdict(
                seed=seed, breaches=tuple(breaches), starts=starts, rings=rings, seconds=seconds
            )
    return [found[number] for number in sorted(found)]


@contextmanager
def on_duty(plan: NightPlan, folder: Path, plant: Plant | None = None) -> Iterator[int]:
    """Have a process on duty that no fault meets, and kill it in the end; give 1 when it came up, else 0."""
    child = fork(lambda: run_duty(plan, folder, None, plant))
    try:
        yield _is_up(folder, child)
    finally:
        _kill(child)


async def empty(folder: Path) -> None:
    """Make records with nothing in them."""
    records = await open_sqlite(folder / "records.sqlite3", now=_now())
    await records.aclose()


async def _calls(plan: NightPlan, folder: Path) -> None:
    """Take the night's calls; what was durable is written beside."""
    records = await open_sqlite(folder / "records.sqlite3", now=_now(), busy_ms=5_000)
    began, accepted = time.monotonic(), []
    for caller in sorted(plan.callers, key=lambda one: one.after_s):
        await asyncio.sleep(max(0.0, began + caller.after_s - time.monotonic()))
        accepted.append(
            await flagged_call(
                records, caller.call, at=_now().ms, disposition=caller.disposition, caller="+447700900123"
            )
        )
    await records.aclose()
    (folder / "accepted.part").write_text("\n".join(accepted), encoding="ascii")
    (folder / "accepted.part").rename(folder / "accepted")


def _one_start(plan: NightPlan, folder: Path, fault: Fault, plant: Plant | None) -> int:
    """Start a process on duty and let its fault happen; return whether it came up."""
    child = fork(lambda: run_duty(plan, folder, fault, plant))
    try:
        up = _is_up(folder, child)
        end = time.monotonic() + fault.after_s + (1.5 if fault.kind in {"disk_full", "step"} else 0.0)
        _gone(child, end + (1.0 if fault.kind == "kill_at" else 0.0))
        if fault.kind == "freeze":
            return up + _freeze(plan, folder, child, plant)
        return up
    finally:
        _kill(child)


def _freeze(plan: NightPlan, folder: Path, child: int, plant: Plant | None) -> int:
    """Stop a process until another one has its work, then let it go on: it must not touch anything any more."""
    for _ in range(_STOPS):
        os.kill(child, signal.SIGSTOP)
        try:
            with closing(sqlite3.connect(folder / "records.sqlite3", timeout=0.5)) as connection:
                # Its silence would outlast the lease in a real night; here the row is made old instead.
                connection.execute("UPDATE executors SET seen_utc = seen_utc - 10000000")
                connection.commit()
            break
        except (
            sqlite3.OperationalError
        ):  # stopped amid a write, it holds SQLite's lock: let it go on and try again
            os.kill(child, signal.SIGCONT)
            time.sleep(0.05)
    other = fork(lambda: run_duty(plan, folder, None, plant))
    try:
        up = _is_up(folder, other)
        os.kill(child, signal.SIGCONT)
        _gone(child, time.monotonic() + _FREEZE_S)
        return up
    finally:
        _kill(other)


def _is_up(folder: Path, child: int) -> int:
    """Wait until a process is on duty; 0 when it was killed before that."""
    end = time.monotonic() + _UP_S
    while time.monotonic() < end:
        if any(one["kind"] == "open" and one["pid"] == child for one in wire_of(folder)):
            return 1
        if _over(child):
            return 0
        time.sleep(0.02)
    raise TimeoutError("the process on duty did not come up")


def _over(child: int) -> bool:
    try:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _gone(child: int, end: float) -> None:
    while time.monotonic() < end and not _over(child):
        time.sleep(0.02)


def _kill(child: int) -> None:
    try:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        return


def settled(folder: Path, accepted: list[str], settle_s: float) -> None:
    """Wait until everybody has somebody, nothing moves any more, or the time for that is over."""
    end, quiet, size = time.monotonic() + settle_s, time.monotonic() + _QUIET_S, 0
    marks = ",".join("?" for _ in accepted)
    query = f"SELECT count(*) FROM escalations WHERE id IN ({marks}) AND place IN ('owned', 'closed')"  # noqa: S608
    with closing(sqlite3.connect(folder / "records.sqlite3", timeout=20)) as connection:
        while time.monotonic() < min(end, quiet):
            (there,) = connection.execute(query, accepted).fetchone()
            if there == len(accepted):
                _silence(folder)
                return
            if (grown := len(wire_of(folder))) != size:
                size, quiet = grown, time.monotonic() + _QUIET_S
            time.sleep(0.1)


def _silence(folder: Path) -> None:
    """Give what must not ring any more the time to ring, until the last process's telephones are all still."""
    end = time.monotonic() + _STILL_MOST_S
    time.sleep(_STILL_S)
    while time.monotonic() < end:
        wire = wire_of(folder)
        last = next(one["pid"] for one in reversed(wire) if one["kind"] == "open")
        kinds = [one["kind"] for one in wire if one["pid"] == last]
        if kinds.count("ring") <= kinds.count("ring_over"):
            return
        time.sleep(0.1)


def _now() -> Instant:
    return Instant(time.time_ns() // 1_000_000)
