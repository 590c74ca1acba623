"""Everywhere: what can happen on every step a call stands on - key 9, red flags, a person, failures, the end.

Moves that stay on their step are there because they change something: a floor raised under words that are heard
out, a caller who has spoken. They lead nowhere, and a call that repeats them is the caller's doing.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.call.nine import MISTAKES
from nightbell.call.step import Ask, AskWorld, Finish, Hold, Say, Step, TakeDigits, TakeNumber
from nightbell.call.table.floors import pages, raised
from nightbell.call.table.setting import Setting
from nightbell.call.table.stimuli import NOT_SCRIPTED, saying
from nightbell.call.table.variables import ENGAGED, NINE, OWED, nine_closed, nine_opened
from nightbell.flow.model import Universal
from nightbell.flow.proof.table import CLEARED, FLOOR, Change, Do, Move, Test
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["everywhere"]

_NINE_STEPS = frozenset({"~nine", "~nine.offer"})


def everywhere(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield the moves that every step has."""
    yield from _nine(setting, step)
    for universal in setting.plan.heeds[step.id]:
        yield from _universal(setting, step, universal)
    yield from _person(setting, step)
    yield from _corrections(setting, step)
    yield from _staying(setting, step)
    yield from _over(setting, step)


def _closed(setting: Setting) -> tuple[Test, ...] | None:
    return setting.test(NINE, lambda value: not value.endswith("open"))


def _open(setting: Setting) -> tuple[Test, ...] | None:
    return setting.test(NINE, lambda value: value.endswith("open"))


def _d0(setting: Setting) -> tuple[Change, ...]:
    """Return the change of a 9 that is meant: the floor, and nothing to take back any more."""
    return (*setting.change(NINE, nine_closed), *setting.raising(Disposition.D0))


def _nine(setting: Setting, step: Step) -> Iterator[Move]:
    flow = setting.plan.flow
    most = setting.lengths.most(step)
    heard = setting.put(ENGAGED, "yes")
    do = (Do("press", f"{keys.STAR}{keys.EMERGENCY}" if _keyed(step) else keys.EMERGENCY),)
    turns, ms = most.turns + 1, most.ms
    if isinstance(step, Say) and step.state == flow.emergency:
        # The words are being said: pressed again, it is meant, and they are not begun again.
        yield from setting.move(step, "nine", "caller", here=True, changes=(*heard, *_d0(setting)), turns=1, do=do)
        if setting.must_hear(step):
            return
    if setting.plan.edges[step.id]["nine"] != "~nine" or flow.mistake is None:
        # The offer to take it back stands behind the usual words alone.
        meant = (*heard, *_d0(setting))
        yield from setting.move(step, "nine", "caller", changes=meant, turns=turns, ms=ms, do=do)
        return
    first = (
        setting.test(NINE, lambda value: value in {str(number) for number in range(MISTAKES)}),
        setting.test(FLOOR, lambda floor: floor != Disposition.D0),
    )
    opened = (*heard, *setting.change(NINE, nine_opened), *setting.put(CLEARED, ""))
    yield from setting.move(step, "nine", "caller", tests=first, changes=opened, turns=turns, ms=ms, do=do)
    spent = setting.test(NINE, lambda value: value.endswith("open") or value == str(MISTAKES))
    is_d0 = setting.test(FLOOR, lambda floor: floor == Disposition.D0)
    again = (setting.test(NINE, lambda value: value in {str(number) for number in range(MISTAKES)}), is_d0)
    meant = (*heard, *_d0(setting))
    yield from setting.move(step, "nine", "caller", tests=(spent,), changes=meant, turns=turns, ms=ms, do=do)
    yield from setting.move(step, "nine", "caller", tests=again, changes=meant, turns=turns, ms=ms, do=do)


def _keyed(step: Step) -> bool:
    return isinstance(step, TakeNumber | TakeDigits)


def _universal(setting: Setting, step: Step, universal: Universal) -> Iterator[Move]:
    do = saying(setting.plan.universals, universal)
    if do[0].what == "press" and _keyed(step):
        return  # there the key is a digit
    outcome = f"universal:{universal.name}"
    floor = universal.floor
    raising = setting.raising(floor)
    declined = setting.put("recording", "declined") if universal.name == "decline_recording" else ()
    changes = (*setting.put(ENGAGED, "yes"), *raising, *declined)
    most = setting.lengths.most(step)
    turns, ms = most.turns + 1, most.ms
    target = setting.plan.edges[step.id].get(outcome)
    stays = target is None or setting.plan.steps[target].state == step.state
    closed = _closed(setting)
    if step.id in _NINE_STEPS and target is not None and do[0].what == "words":
        # The words are playing already; what is said now lets them stand (rule 3).
        meant = (*setting.put(ENGAGED, "yes"), *declined, *_d0(setting))
        yield from setting.move(
            step, outcome, "caller", here=True, tests=(_open(setting),), changes=meant, turns=1, do=do
        )
    if stays:
        yield from setting.move(
            step, outcome, "caller", here=True, tests=(closed,), changes=changes, turns=1, do=do
        )
        if floor is not None or target is None:
            return
    if setting.holds_back(step):
        yield from _kept(setting, step, universal, do=do, changes=changes)
    else:
        leads = setting.test(FLOOR, lambda value: floor is None or raised(value, floor) != value)
        yield from setting.move(
            step, outcome, "caller", tests=(closed, leads), changes=changes, turns=turns, ms=ms, do=do
        )
    if floor is not None:
        known = setting.test(FLOOR, lambda value: raised(value, floor) == value)
        yield from setting.move(
            step, outcome, "caller", here=True, tests=(closed, known), changes=changes, turns=1, ms=ms, do=do
        )


