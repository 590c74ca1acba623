"""The process that gets people: `nightbell serve` starts it beside the one that takes calls.

It tells its health on a Unix socket and lives until the process that takes calls is gone after a SIGTERM - callers
on hold wait for it while the line drains -, a second SIGTERM, or the end of the pipe that its supervisor holds.
SIGHUP has the rotas looked at; they are looked at every few seconds anyway.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from nightbell.bootstrap.duty import open_duty
from nightbell.bootstrap.paging import PAGES
from nightbell.cli.logs import configure_service_logs, log_loop_faults
from nightbell.cli.serve_flows import Served
from nightbell.errors import NightbellError
from nightbell.escalation.duty import Duty
from nightbell.escalation.rotas import Rotas
from nightbell.reception.directory import Entry
from nightbell.reception.health import health_app, serve_health
from nightbell.reception.memory import put_aside
from nightbell.settings import Settings, load_settings
from nightbell.settings_line import SipSettings

__all__ = ["main"]

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.3
"""How often a duty that was told to stop looks whether the line still has callers."""
_FENCED: Final = 1
"""Exit code of a duty whose work another took over: its supervisor starts a new one."""


@dataclass(slots=True)
class _Process:
    """What the signals and the health page see of this process."""

    told: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    duty: Duty | None = None
    rotas: Rotas | None = None
    fenced: bool = False

    def term(self) -> None:
        """Take a SIGTERM, or the supervisor's end."""
        if self.told.is_set():
            self.at_once.set()
        self.told.set()

    def end(self) -> None:
        """End at once."""
        self.told.set()
        self.at_once.set()

    def gone(self) -> None:
        """Take the supervisor's end: nobody would start this process again, so it does not linger."""
        if os.read(0, 1):
            return
        asyncio.get_running_loop().remove_reader(0)
        self.end()

    def outdone(self) -> None:
        """Take that another process took over."""
        self.fenced = True
        self.end()

    def reload(self) -> None:
        """Look at the rotas."""
        if self.rotas is not None and self.rotas.look_at_all() and self.duty is not None:
            self.duty.runner.wake_all()

    async def ready(self) -> dict[str, Any]:
        """Tell how it stands."""
        if self.duty is None or self.rotas is None:
            return {"ready": False, "why": "starting"}
        return {
            "ready": not self.fenced,
            "why": "fenced" if self.fenced else "",
            "escalations": len(self.duty.runner.working),
            "rota_faults": sum(self.rotas.faults.values()),
        }

    async def metrics(self) -> str:
        """Return the metrics."""
        working = len(self.duty.runner.working) if self.duty is not None else 0
        return f"# TYPE nightbell_escalations_open gauge\nnightbell_escalations_open {working}\n"


async def _run(process: _Process, run: Path, listen: Sequence[str]) -> int:
    loop = asyncio.get_running_loop()
    log_loop_faults(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.term)
    loop.add_signal_handler(signal.SIGHUP, process.reload)
    loop.add_reader(0, process.gone)
    settings, entries = _settings(listen), Served(run).read()
    app = health_app(ready=process.ready, metrics=process.metrics)
    async with serve_health(app, at=run / "duty.sock"):
        working = asyncio.create_task(_work(process, settings, run, entries), name="duty")
        ending = asyncio.create_task(_until_the_line_is_gone(process, run / PAGES), name="ending")
        await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not working.done():
            working.cancel()
        with contextlib.suppress(asyncio.CancelledError):  # ended as asked
            await working
    return _FENCED if process.fenced else 0


def _settings(listen: Sequence[str]) -> Settings:
    """Return the settings with what the line really listens on, for the call that tests it."""
    settings = load_settings()
    if not listen:
        return settings
    sip = SipSettings.model_validate({**settings.sip.model_dump(), "listen": listen})
    return settings.model_copy(update={"sip": sip})


async def _work(process: _Process, settings: Settings, run: Path, entries: Sequence[Entry]) -> None:
    stopping = process.told.is_set
    async with open_duty(settings, run, entries, fenced=process.outdone, stopping=stopping) as (duty, rotas):
        process.duty, process.rotas = duty, rotas
        put_aside()
        _log.info("ready", clinics=len(rotas.clinics))
        await asyncio.Event().wait()


async def _until_the_line_is_gone(process: _Process, pages: Path) -> None:
    """Wait until told to end, and then until nobody takes calls any more, or it is told again."""
    await process.told.wait()
    while not process.at_once.is_set() and await _answers(pages):
        try:
            async with asyncio.timeout(_LOOK_S):
                await process.at_once.wait()
        except TimeoutError:
            continue


async def _answers(pages: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(pages))
    except OSError:
        return False
    writer.close()
    return True


def main(words: list[str] | None = None) -> int:
    """Run the process; return its exit code."""
    parser = argparse.ArgumentParser(prog="nightbell serve (duty)")
    parser.add_argument("run", type=Path)
    parser.add_argument("--listen", action="append", default=[])
    plan = parser.parse_args(sys.argv[1:] if words is None else words)
    try:
        configure_service_logs(load_settings().log_level, "duty")
        if not os.read(0, 1):
            return 0  # a spare that was not needed
        return asyncio.run(_run(_Process(), plan.run, plan.listen))
    except NightbellError as error:
        _log.critical("cannot_serve", code=error.code, error=type(error).__name__, why=error.message)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
