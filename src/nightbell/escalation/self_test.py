"""SelfTest: a test call every fifteen minutes; two that fail one after another page the admin (clinical.md R28).

How the line is called is handed in; it must go in by the front door, like a caller. What a failure means is not
guessed here: callers may not get through, and somebody has to look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.port import Alarm, AlarmBell

__all__ = ["EVERY_MS", "SelfTest"]

EVERY_MS: Final = 15 * 60_000
FAILURES: Final = 2
"""One call may be cut by chance; two in a row are no chance."""
LIMIT_MS: Final = 60_000
"""How long one test call may take."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SelfTest:
    """Calls the line and counts."""

    call: Callable[[], Awaitable[bool]]
    """Makes one test call; tells whether the line answered with the right words."""
    bell: AlarmBell
    clock: SteadyClock
    clinic: str = ""
    every_ms: int = EVERY_MS
    first_ms: int = 0
    """From the start to the first call; a line needs time to come up."""
    failed: int = 0

    async def once(self) -> bool:
        """Make one test call; sound the alarm at the second failure in a row, and again at every second one."""
        try:
            async with asyncio.timeout(self.clock.real_seconds(LIMIT_MS)):
                good = await self.call()
        except Exception as error:  # noqa: BLE001 - whatever breaks a test call may break a caller's
            _log.error("self_test.broke", error=type(error).__name__)
            good = False
        self.failed = 0 if good else self.failed + 1
        _log.info("self_test.good" if good else "self_test.failed", clinic=self.clinic, in_a_row=self.failed)
        if self.failed and self.failed % FAILURES == 0:
            await self.bell.sound(Alarm(kind="self_test", clinic=self.clinic, at=self.clock.now()))
        return good

    async def run(self) -> None:
        """Test for ever."""
        await self.clock.sleep(self.first_ms)
        while True:
            await self.once()
            await self.clock.sleep(self.every_ms)