def _kept(
    setting: Setting, step: Step, universal: Universal, *, do: tuple[Do, ...], changes: tuple[Change, ...]
) -> Iterator[Move]:
    """Yield a universal under must-hear words: the floor rises at once, and it leads away when they are over."""
    outcome, floor = f"universal:{universal.name}", universal.floor
    ms = setting.lengths.of(step)
    closed = _closed(setting)
    higher = setting.test(FLOOR, lambda value: floor is None or raised(value, floor) != value)
    owing = (*changes, *setting.change(OWED, _wished if floor is None else _flagged))
    yield from setting.move(
        step, outcome, "caller", here=True, tests=(closed, higher), changes=owing, turns=1, do=do
    )
    waiting = _raised_while_owed(setting, step, floor) if floor is not None else frozenset[str]()
    tests = (
        setting.test(OWED, lambda value: value == ("away" if floor is not None else "person")),
        setting.test(FLOOR, lambda value: floor is None or value in waiting),
    )
    yield from setting.move(step, outcome, "call", tests=tests, ms=ms, do=(Do("wait"),))


def _raised_while_owed(setting: Setting, step: Step, floor: Disposition) -> frozenset[str]:
    """Return the floors a call can have when it is led away: what leads nowhere may have raised it further."""
    flow, edges = setting.plan.flow, setting.plan.edges[step.id]
    more = []
    for other in setting.plan.heeds[step.id]:
        target = edges.get(f"universal:{other.name}")
        if target is None or setting.plan.steps[target].state == step.state:
            more.append(other.floor)
    asked = setting.asked(step)
    more.append(asked.floor if asked is not None else None)
    more.append(Disposition.D0 if isinstance(step, Say) and step.state == flow.emergency else None)
    found = {floor.value}
    for _ in more:
        found |= {raised(value, each) for value in found for each in more if each is not None}
    return frozenset(found)


def _person(setting: Setting, step: Step) -> Iterator[Move]:
    flow = setting.plan.flow
    asked = setting.asked(step)
    taken = asked is not None and any(possible.key == keys.PERSON for possible in asked.answers)
    taken = taken or any(universal.key == keys.PERSON for universal in setting.plan.heeds[step.id])
    if _keyed(step) or isinstance(step, Hold) or step.state == flow.person or taken:
        return
    if step.id not in setting.unworded:
        return  # the emergency words were given: nobody else is led to
    most = setting.lengths.most(step)
    closed = _closed(setting)
    changes = (*setting.put(ENGAGED, "yes"), *setting.raising(Disposition.DU))
    do = (Do("press", keys.PERSON),)
    if not setting.holds_back(step):
        turns = most.turns + 1
        yield from setting.move(
            step, "person", "caller", tests=(closed,), changes=changes, turns=turns, ms=most.ms, do=do
        )
        return
    owing = (*changes, *setting.change(OWED, _wished))
    yield from setting.move(step, "person", "caller", here=True, tests=(closed,), changes=owing, turns=1, do=do)
    owed = setting.test(OWED, lambda value: value == "person")
    ms = setting.lengths.of(step)
    yield from setting.move(step, "person", "call", tests=(owed,), ms=ms, do=(Do("wait"),))


def _flagged(owed: str) -> str:
    del owed
    return "away"


def _wished(owed: str) -> str:
    """Return what is owed after a wish without a floor: it replaces nothing that weighs more."""
    return "person" if owed in {"", "back"} else owed


