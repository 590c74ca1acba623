"""Bugs: faults that are planted in the program on purpose, to see the judge find them. Never in earnest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import delete

from nightbell.channels import wording
from nightbell.escalation import (
    case_rows,
    clock,
    durable,
    duty,
    executor,
    runner,
    scribe,
    send_rows,
    sending,
    turning,
)
from nightbell.oncall import planning
from nightbell.oncall.history import Taken
from nightbell.oncall.paging import fold
from nightbell.terms.instant import Instant

__all__ = ["BUGS"]


def _commit_after_send() -> None:
    """Rings first and writes down later."""
    write = _get(runner, "write_turn")

    async def turn(self: Any, escalation: str) -> Any:
        found = await self._ledger.read(
            lambda connection: turning.plan_turn(connection, escalation, self._rotas.of, self._clock.now())
        )
        for entry in found.pages:
            number = self._rotas.of(found.file.clinic).people[entry.person].mobile
            ring = _get(sending, "Ring")(
                page=entry.page, escalation=escalation, call="", clinic="", number=number, whisper="", ring_ms=1
            )
            with_nobody = asyncio.ensure_future(self._sender._dialler.ring(ring, _nobody))
            await asyncio.sleep(0.05)
            with_nobody.cancel()
        if found.changes:
            return await self._ledger.run(lambda connection: write(connection, found, self._executor))
        return found

    _put(runner.Runner, "_turn", turn)


async def _nobody(how: str) -> bool:
    del how
    return False


def _wall_clock() -> None:
    """Reads the wall each time instead of the machine's count."""

    def now(self: Any) -> Instant:
        began = self.anchor.utc_ms
        return Instant(began + round((time.time_ns() // 1_000_000 - began) * self.time_scale))

    _put(clock.SteadyClock, "now", now)


def _copies_in_memory() -> None:
    """Counts the copies of a page in memory: after a crash the second one says that it is the first."""
    seen: dict[tuple[str, int], int] = {}

    async def mark(self: Any, each: Any, state: str, *, one_more: bool = False) -> int:
        await self._ledger.run(
            lambda connection: send_rows.set_send(
                connection, each.page, each.method, state, executor=self._executor
            )
        )
        here = (each.page, each.method)
        seen[here] = seen.get(here, 0) + one_more
        return seen[here]

    _put(sending.Sender, "_mark", mark)


def _shared_executor() -> None:
    """Every start has the same id, as DBOS's default is."""
    identify = _get(duty, "identify")

    def shared() -> executor.Identity:
        me = identify()
        return executor.Identity(executor="local", host=me.host, process=me.process)

    def sign_on(connection: Any, me: Any, anchor: Any, now: Any) -> None:
        connection.execute(
            delete(_get(executor, "executors")).where(_get(executor, "executors").c.executor == me.executor)
        )
        executor.sign_on(connection, me, anchor, now)

    _put(duty, "identify", shared)
    _put(duty, "sign_on", sign_on)


def _nothing_resumed() -> None:
    """A page that was written and not sent is forgotten."""
    _put(runner.Runner, "_resume", lambda self, done: None)


def _answered_is_taken() -> None:
    """Takes a line that says "answered" for a person who pressed the key."""
    ring_once = sending.Sender._ring_once

    async def lying(self: Any, ring: Any, post: Any, take: Any) -> Any:
        dialler = self._dialler
        told: list[str] = []

        class Told:
            async def ring(self, ring: Any, accept: Any) -> Any:
                told.append(await dialler.ring(ring, accept))
                return told[-1]

        self._dialler = Told()
        try:
            outcome = await ring_once(self, ring, post, take)
        finally:
            self._dialler = dialler
        if told == ["taken"] and outcome is not None:
            await take(post.page, post.person, "connect")
            return None
        return outcome

    _put(sending.Sender, "_ring_once", lying)


def _key_not_written() -> None:
    """Tells the person that it is theirs before it is durable, and then does not write it."""
    stop = runner.Runner._stop_posts

    async def take(self: Any, page: str, person: str, how: str) -> bool:
        del person, how
        stop(self, page.partition("/")[0], but=page)
        return True

    _put(runner.Runner, "take", take)


def _rings_on() -> None:
    """Lets the other telephones ring on after the acknowledgement."""
    _put(runner.Runner, "_stop_posts", lambda self, escalation, *, but="": None)


def _rung_left_out() -> None:
    """Goes from the first rung to the third."""
    climb = planning._climb

    def leaping(rota: Any, case: Any, standing: Any, now: Any) -> Any:
        move = climb(rota, case, standing, now)
        if isinstance(move, planning.PagePeople) and move.rung == 1:
            return planning.PagePeople(
                people=rota.pool, round=move.round, rung=2, wait_ms=move.wait_ms, by_hand=move.by_hand
            )
        return move

    _put(planning, "_climb", leaping)


def _rung_too_early() -> None:
    """Waits half as long as the ladder says."""
    over = planning._rung_over

    def hasty(standing: Any, rung: Any) -> Any:
        due = over(standing, rung)
        if standing.reached and standing.open_pages:
            return standing.reached_at.plus(ms=rung.wait_ms // 2)
        return due

    _put(planning, "_rung_over", hasty)


def _second_owner() -> None:
    """Writes every key down as if it were the first."""

    def move(connection: Any, file: Any, entries: Any, standing: Any, **more: Any) -> None:
        case_rows.move(connection, file, entries, standing, **more)

    def append(connection: Any, *, escalation: str, make: Any, now: Any, executor: str, **_more: Any) -> bool:
        file = case_rows.load(connection, escalation)
        standing = fold(file.case.history)
        entry = make(max(now, standing.last_at or now))
        if not isinstance(entry, Taken) and standing.place in {"owned", "closed"}:
            return True
        move(connection, file, (entry,), standing, next_at=now, now=now, executor=executor, methods={})
        return True

    _put(scribe, "append", append)


def _rows_not_looked_at() -> None:
    """Forgets the rows: what was written while nobody was on duty is never found."""
    looks = {"n": 0}

    def blind(*args: Any, **more: Any) -> dict[str, tuple[int, int]]:
        del args, more
        looks["n"] += 1
        return {}

    _put(duty, "open_rows", blind)


def _nothing_taken_over() -> None:
    """Leaves the dead process's work to the dead, and looks for no orphans either."""

    async def nothing(self: Any, *names: Any) -> int:
        del self, names
        return 0

    _put(durable.Durable, "adopt", nothing)

    _put(durable.Durable, "take_over", nothing)


def _no_fence() -> None:
    """Lets a process that slept through its lease write on."""
    _put(send_rows, "not_fenced", lambda connection, executor: None)
    _put(case_rows, "not_fenced", lambda connection, executor: None)
    _put(duty, "beat", lambda connection, me, now: None)


def _number_in_a_message() -> None:
    """Tells a message's reader the number of whoever is rung next."""
    made = wording.words

    def telling(template: Any, **slots: Any) -> Any:
        found = made(template, **slots)
        return wording.Words(found.subject, found.text + " Or ring +44 7700 900702.")

    _put(sending, "words", telling)


def _put(where: Any, name: str, what: object) -> None:
    """Put something in the place of what the program has."""
    assert hasattr(where, name), f"{where} has no {name}"
    setattr(where, name, what)


def _get(where: Any, name: str) -> Any:
    return getattr(where, name)


BUGS: Final[dict[str, Callable[[], None]]] = {
    "commit_after_send": _commit_after_send,
    "wall_clock": _wall_clock,
    "copies_in_memory": _copies_in_memory,
    "shared_executor": _shared_executor,
    "nothing_resumed": _nothing_resumed,
    "answered_is_taken": _answered_is_taken,
    "key_not_written": _key_not_written,
    "rings_on": _rings_on,
    "rung_left_out": _rung_left_out,
    "rung_too_early": _rung_too_early,
    "second_owner": _second_owner,
    "rows_not_looked_at": _rows_not_looked_at,
    "nothing_taken_over": _nothing_taken_over,
    "no_fence": _no_fence,
    "number_in_a_message": _number_in_a_message,
}
