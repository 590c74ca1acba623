"""The process that takes calls: `nightbell serve` starts it, with the flows it found sound in a folder of its own.

It opens models, records and line, tells its health on a Unix socket, and lives until SIGTERM (drain), a second
SIGTERM (stop), or the end of the pipe that its supervisor holds. SIGHUP has the flows looked at again, in another
process: one that does not pass leaves the old version served.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
import uvloop

from nightbell.bootstrap.line import OpenLine, open_line
from nightbell.bootstrap.nightbell import Nightbell, open_nightbell
from nightbell.cli.logs import configure_service_logs, log_loop_faults
from nightbell.cli.serve_flows import Served
from nightbell.conversation.clock import SystemClock
from nightbell.errors import NightbellError
from nightbell.reception.directory import Directory, Entry
from nightbell.reception.health import health_app, serve_health
from nightbell.reception.loop_watch import LoopWatch
from nightbell.reception.memory import put_aside
from nightbell.records.audit import Audit
from nightbell.rehearsal.feed import Feed
from nightbell.rehearsal.staged import Stage, nobody
from nightbell.settings import Settings, load_settings
from nightbell.settings_line import ServeSettings, SipSettings

__all__ = ["main"]

_log = structlog.get_logger(__name__)

_CHECK_S: Final = 120.0
"""Longest that looking at one flow may take; proving the largest that are accepted takes 20 s."""


@dataclass(slots=True)
class _Process:
    """What the signals and the health page see of this process."""

    settings: Settings
    served: Served
    allow_draft: bool
    line: OpenLine | None = None
    night: Nightbell | None = None
    terms: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)
    again: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    warmed: bool = False

    def term(self) -> None:
        """Take a SIGTERM, or the supervisor's end."""
        self.terms += 1
        (self.told if self.terms == 1 else self.again).set()

    def gone(self) -> None:
        """Take the supervisor's end: nobody would start this process again, so it does not linger."""
        if os.read(0, 1):
            return
        asyncio.get_running_loop().remove_reader(0)
        self.term()
        self.term()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def warm(self) -> None:
        """Load what is loaded when first needed; calls are taken meanwhile."""
        if self.night is not None:
            await self.night.warm()
        self.warmed = True

    async def ready(self) -> dict[str, Any]:
        """Tell how it stands."""
        line, night = self.line, self.night
        if line is None or night is None:
            return {"ready": False, "why": "starting"}
        draining = line.reception.draining
        return {
            "ready": not draining,
            "why": "draining" if draining else "",
            "calls": line.reception.callers,
            "sip": list(line.listens),
            "http": line.web.http,
            "audiosocket": line.web.audiosocket,
            "clinics": [entry.flow.clinic.name for entry in line.reception.directory.entries],
            "ears": night.deaf is None,
            "warm": self.warmed,
            "records": night.unrecorded is None,
            "registrations": [one.state for one in line.registrations],
            "held": line.held,
        }

    async def metrics(self) -> str:
        """Return the metrics."""
        return self.line.meter.text() if self.line is not None else ""

    def audit(self, what: str, **facts: Any) -> None:
        """Add to the chain; a line that takes calls is not ended by a chain that takes none."""
        try:
            Audit(self.settings.data_dir / "audit.jsonl").add(what, SystemClock().at(0), facts)
        except NightbellError as error:
            _log.critical("audit_failed", code=error.code)

    async def reload(self) -> None:
        """Look at the flows again, and serve what passes."""
        if self.line is not None:
            async with self.reloading:
                await self._reload(self.line)

    async def _reload(self, line: OpenLine) -> None:
        entries: list[Entry] = []
        kept = 0
        for entry in line.reception.directory.entries:
            new = await self._look(entry)
            kept += new is None
            entries.append(new or entry)
        try:
            await line.reception.reload(Directory(entries))
        except NightbellError as error:
            _log.error("reload_refused", code=error.code)
            kept = len(entries)
        else:
            await asyncio.to_thread(self.served.write, entries)
        line.meter.reloaded(good=not kept)
        flows = [entry.flow.hash for entry in line.reception.directory.entries]
        await asyncio.to_thread(self.audit, "reloaded", flows=flows, kept_old=kept)
        _log.warning("reloaded", kept_old=kept)

    async def _look(self, entry: Entry) -> Entry | None:
        """Return a clinic's new version if it passes. The check is another process: its work would delay sound."""
        with tempfile.TemporaryDirectory(prefix="nightbell-check-") as beside:
            words = [str(entry.folder), beside, *(["--allow-draft"] if self.allow_draft else [])]
            quiet = asyncio.subprocess.DEVNULL
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nightbell.cli.serve_check", *words),
                stdin=quiet,
                stdout=quiet,
                stderr=quiet,
            )
            try:
                async with asyncio.timeout(_CHECK_S):
                    code = await process.wait()
            except TimeoutError:
                process.kill()
                code = await process.wait()
            if code:
                _log.error("flow_kept_old", clinic=entry.flow.clinic.name, code=code)
                return None
            (found,) = await asyncio.to_thread(Served(Path(beside)).read)
            return found


