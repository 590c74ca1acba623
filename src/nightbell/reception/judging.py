"""Judging: "right to wake you?", asked of whoever took a page once the caller has hung up, kept with its question.

It asks nobody who hung up first, and nobody whose page was raised by no answer. What is said goes into the call's
journal after all else, so the page counts per question; it changes nothing of the call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.call.events import WakeJudged
from nightbell.errors import NightbellError, RecordNotFound
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.line.dialler import PersonLeg
    from nightbell.line.port import Line
    from nightbell.records.port import CallRecord, Page, Records

__all__ = ["RIGHT", "Judging", "Left", "judged"]

_log = structlog.get_logger(__name__)

RIGHT: Final = "Was it right to wake you? Press 1 for yes, 2 for no."
_ANSWER_S: Final = 12.0
"""How long they may think: the question twice."""
_OVER_S: Final = 30.0
"""How long the call's own last events may take: the journal is the call's until it is over."""
_LOOK_S: Final = 0.2
_KEEP_MS: Final = 5_000
"""Nobody waits for this commit."""


def judged(record: CallRecord, page: Page, key: str, now: Instant) -> WakeJudged:
    """Return the event of an answer: 1 is right, 2 is not."""
    return WakeJudged(
        clinic=record.clinic,
        call=record.call,
        seq=record.last_seq + 1,
        at_utc=now.ms,
        audio_ms=record.audio_ms,
        effect=page.n,
        state=page.state,
        question=page.question,
        row=page.row,
        right=key == "1",
    )


class Left:
    """A person who is to be asked when the caller leaves them; the Person of ``conversation.world``."""

    def __init__(self, leg: PersonLeg, left: Callable[[PersonLeg], None]) -> None:
        """Take who.

        Args:
            leg: theirs.
            left: told when they talked no more; whoever is told puts them down.
        """
        self._leg = leg
        self._left = left

    async def talk(self, line: Line) -> object:
        """See the port; the caller's call is over at once, whatever the person is still asked."""
        try:
            return await self._leg.talk(line, keep=True)
        finally:
            self._left(self._leg)

    async def hang_up(self) -> None:
        """See the port."""
        await self._leg.hang_up()


class Judging:
    """Asks, and keeps what was said."""

    def __init__(
        self, records: Records, *, words: Callable[[], Samples | None], live: Callable[[str], bool]
    ) -> None:
        """Take what it needs.

        Args:
            records: of the calls.
            words: the question's sound; None where it was never spoken, and nobody is asked.
            live: tells whether a call is still on the line.
        """
        self._records = records
        self._words = words
        self._live = live
        self._writing = asyncio.Lock()

    async def ask(self, call: str, escalation: str, leg: PersonLeg) -> None:
        """Ask a person about the page that woke them, and put them down."""
        try:
            words, page = self._words(), await self._page(call, escalation)
            key = ""
            if words is not None and page is not None:
                key = await leg.ask(words, keys="12", answer_s=_ANSWER_S)
        finally:
            await leg.hang_up()
        if key and page is not None:
            await self._keep(call, page, key)

    async def _page(self, call: str, escalation: str) -> Page | None:
        try:
            record = await self._records.call(call)
        except RecordNotFound:
            return None
        return next((page for page in record.pages if page.id == escalation and page.question), None)

    async def _keep(self, call: str, page: Page, key: str) -> None:
        try:
            async with asyncio.timeout(_OVER_S):
                while self._live(call):  # noqa: ASYNC110 - what is waited for has no event of its own
                    await asyncio.sleep(_LOOK_S)
            async with self._writing:  # two who were woken by one call do not take one number
                record = await self._records.call(call)
                event = judged(record, page, key, Instant(time.time_ns() // 1_000_000))
                await self._records.append(event, (), "", limit_ms=_KEEP_MS)
        except (NightbellError, TimeoutError) as error:
            _log.error("wake_not_judged", call=call, error=type(error).__name__)
