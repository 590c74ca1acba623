"""Asking: the moves of steps that ask - answers, tries that failed, questions that are left out.

It mirrors what ``hearing``, ``keypad`` and ``waiting`` do with a question; what can happen on every step is
``everywhere``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.call.step import Ask, Entry, Possible, Step, TakeNumber, answer
from nightbell.call.table.floors import needless
from nightbell.call.table.setting import By, Setting
from nightbell.call.table.stimuli import MUMBLE, NOT_SCRIPTED, answering, failing
from nightbell.call.table.variables import ENGAGED, GATE, NINE, nine_closed
from nightbell.flow.model import Collect, Slot
from nightbell.flow.proof.table import CLEARED, FLOOR, Change, Do, Move, Test
from nightbell.terms.disposition import Disposition

__all__ = ["ask", "entry", "routed"]

_OFFERED: Final = "callback_number"


def entry(setting: Setting, step: Entry) -> Iterator[Move]:
    """Yield the moves of a number or of digits."""
    most = setting.lengths.most(step)
    changes = setting.put(ENGAGED, "yes")
    keys = "07700900123#"
    if isinstance(step, TakeNumber):
        changes += setting.change(_OFFERED, lambda value: "keyed" if value == "unknown" else value)
    else:
        keys = "1" * step.fewest + "#"
    yield from setting.move(
        step, "got", "caller", changes=changes, turns=most.turns, ms=most.ms, do=(Do("press", keys),)
    )
    yield from _silent(setting, step)
    yield from _exhausted(setting, step)


def ask(setting: Setting, step: Ask) -> Iterator[Move]:
    """Yield the moves of a question."""
    if step.policy == "nine":
        yield from _mistake(setting, step)
        return
    if step.question == "offer":
        yield from _skip_offer(setting, step)
    for possible in step.answers:
        if step.policy != "screen":
            yield from _answered(setting, step, possible)
    if step.policy == "screen":
        yield from _screen(setting, step)
    yield from _silent(setting, step)
    yield from _exhausted(setting, step)


def _answered(setting: Setting, step: Ask, possible: Possible) -> Iterator[Move]:
    flow = setting.plan.flow
    most = setting.lengths.most(step)
    changes = setting.put(ENGAGED, "yes")
    tests = []
    state = flow.state(step.state)
    if isinstance(state, Collect) and state.clears and possible.category == "no":
        changes += setting.change(CLEARED, lambda value: value or GATE)
    if step.question == "offer":
        tests = [setting.test(_OFFERED, lambda value: value == "own")] if setting.values(_OFFERED) else []
    if possible.category == "no" and Slot("callback_number") in step.prompt.parts:
        changes += setting.change(_OFFERED, lambda value: "unknown" if value == "keyed" else value)
    outcome = answer(possible.category)
    given = answering(flow, step, possible)
    slots = sorted({name for _, results in possible.fills for name, _ in results})
    fills: dict[tuple[Change, ...], tuple[Do, ...]] = {}
    for results, said in (((), given), *((results, (Do("words", phrase),)) for phrase, results in possible.fills)):
        named = dict(results)
        # A slot that was not named now is not known.
        left = tuple(c for name in slots for c in setting.put(f"result:{name}", named.get(name, "")))
        fills.setdefault(left, said)
    for left, do in fills.items():
        yield from setting.move(
            step,
            outcome,
            "caller",
            tests=tests,
            changes=(*changes, *left),
            turns=most.turns,
            ms=most.ms,
            do=do,
        )


def _skip_offer(setting: Setting, step: Ask) -> Iterator[Move]:
    tests = [setting.test(_OFFERED, lambda value: value != "own")] if setting.values(_OFFERED) else []
    yield from setting.move(step, "skip", "call", tests=tests, do=NOT_SCRIPTED)


def _mistake(setting: Setting, step: Ask) -> Iterator[Move]:
    most = setting.lengths.most(step)
    closed = setting.change(NINE, nine_closed)
    heard = setting.put(ENGAGED, "yes")
    open_now = setting.test(NINE, lambda value: value.endswith("open"))
    taken_back = Do("press", "1")
    tests = (open_now,)
    changes = (*closed, *heard)
    yield from setting.move(
        step, "answer:mistake", "caller", tests=tests, changes=changes, turns=1, ms=most.ms, do=(taken_back,)
    )
    # A red flag said under the offer closes it for good; a 1 still leads to the screen, at the floor D0.
    late = (setting.test(NINE, lambda value: not value.endswith("open")), _is_d0(setting))
    yield from setting.move(
        step, "answer:mistake", "caller", tests=late, changes=heard, turns=1, ms=most.ms, do=NOT_SCRIPTED
    )
    meant = (*closed, *setting.raising(Disposition.D0))
    yield from setting.move(
        step, "exhausted", "silence", tests=tests, changes=meant, ms=most.ms, do=(Do("silence"),)
    )
    yield from setting.move(step, "exhausted", "silence", tests=late, ms=most.ms, do=NOT_SCRIPTED)
    passed = setting.test(NINE, lambda value: not value.endswith("open"))
    yield from setting.move(step, "exhausted", "call", tests=(passed,))


def _is_d0(setting: Setting) -> tuple[Test, ...] | None:
    return setting.test(FLOOR, lambda floor: floor == Disposition.D0)


def _screen(setting: Setting, step: Ask) -> Iterator[Move]:
    if step.floor is None:
        return
    floor = step.floor
    most = setting.lengths.most(step)
    skipped = setting.test(FLOOR, lambda value: needless(value, floor))
    yield from setting.move(step, "skip", "call", tests=(skipped,))
    heard = setting.put(ENGAGED, "yes")
    yes = setting.raising(floor)
    turns, ms = most.turns, most.ms
    for possible in step.answers:
        if possible.category not in {"yes", "no"} and not step.neutral:
            continue
        if possible.category == "yes":
            continue
        do = answering(setting.plan.flow, step, possible)
        yield from setting.move(step, "answer:no", "caller", changes=heard, turns=turns, ms=ms, do=do)
    for possible in step.answers:
        if possible.category == "yes" or (possible.category == "not_sure" and not step.neutral):
            do = answering(setting.plan.flow, step, possible)
            yield from setting.move(
                step, "answer:yes", "caller", changes=(*heard, *yes), turns=turns, ms=ms, do=do
            )
    quiet = (setting.test(ENGAGED, lambda value: value == "yes"),)
    silence = (Do("silence", times=2),)
    yield from setting.move(step, "answer:yes", "silence", tests=quiet, changes=yes, turns=2, ms=ms, do=silence)
    garbage = (Do("words", MUMBLE, times=turns),)
    yield from setting.move(step, "answer:yes", "garbage", changes=(*heard, *yes), turns=turns, ms=ms, do=garbage)


def _silent(setting: Setting, step: Ask | Entry) -> Iterator[Move]:
    """Yield what silence does to a call in which nobody has spoken or pressed (rule 4)."""
    ms = setting.lengths.most(step).ms
    never = (setting.test(ENGAGED, lambda value: value == "no"),)
    once = (setting.test(ENGAGED, lambda value: value == "once"),)
    silence = (Do("silence"),)
    changes = setting.put(ENGAGED, "once")
    yield from setting.move(step, "restart", "silence", tests=never, changes=changes, turns=1, ms=ms, do=silence)
    yield from setting.move(step, "silent", "silence", tests=once, turns=1, ms=ms, do=silence)
    paged = setting.raising(Disposition.DU)  # silent before, or treated in the last 14 days
    yield from setting.move(step, "silent", "silence", tests=once, changes=paged, turns=1, ms=ms, do=NOT_SCRIPTED)


def _exhausted(setting: Setting, step: Ask | Entry) -> Iterator[Move]:
    """Yield the end of the tries; a screen's tries end as yes, but its visits end as exhausted (rule 4)."""
    screen = isinstance(step, Ask) and step.policy == "screen"
    passed = setting.raising(Disposition.DU) if screen else ()
    # Asked so often in one call, it is passed from then on; who never spoke is asked twice at most (rule 4).
    few = setting.plan.flow.limits.visits < 2
    spoken = setting.test(ENGAGED, lambda value: value == "yes" or (few and value == "once"))
    # Unanswered, a screen's question is a yes and is never asked again: only a caller comes round to it so often.
    by: By = "caller" if screen else "call"
    yield from setting.move(step, "exhausted", by, tests=(spoken,), changes=passed, do=NOT_SCRIPTED)
    if screen:
        return
    most = setting.lengths.most(step)
    heard = setting.put(ENGAGED, "yes")
    quiet = (setting.test(ENGAGED, lambda value: value == "yes"),)
    silence = (Do("silence", times=most.turns),)
    garbage = (Do("words", MUMBLE, times=most.turns),)
    turns, ms = most.turns, most.ms
    yield from setting.move(step, "exhausted", "silence", tests=quiet, turns=turns, ms=ms, do=silence)
    yield from setting.move(step, "exhausted", "garbage", changes=heard, turns=turns, ms=ms, do=garbage)
    yield from routed(setting, step, "garbage", turns, ms, heard=heard)


def routed(
    setting: Setting, step: Step, by: By, turns: int, ms: int, *, heard: tuple[Change, ...]
) -> Iterator[Move]:
    """Yield the outcomes that a state leads by the reason of its last failed try."""
    for outcome in setting.plan.edges[step.id]:
        if outcome.startswith("exhausted:"):
            silence = outcome == "exhausted:noinput"
            who: By = "silence" if silence else by
            do = failing(setting.plan, step, outcome.partition(":")[2], turns)
            tests = (setting.test(ENGAGED, lambda value: value == "yes"),) if silence and heard else ()
            changes = () if silence else heard
            yield from setting.move(step, outcome, who, tests=tests, changes=changes, turns=turns, ms=ms, do=do)