async def _run(process: _Process, socket: Path, stage_at: Path | None) -> int:
    loop = asyncio.get_running_loop()
    log_loop_faults(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.term)
    loop.add_signal_handler(signal.SIGHUP, lambda: process.spawn(process.reload()))
    loop.add_reader(0, process.gone)
    settings, serving = process.settings, process.settings.serve
    entries = process.served.read()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            serve_health(health_app(ready=process.ready, metrics=process.metrics), at=socket)
        )
        night = await stack.enter_async_context(open_nightbell(settings))
        for entry in entries:
            await night.prepare(entry.flow, entry.folder)
        put_aside()
        stage: Stage = nobody
        if stage_at is not None:
            stage = (await stack.enter_async_context(Feed(stage_at))).stage
        line = await stack.enter_async_context(
            open_line(
                settings, night, Directory(entries), stage=stage, run=socket.parent if stage_at is None else None
            )
        )
        watch = LoopWatch(blocked_ms=serving.loop_blocked_ms, lagged=line.meter.lagged, blocked=line.meter.blocked)
        watching = asyncio.create_task(watch.run(), name="loop watch")
        stack.callback(watching.cancel)
        process.night, process.line = night, line
        process.spawn(process.warm())
        for entry in entries:
            if entry.draft:
                facts = {"clinic": entry.flow.clinic.name, "flow": entry.flow.hash}
                await asyncio.to_thread(process.audit, "draft_served", **facts)
        _log.info("ready", sip=list(line.listens))
        await process.told.wait()
        await _stop(process, line, serving)
    return 0


async def _stop(process: _Process, line: OpenLine, serving: ServeSettings) -> None:
    """Drain; a second SIGTERM cuts that short."""
    draining = asyncio.create_task(line.drain(within_s=serving.drain_s))
    again = asyncio.create_task(process.again.wait())
    await asyncio.wait({draining, again}, return_when=asyncio.FIRST_COMPLETED)
    again.cancel()
    if not draining.done():
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
        await line.reception.stop()


def _plan(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nightbell serve (calls)")
    parser.add_argument("run", type=Path)
    parser.add_argument("--listen", action="append", default=[])
    parser.add_argument("--test-number", action="append", default=[])
    parser.add_argument("--allow-draft", action="store_true")
    parser.add_argument("--stage", type=Path)
    return parser.parse_args(words)


def _settings(plan: argparse.Namespace) -> Settings:
    settings = load_settings()
    sip = SipSettings.model_validate({**settings.sip.model_dump(), "listen": plan.listen})
    serving = ServeSettings.model_validate({**settings.serve.model_dump(), "test_numbers": plan.test_number})
    return settings.model_copy(update={"sip": sip, "serve": serving})


def main(words: list[str] | None = None) -> int:
    """Run the process; return its exit code."""
    plan = _plan(sys.argv[1:] if words is None else words)
    try:
        settings = _settings(plan)
        configure_service_logs(settings.log_level, "calls")
        if not os.read(0, 1):
            return 0  # a spare that was not needed
        process = _Process(settings=settings, served=Served(plan.run), allow_draft=plan.allow_draft)
        run: Callable[[Coroutine[Any, Any, int]], int] = (
            uvloop.run if settings.serve.loop == "uvloop" else asyncio.run
        )
        return run(_run(process, plan.run / "calls.sock", plan.stage))
    except NightbellError as error:
        _log.critical("cannot_serve", code=error.code, error=type(error).__name__, why=error.message)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
