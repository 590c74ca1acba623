"""Moves: what can happen on each kind of step. Questions are ``asking``'s; what every step has, ``everywhere``'s.

One function a kind; each mirrors what ``playing`` and ``world`` do there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from nightbell.call.step import (
    Ask,
    AskWorld,
    Decide,
    Finish,
    Hold,
    Say,
    Step,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
)
from nightbell.call.table.asking import ask, entry, routed
from nightbell.call.table.everywhere import everywhere
from nightbell.call.table.floors import pages
from nightbell.call.table.said import wished
from nightbell.call.table.setting import By, Setting
from nightbell.call.table.stimuli import MUMBLE
from nightbell.call.table.variables import ENGAGED, OWED, SCREEN, holding, name_of
from nightbell.flow.proof.table import CLEARED, FLOOR, Do, Move, Test
from nightbell.terms.disposition import Disposition

__all__ = ["moves_of"]


def moves_of(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield every move of a step."""
    yield from _KINDS[type(step)](setting, step)
    if not isinstance(step, Decide):  # nobody ever stands there
        yield from everywhere(setting, step)


def _say(setting: Setting, step: Say) -> Iterator[Move]:
    yield from setting.move(step, "said", "call", ms=setting.lengths.most(step).ms, do=(Do("wait"),))


def _world(setting: Setting, step: AskWorld) -> Iterator[Move]:
    ms = setting.lengths.most(step).ms
    if step.what == "hours":
        for hours in ("open", "closed", "holiday"):
            changes = setting.put("hours", hours)
            yield from setting.move(
                step, hours, "world", changes=changes, ms=ms, do=(Do("world", f"hours={hours}"),)
            )
        yield from setting.move(step, "closed", "failure", ms=ms, do=(Do("world", "hours=late"),))
        return
    yield from setting.move(step, "ok", "world", ms=ms, do=(Do("world", "notify=ok"),))
    yield from setting.move(step, "failed", "failure", ms=ms, do=(Do("world", "notify=failed"),))


def _decide(setting: Setting, step: Decide) -> Iterator[Move]:
    before: list[tuple[Test, ...] | None] = []
    for number, case in enumerate(step.cases):
        name = name_of(case)
        holds = holding(setting.variables[name], case)
        tests = (*before, setting.test(name, lambda value, holds=holds: value in holds))  # type: ignore[misc]
        changes = setting.raising(case.floor)
        yield from setting.move(step, f"case:{number}", "call", tests=tests, changes=changes)
        before.append(setting.test(name, lambda value, holds=holds: value not in holds))  # type: ignore[misc]
    screened = setting.put(CLEARED, SCREEN) if step.id.endswith("~end") else ()
    yield from setting.move(step, "otherwise", "call", tests=before, changes=screened)


def _hold(setting: Setting, step: Hold) -> Iterator[Move]:
    ms = setting.lengths.most(step).ms
    for status in ("acknowledged", "exhausted"):
        do = (Do("world", f"escalation={status}"),)
        yield from setting.move(step, status, "world", ms=ms, do=do)
    yield from setting.move(step, "exhausted", "silence", ms=ms, do=(Do("silence"),))


def _transfer(setting: Setting, step: Transfer) -> Iterator[Move]:
    ms = setting.lengths.most(step).ms
    for outcome in ("answered", "busy", "no_answer", "failed"):
        by: By = "failure" if outcome == "failed" else "world"
        yield from setting.move(step, outcome, by, ms=ms, do=(Do("world", f"transfer={outcome}"),))


def _finish(setting: Setting, step: Finish) -> Iterator[Move]:
    # The line never hangs up first in a crisis (rule 14).
    tests = (setting.test(FLOOR, lambda floor: floor != Disposition.DM),)
    ms = setting.lengths.most(step).ms
    do = (Do("world", "promise=made"), Do("wait")) if step.promise else (Do("wait"),)
    yield from setting.move(step, "done", "call", tests=tests, ms=ms, do=do)
    if step.promise and step.fallback is not None:
        do = (Do("world", "promise=late"), Do("wait"))
        yield from setting.move(step, "done", "failure", tests=tests, ms=ms, do=do)
    if step.state == setting.plan.flow.silent:  # whoever speaks or presses was not silent (rules 4 and 11)
        yield from _spoken_up(setting, step)


def _spoken_up(setting: Setting, step: Finish) -> Iterator[Move]:
    """Yield a fresh start, or a person where one was paged, for who was taken for silent: after the words."""
    heard = setting.put(ENGAGED, "yes")
    do = (Do("press", "#"),)
    ms = setting.lengths.most(step).ms
    unpaged = setting.test(FLOOR, lambda floor: not pages(floor))
    back = (*heard, *setting.change(OWED, lambda value: value or "back"))
    person = (*heard, *setting.change(OWED, wished))
    yield from setting.move(step, "restart", "caller", here=True, tests=(unpaged,), changes=back, turns=1, do=do)
    paged = setting.test(FLOOR, pages)
    yield from setting.move(step, "person", "caller", here=True, tests=(paged,), changes=person, turns=1, do=do)
    owed = setting.test(OWED, lambda value: value == "back")
    yield from setting.move(step, "restart", "call", tests=(owed,), ms=ms, do=(Do("wait"),))
    owed = setting.test(OWED, lambda value: value == "person")
    yield from setting.move(step, "person", "call", tests=(owed,), ms=ms, do=(Do("wait"),))


def _message(setting: Setting, step: TakeMessage) -> Iterator[Move]:
    most = setting.lengths.most(step)
    heard = setting.put(ENGAGED, "yes")
    said = (Do("words", MUMBLE),)
    yield from setting.move(step, "recorded", "caller", changes=heard, turns=1, ms=most.ms, do=said)
    yield from setting.move(step, "empty", "silence", ms=most.ms, do=(Do("silence"),))
    yield from routed(setting, step, "silence", most.turns, most.ms, heard=())


_KINDS: Final[Mapping[type, Callable[[Setting, Any], Iterator[Move]]]] = {
    Say: _say,
    Ask: ask,
    TakeNumber: entry,
    TakeDigits: entry,
    TakeMessage: _message,
    AskWorld: _world,
    Decide: _decide,
    Hold: _hold,
    Transfer: _transfer,
    Finish: _finish,
}