def _corrections(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield "no ... wait, yes" to the question of a screen that was answered last (DESIGN section 5)."""
    for outcome in setting.corrected_at(step.id):
        asked = setting.plan.steps[outcome.removeprefix("correct:")]
        if not isinstance(asked, Ask) or asked.floor is None:
            continue
        changes = (*setting.put(ENGAGED, "yes"), *setting.raising(asked.floor))
        if step.id in _NINE_STEPS:
            opened, meant = _open(setting), (*changes, *_d0(setting))
            yield from setting.move(
                step, outcome, "caller", here=True, tests=(opened,), changes=meant, turns=1, do=NOT_SCRIPTED
            )
        closed = _closed(setting)
        if not setting.holds_back(step):
            yield from setting.move(
                step, outcome, "caller", tests=(closed,), changes=changes, turns=1, do=NOT_SCRIPTED
            )
            continue
        yield from _kept_correction(setting, step, outcome, asked.floor)


def _kept_correction(setting: Setting, step: Step, outcome: str, floor: Disposition) -> Iterator[Move]:
    """Yield a correction under must-hear words; a red flag of a higher floor is not replaced by it."""
    changes = (*setting.put(ENGAGED, "yes"), *setting.raising(floor))
    replaces = setting.test(FLOOR, lambda value: not value or Disposition(value).rank <= floor.rank)
    flagged = setting.test(OWED, lambda value: value == "away")
    unflagged = setting.test(OWED, lambda value: value != "away")
    owing = (*changes, *setting.put(OWED, "corrected"))
    for tests, after in (((unflagged,), owing), ((flagged, replaces), owing), ((flagged,), changes)):
        yield from setting.move(
            step,
            outcome,
            "caller",
            here=True,
            tests=(_closed(setting), *tests),
            changes=after,
            turns=1,
            do=NOT_SCRIPTED,
        )
    owed = (
        setting.test(OWED, lambda value: value == "corrected"),
        setting.test(FLOOR, lambda value: raised(value, floor) == value),
    )
    ms = setting.lengths.of(step)
    yield from setting.move(step, outcome, "call", tests=owed, ms=ms, do=(Do("wait"),))


def _staying(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield what changes something and leads nowhere."""
    heard = setting.put(ENGAGED, "yes")
    most = setting.lengths.most(step)
    if not (isinstance(step, Finish) and step.state == setting.plan.flow.silent):
        do = (Do("press", keys.AGAIN),)
        yield from setting.move(step, "again", "caller", here=True, changes=heard, turns=1, ms=most.ms, do=do)
    asked = setting.asked(step)
    if asked is not None and asked.policy != "nine":
        yield from _unheard(setting, step, asked)
    if asked is not None and asked.floor is not None and setting.must_hear(step):
        yes = (*heard, *setting.raising(asked.floor))
        yield from setting.move(step, "answer:yes", "caller", here=True, changes=yes, turns=1, do=NOT_SCRIPTED)
    if "asr_error" in setting.plan.edges[step.id]:
        yield from setting.move(step, "asr_error", "failure", changes=heard, ms=most.ms, do=(Do("ears_fail"),))
    elif not isinstance(step, AskWorld | Finish):
        yield from setting.move(
            step, "asr_error", "failure", here=True, changes=heard, ms=most.ms, do=(Do("ears_fail"),)
        )


def _unheard(setting: Setting, step: Step, asked: Ask) -> Iterator[Move]:
    """Yield what noise hid, the second time or where a screen is entered: a person is told, and led to."""
    most = setting.lengths.most(step)
    told = (*setting.put(ENGAGED, "yes"), *setting.raising(Disposition.DU))
    stays = asked.policy == "screen" or step.state == setting.plan.flow.person or step.id not in setting.unworded
    known = None if stays else setting.test(FLOOR, pages)
    yield from setting.move(
        step,
        "unheard",
        "garbage",
        here=True,
        tests=() if stays else (known,),
        changes=told,
        turns=1,
        ms=most.ms,
        do=NOT_SCRIPTED,
    )
    if stays:
        return
    unknown = setting.test(FLOOR, lambda value: not pages(value))
    owing = (*told, *setting.change(OWED, _wished))
    held = setting.holds_back(step)
    yield from setting.move(
        step,
        "person",
        "garbage",
        here=held,
        tests=(_closed(setting), unknown),
        changes=owing if held else told,
        turns=most.turns + 1,
        ms=0 if held else most.ms,
        do=NOT_SCRIPTED,
    )


def _over(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield the ways in which a call is over before its end: the line gone, the safe path, a crash."""
    ms = setting.lengths.most(step).ms
    hang_up = (Do("hang_up"),)
    stands = _d0(setting)
    yield from setting.move(step, "hangup", "hangup", tests=(_closed(setting),), ms=ms, do=hang_up)
    if setting.plan.flow.mistake is not None:
        yield from setting.move(
            step, "hangup", "hangup", tests=(_open(setting),), changes=stands, ms=ms, do=hang_up
        )
        back = setting.test(NINE, lambda value: value in {"1", "2"})
        yield from setting.move(step, "hangup", "hangup", tests=(back,), changes=stands, ms=ms, do=NOT_SCRIPTED)
    told = setting.raising(Disposition.DU)
    yield from setting.move(step, "hangup", "hangup", changes=told, ms=ms, do=NOT_SCRIPTED)
    if isinstance(step, Ask) and step.floor is not None:
        doubted = setting.raising(step.floor)
        yield from setting.move(step, "hangup", "hangup", changes=doubted, ms=ms, do=NOT_SCRIPTED)
    failing = (_closed(setting),)
    yield from setting.move(step, "fail", "failure", tests=failing, changes=told, ms=ms, do=NOT_SCRIPTED)
    yield from setting.move(
        step, "fail", "failure", tests=(_open(setting),), changes=stands, ms=ms, do=NOT_SCRIPTED
    )
