"""Runner: works on escalations until they are closed - takes their turns, sends their pages, stops at the key.

One task for each escalation, started by whatever holds it (``durable``). It holds nothing that is not in the
records: killed at any point and started again elsewhere, it goes on from the log.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from zlib import crc32

import structlog

from nightbell.errors import Conflict, EscalationError, Fenced, RecordsFailed
from nightbell.escalation.bells import Bells
from nightbell.escalation.case_rows import File, Send
from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import Alarm, AlarmBell, How
from nightbell.escalation.reasons import Whisper
from nightbell.escalation.rotas import Rotas
from nightbell.escalation.scribe import Scribe
from nightbell.escalation.sending import Post, Sender
from nightbell.escalation.turning import Turn, plan_turn, write_turn
from nightbell.oncall.history import Answered, Paged, Taken
from nightbell.oncall.planning import Exhaust, Miss, Move, PagePeople, SayWords

__all__ = ["Runner"]

_AGAIN_S: Final = 1.0
"""Pause before the records are tried again, seconds."""
_REOPENED_WAIT_MS: Final = 45_000
"""How long a page that a crash left unsent may ring."""
_UNSENT_AGAIN_MS: Final = 60_000
"""How often the last alarm sounds for one escalation that cannot be written."""
_LATEST_TURN_S: Final = 900.0
"""Longest wait in one piece, or twice that, by name: ten thousand do not wake together. See ``look_at``."""

_log = structlog.get_logger(__name__)


class Runner:
    """Works on escalations."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: SteadyClock,
        rotas: Rotas,
        sender: Sender,
        alarms: AlarmBell,
        whisper: Whisper,
        executor: str,
        missed: Callable[[File], Awaitable[None]],
        fenced: Callable[[], None],
    ) -> None:
        """Take what it works with.

        Args:
            ledger: the records.
            clock: the time.
            rotas: who is on call now.
            sender: sends pages.
            alarms: who is told when nobody has it.
            whisper: what a person who is woken hears.
            executor: this process.
            missed: tells a caller that a promise was not kept.
            fenced: called once when this process must end.
        """
        self._ledger = ledger
        self._scribe = Scribe(ledger, clock, executor)
        self._clock = clock
        self._rotas = rotas
        self._sender = sender
        self._alarms = alarms
        self._whisper = whisper
        self._executor = executor
        self._missed = missed
        self._fenced = fenced
        self._bells = Bells()
        self._posts: defaultdict[str, dict[str, asyncio.Task[None]]] = defaultdict(dict)
        self._errands: set[asyncio.Task[None]] = set()
        self._unsent: dict[str, int] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._working: dict[str, asyncio.Event] = {}
        """What is worked on in this process, and what tells that it is over."""

    @property
    def working(self) -> set[str]:
        """What is worked on in this process."""
        return set(self._working)

    async def work(self, escalation: str) -> None:
        """Work on one escalation until it is closed.

        A process that slept through its lease may be given again what it works on still: it waits for the first
        to end. To return would tell DBOS that the work is done, and nobody would look at it any more.

        Raises:
            Fenced: this process may not any more.
        """
        while (first := self._working.get(escalation)) is not None:
            await first.wait()
        over = self._working[escalation] = asyncio.Event()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._bells.hang(escalation)
        fresh, latest_s = True, _LATEST_TURN_S * (1 + crc32(escalation.encode()) / 2**32)
        try:
            while True:
                done = await self._turn(escalation)
                if done is None:
                    fresh = True  # the records may have taken the turn, and not said so in time
                    await asyncio.sleep(_AGAIN_S)
                    continue
                if fresh:
                    self._resume(done)
                    fresh = False
                    for other, _, _ in done.file.others:  # of one call's cases the most urgent leads
                        self._bells.ring(other)
                self._perform(done)
                if done.finished:
                    return
                seconds = min(self._clock.seconds_until(done.until), latest_s)
                if seconds > 0:
                    await self._bells.wait(escalation, seconds, by=(done.file.last_seq, done.until.ms))
        except Fenced:
            self._fenced()
            raise
        finally:
            self._stop_posts(escalation)
            self._bells.take_down(escalation)
            del self._working[escalation]
            over.set()
            self._tasks.discard(task)

    def look_at(self, rows: Mapping[str, tuple[int, int]]) -> None:
        """Wake who is due or waits by something else than its row: id to its last entry's number and when due."""
        self._bells.ring_changed(rows, self._clock.now().ms)

    def wake_all(self) -> None:
        """Look at all of them now, as when a rota changed."""
        self._bells.ring_all()

    async def take(self, page: str, person: str, how: How) -> bool:
        """Take a page for who pressed the key; durable when this returns True. False: somebody else has it.

        Raises:
            RecordsFailed: it was not written down in time; should it be later, it is given back.
        """
        escalation = page.partition("/")[0]
        won = await self._scribe.take(page, person, how)
        if won:
            self._stop_posts(escalation, but=page)
        self._bells.ring(escalation)
        return won

    async def close(self, escalation: str, person: str, outcome: str) -> bool:
        """Close an escalation with what came of it; False: it is not this person's, or closed already."""
        won = await self._scribe.close(escalation, person, outcome)
        self._bells.ring(escalation)
        return won

    async def _turn(self, escalation: str) -> Turn | None:
        """Take one turn; None when it must be tried again."""
        try:
            found = await self._ledger.read(
                lambda connection: plan_turn(connection, escalation, self._rotas.of, self._clock.now())
            )
            if not found.changes:
                return found
            return await self._ledger.run(lambda connection: write_turn(connection, found, self._executor))
        except Conflict:
            await asyncio.sleep(0)
            return await self._turn(escalation)
        except RecordsFailed as error:
            _log.error("escalation.not_written", escalation=escalation, code=error.code)
            now = self._clock.now()
            if now.ms - self._unsent.get(escalation, 0) > _UNSENT_AGAIN_MS:
                self._unsent[escalation] = now.ms
                self._errand(self._sound("unsent", "", escalation))
            return None

    def _perform(self, done: Turn) -> None:
        """Do what the turn made durable."""
        file = done.file
        if done.standing.place in {"owned", "closed"}:
            taken = [one.page for one in file.case.history if isinstance(one, Taken)]
            self._stop_posts(file.case.id, but=taken[-1] if taken else "")
        waits = {(each.round, each.rung): each.wait_ms for each in done.moves if isinstance(each, PagePeople)}
        for entry in done.pages:
            self._post(file, entry, waits[entry.round, entry.rung], done.sends_of(entry.page))
        for found in done.moves:
            self._alarm(file, found)

    def _alarm(self, file: File, found: Move) -> None:
        """Tell who has to know of a move; most need nobody."""
        kind = {Exhaust: "exhausted", SayWords: "words", Miss: "missed"}.get(type(found))
        if kind is not None:
            self._errand(self._sound(kind, file.clinic, file.case.id, file))
        if isinstance(found, Miss) and not file.live and file.case.promised is not None:
            self._errand(self._missed(file))

    def _resume(self, done: Turn) -> None:
        """Send what a crash, or records that told nobody, left on its way: pages whose end nobody knows."""
        if done.standing.place not in {"paging", "exhausted"}:
            return
        for found in done.cut_off:
            self._alarm(done.file, found)
        answered = {one.page for one in done.file.case.history if isinstance(one, Answered)}
        unsent = {each.page for each in done.file.sends if each.state in {"due", "sending"}}
        new = {one.page for one in done.pages}
        for entry in done.file.case.history:
            if isinstance(entry, Paged) and entry.page in unsent - answered - new:
                sends = tuple(each for each in done.file.sends if each.page == entry.page)
                self._post(done.file, entry, _REOPENED_WAIT_MS, sends)

    def _post(self, file: File, entry: Paged, wait_ms: int, sends: tuple[Send, ...]) -> None:
        posts = self._posts[file.case.id]
        if entry.page in posts and not posts[entry.page].done():
            return
        whisper = self._whisper(file)
        post = Post(file=file, page=entry.page, person=entry.person, wait_ms=wait_ms, whisper=whisper)
        posts[entry.page] = asyncio.create_task(self._send(post, sends), name="page")

    async def _send(self, post: Post, sends: tuple[Send, ...]) -> None:
        escalation = post.file.case.id
        try:
            outcome = await self._sender.send(post, sends, self.take)
            if outcome is not None:
                await self._scribe.append(
                    escalation, lambda at: Answered(at=at, page=post.page, outcome=outcome), patient=True
                )
                self._bells.ring(escalation)
        except Fenced:
            self._fenced()
        except (RecordsFailed, EscalationError) as error:
            _log.error("page.lost_track", page=post.page, code=error.code)

    def _stop_posts(self, escalation: str, *, but: str = "") -> None:
        """Stop every page of an escalation but one: at the acknowledgement it stops for everyone."""
        posts = self._posts.get(escalation, {})
        for page, task in list(posts.items()):
            if page == but and not task.done():
                continue
            if not task.done() and task is not asyncio.current_task():
                task.cancel()
            posts.pop(page, None)
        if not posts:
            self._posts.pop(escalation, None)

    async def _sound(self, kind: str, clinic: str, escalation: str, file: File | None = None) -> None:
        disposition = file.case.disposition if file is not None else None
        at = self._clock.now()
        alarm = Alarm(kind=kind, clinic=clinic, at=at, escalation=escalation, disposition=disposition)  # type: ignore[arg-type] # one of its words
        await self._alarms.sound(alarm)

    def _errand(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def aclose(self) -> None:
        """Stop everything that is on its way; what was not finished is gone on with at the next start."""
        tasks: list[asyncio.Future[Any]] = [*self._tasks, *self._errands]
        for posts in self._posts.values():
            tasks += posts.values()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._scribe.aclose()
