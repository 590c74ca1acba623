"""Bootstrap of the self-test: a call by the front door - the INVITE of any caller, on this machine - and when.

``duty`` places it, so that a process that takes no calls any more is found out by another one. The call shows a
name that the line's processes agree on anew at each start; by it the line keeps the call out of records and
figures. It listens until the line has begun to speak, and hangs up.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.audio.frame import FRAME_MS
from nightbell.audio.level import rms_dbfs
from nightbell.bootstrap.caller import open_caller
from nightbell.errors import LineFailed
from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.self_test import SelfTest
from nightbell.line.sip.peer import bracketed, is_loopback
from nightbell.settings_line import ANYWHERE

if TYPE_CHECKING:
    from nightbell.escalation.port import AlarmBell
    from nightbell.reception.directory import Entry
    from nightbell.settings import Settings

__all__ = ["agree_on_name", "answers", "name_in", "run_self_tests", "target_of"]

_log = structlog.get_logger(__name__)

_NAME: Final = "self-test"
"""Name in the run folder of the file that holds what the test call shows as its caller's name."""
_PICK_UP_S: Final = 10.0
_LISTEN_S: Final = 15.0
_SPOKEN_MS: Final = 400
"""Sound that shows that the line speaks: longer than a click, shorter than its first words."""
_LOUD_DBFS: Final = -45.0
"""What counts as sound; prompts are 25 dB above it, comfort noise is below."""
_FIRST_MS: Final = 60_000
"""From a start to the first test: models and prompts are loaded meanwhile."""


def agree_on_name(run: Path) -> None:
    """Put the name that a test call shows where both processes find it; of this start, and for nobody to guess."""
    (run / _NAME).write_text(f"self-test-{secrets.token_hex(16)}", encoding="ascii")


def name_in(run: Path) -> str:
    """Return the name that was agreed on; "" where none was, and no call is a test then."""
    try:
        return (run / _NAME).read_text(encoding="ascii")
    except OSError:
        return ""


def target_of(settings: Settings, number: str) -> str | None:
    """Return the address by which this machine rings a clinic's number; None where the line listens on none.

    The call must come from loopback, which is trusted: UDP is bound to it, a TCP connection takes the address of
    its target. TLS is left out: a certificate is made out to a name of the outside.
    """
    for one in sorted(settings.sip.listen, key=lambda listen: listen.transport != "udp"):
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(one.host, one.host)  # noqa: S104 - recognised, not bound
        here = one.host in ANYWHERE or is_loopback(host)
        if one.port and (one.transport == "udp" or (one.transport == "tcp" and here)):
            return f"sip:{number}@{bracketed(host)}:{one.port};transport={one.transport}"
    return None


async def answers(target: str, name: str) -> bool:
    """Call once; tell whether the line picked up and began to speak."""
    loopback = "::1" if "@[" in target else "127.0.0.1"
    async with open_caller(target, source=loopback) as caller:
        try:
            async with asyncio.timeout(_PICK_UP_S):
                telephone = await caller.place(None, name)
        except (LineFailed, TimeoutError) as error:
            _log.error("self_test.not_answered", error=type(error).__name__)
            return False
        spoken = 0
        try:
            async with asyncio.timeout(_LISTEN_S):
                async for tick in telephone.ticks():
                    spoken += FRAME_MS * (not tick.concealed and rms_dbfs(tick.frame) > _LOUD_DBFS)
                    if spoken >= _SPOKEN_MS or tick.gone:
                        break
        except TimeoutError:
            _log.error("self_test.silent", spoken_ms=spoken)
        finally:
            await telephone.hang_up()
        return spoken >= _SPOKEN_MS


@asynccontextmanager
async def run_self_tests(
    settings: Settings,
    run: Path,
    entries: Iterable[Entry],
    bell: AlarmBell,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> AsyncIterator[None]:
    """Test each clinic's line again and again while this is open, evenly apart.

    Args:
        settings: the machine's, with what the line listens on.
        run: folder in which the name was agreed on.
        entries: the clinics served.
        bell: sounds at two failures in a row.
        stopping: tells whether the line was told to stop: it refuses calls then, and that is no failure.
    """
    every_ms, name, served = round(settings.serve.self_test_s * 1000), name_in(run), tuple(entries)
    targets = [target_of(settings, re.sub(r"[^+\d]", "", entry.flow.clinic.number)) for entry in served]
    tasks: list[asyncio.Task[None]] = []
    if every_ms and name and None in targets:
        _log.warning("self_test.impossible", why="no_udp_address")
    elif every_ms and name:
        for number, (entry, target) in enumerate(zip(served, targets, strict=True)):
            test = SelfTest(
                call=_call(str(target), name, stopping),
                bell=bell,
                clock=SteadyClock(),
                clinic=entry.flow.clinic.name,
                every_ms=every_ms,
                first_ms=min(_FIRST_MS, every_ms) + number * every_ms // len(served),
            )
            tasks.append(asyncio.create_task(test.run(), name="self test"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _call(target: str, name: str, stopping: Callable[[], bool]) -> Callable[[], asyncio.Future[bool]]:
    async def call() -> bool:
        return stopping() or await answers(target, name) or stopping()

    return lambda: asyncio.ensure_future(call())
