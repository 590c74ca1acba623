"""Supervisor: starts the processes of a line, notices when one dies, and starts it again. It takes no call itself.

Generic over its children: each is a command, with a Unix socket on which it tells its health. It loads its
program, waits for one byte on its standard input, and then works; it ends with that pipe, however this process
dies. So a spare can stand by, loaded, for the child that dies: callers wait for a model, not for a program. One
that keeps dying is started ever more slowly. The first SIGTERM drains, the second stops, SIGHUP reloads.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import structlog

__all__ = ["Child", "Supervisor"]

_log = structlog.get_logger(__name__)

_QUICK_S: Final = 30.0
"""A child that lived longer than this is started again without a wait."""
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_ASK_S: Final = 2.0
"""How long a child may take to tell its health: a loop that stands still for longer is not ready."""
SPARE_S: Final = 5.0
"""From a child's start to that of its spare, which must not take the core from it."""
_MIND_S: Final = 5.0
_HUNG: Final = 6
"""Times in a row that a child did not tell whether it lives, after which it hangs: half a minute. A machine that
is busy for some seconds is no reason to drop its calls."""
_USAGE: Final = 2
"""Exit code of a child that cannot start as it is set: starting it again would change nothing."""
_GO: Final = b"g"


@dataclass(slots=True)
class Child:
    """One process of the line."""

    name: str
    command: Sequence[str]
    socket: Path
    """Where it tells its health."""
    stop_s: float
    """Longest time from SIGTERM to its end; then it is killed."""
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    began: float = 0.0
    wait_s: float = 0.0
    failed: int | None = None
    """Exit code of a child that is not started again."""
    pipe: int = field(default=-1, repr=False)
    spare: tuple[asyncio.subprocess.Process, int] | None = field(default=None, repr=False)
    """Stands by, with its pipe."""

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        running = self.process is not None and self.process.returncode is None
        return self.process.pid if running and self.process is not None else None


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, children: Sequence[Child], *, spare_s: float = SPARE_S, mind_s: float = _MIND_S) -> None:
        """Take the children.

        Args:
            children: what is kept running.
            spare_s: so long after the start of each, a spare for it begins to stand by.
            mind_s: how often each is asked whether it lives.
        """
        self.children = tuple(children)
        self._spare_s = spare_s
        self._mind_s = mind_s
        self._stopping = asyncio.Event()
        self._terms = 0

    async def run(self) -> int:
        """Run until stopped; return the exit code: 0 stopped as asked, else a child's that cannot start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        try:
            async with asyncio.TaskGroup() as group:
                for child in self.children:
                    group.create_task(self._keep(child), name=f"child {child.name}")
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
        return next((child.failed for child in self.children if child.failed), 0)

    def stop(self) -> None:
        """Drain; called again, stop at once."""
        self._terms += 1
        self._stopping.set()
        _log.warning("stopping", times=self._terms)
        self._signal(signal.SIGTERM)

    def reload(self) -> None:
        """Have the children read their files again."""
        self._signal(signal.SIGHUP)

    def _signal(self, number: signal.Signals) -> None:
        for child in self.children:
            if child.process is not None and child.process.returncode is None:
                child.process.send_signal(number)

    async def _keep(self, child: Child) -> None:
        beside: tuple[asyncio.Task[None], ...] = ()
        try:
            while not self._stopping.is_set():
                await self._start(child)
                beside = beside or tuple(map(asyncio.create_task, (self._stand_by(child), self._mind(child))))
                if not await self._died(child):
                    return
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _died(self, child: Child) -> bool:
        """Wait for a child's end; tell whether it is to be started again, once it is time for that."""
        code = await self._ended(child)
        os.close(child.pipe)
        child.socket.unlink(missing_ok=True)
        if self._stopping.is_set():
            return False
        _log.error("child_died", child=child.name, code=code)
        if code == _USAGE:
            child.failed = code
            self.stop()
            return False
        lived = time.monotonic() - child.began
        child.wait_s = 0.0 if lived > _QUICK_S else min(child.wait_s * 2 or _FIRST_WAIT_S, _LONGEST_WAIT_S)
        if child.starts == 1:
            child.wait_s = 0.0
        try:
            async with asyncio.timeout(child.wait_s):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    async def _start(self, child: Child) -> None:
        child.began = time.monotonic()
        child.starts += 1
        spare, child.spare = child.spare, None
        if spare is not None and spare[0].returncode is not None:
            os.close(spare[1])
            spare = None
        spare = spare or await _spawn(child)
        child.process, child.pipe = spare
        os.write(child.pipe, _GO)
        _log.info("child_started", child=child.name, start=child.starts)

    async def _stand_by(self, child: Child) -> None:
        """Keep a spare standing by; take it away at the end."""
        try:
            while True:
                await asyncio.sleep(min(self._spare_s, 1.0))
                if child.spare is not None and child.spare[0].returncode is not None:
                    os.close(child.spare[1])
                    child.spare = None
                if child.spare is None and time.monotonic() - child.began >= self._spare_s:
                    child.spare = await _spawn(child)
        finally:
            if child.spare is not None:
                process, pipe = child.spare
                child.spare = None
                os.close(pipe)
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    async def _mind(self, child: Child) -> None:
        """Kill a child that lived and then tells nothing any more: its callers meet silence until it is gone."""
        start, missed = 0, 0
        while True:
            await asyncio.sleep(self._mind_s)
            lives = await self._ask(child, "/livez", limit_s=min(_ASK_S, 10 * self._mind_s)) is not None
            if lives:
                start, missed = child.starts, 0
            elif start == child.starts and child.pid is not None:
                missed += 1
            if missed >= _HUNG and child.process is not None:
                _log.critical("child_hung", child=child.name)
                child.process.kill()
                missed = 0

    async def _ended(self, child: Child) -> int:
        """Wait for a child's end; once it is told to stop, no longer than it may take."""
        assert child.process is not None
        ended = asyncio.create_task(child.process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await asyncio.wait({ended}, timeout=child.stop_s)
            if not ended.done():
                _log.critical("child_killed", child=child.name)
                child.process.kill()
            return await ended
        finally:
            for task in (ended, stopping):
                task.cancel()

    # -- health --------------------------------------------------------------------------------------------------

    async def ready(self) -> dict[str, Any]:
        """Tell how all children stand; ready when each is."""
        told = await asyncio.gather(*(self._told(child) for child in self.children))
        children = dict(zip((child.name for child in self.children), told, strict=True))
        good = not self._stopping.is_set() and all(one.get("ready", False) for one in told)
        return {"ready": good, "children": children}

    async def metrics(self) -> str:
        """Return the children's metrics one after the other; their names do not overlap."""
        texts = await asyncio.gather(*(self._ask(child, "/metrics") for child in self.children))
        ours = ["# TYPE nightbell_child_starts_total counter"]
        ours += [f'nightbell_child_starts_total{{child="{child.name}"}} {child.starts}' for child in self.children]
        return "".join(text or "" for text in texts) + "\n".join(ours) + "\n"

    async def _told(self, child: Child) -> dict[str, Any]:
        found: dict[str, Any] = {"ready": False, "pid": child.pid, "starts": child.starts}
        text = await self._ask(child, "/readyz")
        if text is not None:
            found |= json.loads(text)
        return found

    async def _ask(self, child: Child, path: str, *, limit_s: float = _ASK_S) -> str | None:
        """Ask a child; None when it does not answer."""
        if child.pid is None:
            return None
        limit = aiohttp.ClientTimeout(total=limit_s)
        try:
            connector = aiohttp.UnixConnector(path=str(child.socket))
            async with (
                aiohttp.ClientSession(connector=connector, timeout=limit) as session,
                session.get(f"http://localhost{path}") as answer,
            ):
                return await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None


async def _spawn(child: Child) -> tuple[asyncio.subprocess.Process, int]:
    """Start a process that loads its program and waits; return it with our end of its pipe."""
    theirs, ours = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(*child.command, stdin=theirs, start_new_session=True)
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return process, ours
