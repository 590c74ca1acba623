"""Everywhere: what can happen on every step a call stands on - key 9, red flags, a person, failures, the end.

Moves that stay on their step are there because they change something: a floor raised under words that are heard
out, a caller who has spoken. They lead nowhere, and a call that repeats them is the caller's doing.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.call.nine import MISTAKES
from nightbell.call.step import Ask, AskWorld, Finish, Hold, Say, Step
from nightbell.call.table.floors import pages
from nightbell.call.table.said import (
    corrections,
    keys_are_digits,
    nine_is_closed,
    nine_is_open,
    nine_meant,
    under_words,
    universal_moves,
    wished,
)
from nightbell.call.table.setting import Setting
from nightbell.call.table.stimuli import NOT_SCRIPTED
from nightbell.call.table.variables import ENGAGED, GIVEN, NINE, NUMBER, OWED, SCREEN, added, nine_opened
from nightbell.flow.proof.table import CLEARED, FLOOR, LOOKED_UP, Do, Move
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["everywhere"]


def everywhere(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield the moves that every step has."""
    yield from _nine(setting, step)
    for universal in setting.plan.heeds[step.id]:
        yield from universal_moves(setting, step, universal)
    yield from _person(setting, step)
    yield from corrections(setting, step)
    yield from _staying(setting, step)
    yield from _looked_up(setting, step)
    yield from _over(setting, step)


def _nine(setting: Setting, step: Step) -> Iterator[Move]:
    flow = setting.plan.flow
    most = setting.lengths.most(step)
    heard = setting.put(ENGAGED, "yes")
    do = (Do("press", f"{keys.STAR}{keys.EMERGENCY}" if keys_are_digits(step) else keys.EMERGENCY),)
    turns, ms = most.turns + 1, most.ms
    if isinstance(step, Say) and step.state == flow.emergency:
        # The words are being said: pressed again, it is meant, and they are not begun again.
        yield from setting.move(
            step, "nine", "caller", here=True, changes=(*heard, *nine_meant(setting)), turns=1, do=do
        )
        if setting.must_hear(step):
            return
    if setting.plan.edges[step.id]["nine"] != "~nine" or flow.mistake is None:
        # The offer to take it back stands behind the usual words alone.
        meant = (*heard, *nine_meant(setting))
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
    meant = (*heard, *nine_meant(setting))
    yield from setting.move(step, "nine", "caller", tests=(spent,), changes=meant, turns=turns, ms=ms, do=do)
    yield from setting.move(step, "nine", "caller", tests=again, changes=meant, turns=turns, ms=ms, do=do)


def _person(setting: Setting, step: Step) -> Iterator[Move]:
    flow = setting.plan.flow
    asked = setting.asked(step)
    taken = asked is not None and any(possible.key == keys.PERSON for possible in asked.answers)
    taken = taken or any(universal.key == keys.PERSON for universal in setting.plan.heeds[step.id])
    if keys_are_digits(step) or isinstance(step, Hold) or step.state == flow.person or taken:
        return
    if step.id not in setting.unworded:
        return  # the emergency words were given: nobody else is led to
    most = setting.lengths.most(step)
    closed = nine_is_closed(setting)
    changes = (*setting.put(ENGAGED, "yes"), *setting.raising(Disposition.DU))
    do = (Do("press", keys.PERSON),)
    if not setting.holds_back(step):
        turns = most.turns + 1
        yield from setting.move(
            step, "person", "caller", tests=(closed,), changes=changes, turns=turns, ms=most.ms, do=do
        )
        return
    owing = (*changes, *setting.change(OWED, wished))
    said, ms = under_words(setting, step)
    yield from setting.move(
        step, "person", "caller", here=True, tests=(closed,), changes=owing, turns=said.turns, ms=said.ms, do=do
    )
    owed = setting.test(OWED, lambda value: value == "person")
    yield from setting.move(step, "person", "call", tests=(owed,), ms=ms, do=(Do("wait"),))


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


def _looked_up(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield what the records add when a caller whose number is withheld has keyed one: nothing is taken back."""
    if step.id not in setting.after_number:
        return
    heard = setting.test(ENGAGED, lambda value: value == "yes")
    withheld = setting.test(NUMBER, lambda value: value != "own") if setting.values(NUMBER) else ()
    for name in sorted(GIVEN):
        for found in setting.values(name)[1:]:
            if found == "no":
                continue  # it never takes the place of "unknown"
            changes = setting.change(name, lambda value, found=found: added(value, found))  # type: ignore[misc]
            yield from setting.move(
                step, LOOKED_UP, "world", here=True, tests=(heard, withheld), changes=changes, do=NOT_SCRIPTED
            )


def _unheard(setting: Setting, step: Step, asked: Ask) -> Iterator[Move]:
    """Yield what noise hid, the second time or where a screen is entered: a person is told, and led to.

    Before a screen was answered to its end it comes first.
    """
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
    owing = (*told, *setting.change(OWED, wished))
    held = setting.holds_back(step)
    anything = setting.test(FLOOR, lambda _: True)
    screened = setting.test(CLEARED, lambda value: value == SCREEN)
    unscreened = setting.test(CLEARED, lambda value: value != SCREEN)
    low = setting.test(FLOOR, lambda value: bool(value) and not pages(value))  # a yes that pages nobody
    ways = (("person", screened), ("person", low), ("unheard", unscreened))
    for outcome, before in (("person", anything),) if held else ways:
        yield from setting.move(
            step,
            outcome,
            "garbage",
            here=held,
            tests=(nine_is_closed(setting), unknown, before),
            changes=owing if held else told,
            turns=most.turns + 1,
            ms=0 if held else most.ms,
            do=NOT_SCRIPTED,
        )


def _over(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield the ways in which a call is over before its end: the line gone, the safe path, a crash."""
    ms = setting.lengths.most(step).ms
    hang_up = (Do("hang_up"),)
    stands = nine_meant(setting)
    yield from setting.move(step, "hangup", "hangup", tests=(nine_is_closed(setting),), ms=ms, do=hang_up)
    if setting.plan.flow.mistake is not None:
        yield from setting.move(
            step, "hangup", "hangup", tests=(nine_is_open(setting),), changes=stands, ms=ms, do=hang_up
        )
        back = setting.test(NINE, lambda value: value in {"1", "2"})
        yield from setting.move(step, "hangup", "hangup", tests=(back,), changes=stands, ms=ms, do=NOT_SCRIPTED)
    told = setting.raising(Disposition.DU)
    yield from setting.move(step, "hangup", "hangup", changes=told, ms=ms, do=NOT_SCRIPTED)
    if isinstance(step, Ask) and step.floor is not None:
        doubted = setting.raising(step.floor)
        yield from setting.move(step, "hangup", "hangup", changes=doubted, ms=ms, do=NOT_SCRIPTED)
    failing = (nine_is_closed(setting),)
    yield from setting.move(step, "fail", "failure", tests=failing, changes=told, ms=ms, do=NOT_SCRIPTED)
    yield from setting.move(
        step, "fail", "failure", tests=(nine_is_open(setting),), changes=stands, ms=ms, do=NOT_SCRIPTED
    )
