"""Sending: one page on its way to one person, by every way that the person has.

At least once and never zero: the row stands before the send, and a row that says ``sending`` after a crash is sent
again, by a copy that says it is one. The person and the address are looked up when the page goes out, not when it
was planned: who was taken off the list meanwhile gets nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from nightbell.channels.delivery import Patience, deliver
from nightbell.channels.port import Message
from nightbell.channels.wording import code_of, words
from nightbell.errors import Fenced, RecordsFailed
from nightbell.escalation.case_rows import File, Send
from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import Channels, Dialler, How, Ring, RingOutcome
from nightbell.escalation.rotas import Rotas
from nightbell.escalation.send_rows import set_send
from nightbell.oncall.history import Outcome
from nightbell.oncall.person import BY_HAND, Method, Person

__all__ = ["Post", "Sender"]

_TALK_MS: Final = 60_000
"""How long whoever answered may listen to the reason and press a key, beyond the ringing."""
_URGENT_RANK: Final = 3

_log = structlog.get_logger(__name__)

Take = Callable[[str, str, How], Awaitable[bool]]
"""(page, person, how) to whether they have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A page on its way."""

    file: File
    page: str
    person: str
    wait_ms: int
    whisper: str


class Sender:
    """Sends pages."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: SteadyClock,
        rotas: Rotas,
        dialler: Dialler,
        channels: Channels,
        executor: str,
        patience: Patience | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._rotas = rotas
        self._dialler = dialler
        self._channels = channels
        self._executor = executor
        self._patience = patience or Patience()
        self._unwritten: dict[tuple[str, int], int] = {}
        """Page and method to the number of a copy that the records do not know."""

    async def send(self, post: Post, sends: tuple[Send, ...], take: Take) -> Outcome | None:
        """Send a page by all its ways at once; return what it came to, None when it was taken.

        A page without a telephone waits for its time to run out: somebody may take it elsewhere.
        """
        person = self._rotas.of(post.file.clinic).people.get(post.person)
        if person is None or not any(_method(person, sends, each) for each in sends):
            await self._stop(post, sends)
            return "gone"
        messages = [each for each in sends if each.kind != BY_HAND]
        calls = [
            (each, there)
            for each in sends
            if each.kind == BY_HAND and (there := _method(person, sends, each)) is not None
        ]
        tasks = [asyncio.create_task(self._message(post, each, _method(person, sends, each))) for each in messages]
        try:
            if not calls:
                await self._clock.sleep(post.wait_ms)
                return "no_answer"
            return await self._ring(post, person, calls, take)
        finally:
            # Messages are short and end within their own limits; only a cancelled page takes them back.
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                for task in tasks:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ring(
        self, post: Post, person: Person, calls: list[tuple[Send, Method]], take: Take
    ) -> Outcome | None:
        """Ring the person's telephones one after another, within the page's time."""
        outcome: Outcome = "failed"
        for each, method in calls:
            copies = await self._mark(each, "sending", one_more=True)
            if not copies:
                return None  # somebody has it since the page was written
            repeat = f"This is a repeat, number {copies}. " if copies > 1 else ""
            ring = Ring(
                page=post.page,
                escalation=post.file.case.id,
                call=post.file.call,
                clinic=post.file.clinic,
                number=method.address,
                whisper=repeat + post.whisper,
                pin=person.pin,
                ring_ms=post.wait_ms // len(calls),
                copy=copies,
            )
            told = await self._ring_once(ring, post, take)
            if told is None:
                return None  # the log says who has it; its send needs no mark any more
            await self._mark(each, "failed" if told == "failed" else "sent")
            outcome = told
            if told == "passed":
                break
        return outcome

    async def _ring_once(self, ring: Ring, post: Post, take: Take) -> Outcome | None:
        """Ring once; None when the key was pressed and the page is theirs."""
        taken = False

        async def accept(how: How) -> bool:
            nonlocal taken
            cut.reschedule(None)  # whoever pressed the key is told what came of it, however slow the records are
            taken = await asyncio.shield(take(post.page, post.person, how)) or taken
            return taken

        told: RingOutcome
        try:
            async with asyncio.timeout(self._clock.real_seconds(ring.ring_ms + _TALK_MS)) as cut:
                told = await self._dialler.ring(ring, accept)
        except TimeoutError:
            told = "no_answer"
        except Fenced:
            raise
        except Exception as error:  # noqa: BLE001 - a line that breaks must not stop the ladder
            _log.error("page.line_broke", page=post.page, error=type(error).__name__)
            told = "failed"
        if taken:
            return None
        # A line that says "taken" without the key that takes it has no acknowledgement (rule 8).
        return "no_answer" if told in {"taken", "ring_back"} else told  # type: ignore[return-value]

    async def _message(self, post: Post, each: Send, method: Method | None) -> None:
        channel = self._channels.get(method.kind) if method is not None else None
        if channel is None or method is None:
            await self._mark(each, "failed")
            return
        copies = await self._mark(each, "sending", one_more=True)
        if not copies:
            return
        disposition = post.file.case.disposition
        said = words(
            "page",
            clinic=self._rotas.title(post.file.clinic),
            disposition=disposition,
            code=code_of(post.file.case.id),
            copy=copies,
        )
        message = Message(
            id=post.page,
            to=method.address,
            subject=said.subject,
            text=said.text,
            urgent=disposition.rank >= _URGENT_RANK,
            copy=copies,
        )
        told = await deliver(channel, message, self._patience)
        await self._mark(each, told.outcome)

    async def _stop(self, post: Post, sends: tuple[Send, ...]) -> None:
        for each in sends:
            await self._mark(each, "stopped")
        _log.info("page.nobody", page=post.page)

    async def _mark(self, each: Send, state: str, *, one_more: bool = False) -> int:
        """Write down where a send stands; records that fail hold up no page, they only make a repeat likelier.

        A copy that went out unwritten is remembered until the next one can be written, which is counted after it.
        Only a crash forgets it, and nothing is held back by it.
        """
        key = (each.page, each.method)
        unwritten = self._unwritten.get(key, 0)
        try:
            copies = await self._ledger.run(
                lambda connection: set_send(
                    connection,
                    each.page,
                    each.method,
                    state,
                    executor=self._executor,
                    one_more=one_more,
                    after=unwritten,
                )
            )
        except RecordsFailed as error:
            _log.error("page.not_marked", page=each.page, state=state, code=error.code)
            if one_more:
                self._unwritten[key] = max(each.copies, unwritten) + 1
            return self._unwritten.get(key, each.copies)
        if one_more:
            self._unwritten.pop(key, None)
        return copies


def _method(person: Person, sends: tuple[Send, ...], each: Send) -> Method | None:
    """Return the way that a send means, as the person has it now: the second telephone is the second one still."""
    before = sum(other.kind == each.kind and other.method < each.method for other in sends)
    those = [method for method in person.methods if method.kind == each.kind]
    return those[before] if before < len(those) else None
