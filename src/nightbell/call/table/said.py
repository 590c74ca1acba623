"""Said: what a caller says beside the question - red flags and other universals, and "no ... wait, yes".

Under words that are heard out the floor rises at once, and it leads away when they are over (rule 11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.call.step import Ask, Finish, Say, Step, TakeDigits, TakeNumber
from nightbell.call.table.floors import raised
from nightbell.call.table.lengths import Most
from nightbell.call.table.setting import Setting
from nightbell.call.table.stimuli import NOT_SCRIPTED, saying
from nightbell.call.table.variables import ENGAGED, NINE, OWED, away, corrected, nine_closed, wish_of
from nightbell.flow.model import Universal
from nightbell.flow.proof.table import FLOOR, Change, Do, Move, Test
from nightbell.terms.disposition import Disposition

__all__ = [
    "NINE_STEPS",
    "corrections",
    "keys_are_digits",
    "nine_is_closed",
    "nine_is_open",
    "nine_meant",
    "under_words",
    "universal_moves",
    "wished",
]

NINE_STEPS: Final = frozenset({"~nine", "~nine.offer"})


def nine_is_closed(setting: Setting) -> tuple[Test, ...] | None:
    """Return the test that no key 9 may be taken back."""
    return setting.once("nine is closed", NINE, lambda value: not value.endswith("open"))


def nine_is_open(setting: Setting) -> tuple[Test, ...] | None:
    """Return the test that a key 9 may still be taken back."""
    return setting.once("nine is open", NINE, lambda value: value.endswith("open"))


def nine_meant(setting: Setting) -> tuple[Change, ...]:
    """Return the change of a 9 that is meant: the floor, and nothing to take back any more."""
    return (*setting.change(NINE, nine_closed), *setting.raising(Disposition.D0))


def keys_are_digits(step: Step) -> bool:
    """Tell whether keys are digits there."""
    return isinstance(step, TakeNumber | TakeDigits)


def universal_moves(setting: Setting, step: Step, universal: Universal) -> Iterator[Move]:
    """Yield what saying a universal does."""
    do = saying(setting.plan.universals, universal)
    if do[0].what == "press" and keys_are_digits(step):
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
    closed = nine_is_closed(setting)
    if step.id in NINE_STEPS and target is not None and do[0].what == "words":
        # The words are playing already; what is said now lets them stand (rule 3).
        meant = (*setting.put(ENGAGED, "yes"), *declined, *nine_meant(setting))
        yield from setting.move(
            step, outcome, "caller", here=True, tests=(nine_is_open(setting),), changes=meant, turns=1, do=do
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
        leads = _is_raised(setting, floor)
        yield from setting.move(
            step, outcome, "caller", tests=(closed, leads), changes=changes, turns=turns, ms=ms, do=do
        )
    if floor is not None:
        known = _is_known(setting, floor)
        yield from setting.move(
            step, outcome, "caller", here=True, tests=(closed, known), changes=changes, turns=1, ms=ms, do=do
        )


def _kept(
    setting: Setting, step: Step, universal: Universal, *, do: tuple[Do, ...], changes: tuple[Change, ...]
) -> Iterator[Move]:
    """Yield a universal under must-hear words: the floor rises at once, and it leads away when they are over."""
    outcome, floor = f"universal:{universal.name}", universal.floor
    said, ms = under_words(setting, step)
    closed = nine_is_closed(setting)
    higher = _is_raised(setting, floor)
    mine = wish_of(universal) if floor is None else away(floor)
    owing = (*changes, *setting.change(OWED, lambda owed: mine if floor is not None else wished(owed, mine)))
    yield from setting.move(
        step,
        outcome,
        "caller",
        here=True,
        tests=(closed, higher),
        changes=owing,
        turns=said.turns,
        ms=said.ms,
        do=do,
    )
    owed = setting.test(OWED, lambda value: value == mine)
    yield from setting.move(step, outcome, "call", tests=(owed,), ms=ms, do=(Do("wait"),))


def _is_raised(setting: Setting, floor: Disposition | None) -> tuple[Test, ...] | None:
    """Return the test that a floor is raised by another; none there is always news."""
    return setting.once(("raised", floor), FLOOR, lambda value: floor is None or raised(value, floor) != value)


def _is_known(setting: Setting, floor: Disposition) -> tuple[Test, ...] | None:
    """Return the test that a floor is as urgent as another already."""
    return setting.once(("known", floor), FLOOR, lambda value: raised(value, floor) == value)


def under_words(setting: Setting, step: Step) -> tuple[Most, int]:
    """Return what saying something under must-hear words takes, and then the words until it leads away."""
    most = setting.lengths.most(step)
    if isinstance(step, Say | Finish):
        return Most(1, 0), most.ms  # while the words are said, and once more to their end
    return Most(most.turns + 1, most.ms), setting.lengths.of(step)


def corrections(setting: Setting, step: Step) -> Iterator[Move]:
    """Yield "no ... wait, yes" to the question of a screen that was answered last (DESIGN section 5)."""
    most = setting.lengths.most(step)
    for outcome in setting.corrected_at(step.id):
        asked = setting.plan.steps[outcome.removeprefix("correct:")]
        if not isinstance(asked, Ask) or asked.floor is None:
            continue
        changes = (*setting.put(ENGAGED, "yes"), *setting.raising(asked.floor))
        if step.id in NINE_STEPS:
            opened, meant = nine_is_open(setting), (*changes, *nine_meant(setting))
            yield from setting.move(
                step, outcome, "caller", here=True, tests=(opened,), changes=meant, turns=1, do=NOT_SCRIPTED
            )
        closed = nine_is_closed(setting)
        if not setting.holds_back(step):
            yield from setting.move(
                step,
                outcome,
                "caller",
                tests=(closed,),
                changes=changes,
                turns=most.turns + 1,
                ms=most.ms,
                do=NOT_SCRIPTED,
            )
            continue
        yield from _kept_correction(setting, step, asked, asked.floor)


def _kept_correction(setting: Setting, step: Step, asked: Ask, floor: Disposition) -> Iterator[Move]:
    """Yield a correction under must-hear words; a red flag of a higher floor is not replaced by it."""
    changes = (*setting.put(ENGAGED, "yes"), *setting.raising(floor))
    outcome = f"correct:{asked.id}"
    weightier = {away(each) for each in Disposition if each.rank > floor.rank}
    weightier |= {f"correct:{each}" for each in Disposition if each.rank > floor.rank}
    flagged = setting.once(("weightier", floor), OWED, lambda value: value in weightier)
    unflagged = setting.once(("lighter", floor), OWED, lambda value: value not in weightier)
    owing = (*changes, *setting.put(OWED, corrected(asked)))
    said, ms = under_words(setting, step)
    for tests, after in (((unflagged,), owing), ((flagged,), changes)):
        yield from setting.move(
            step,
            outcome,
            "caller",
            here=True,
            tests=(nine_is_closed(setting), *tests),
            changes=after,
            turns=said.turns,
            ms=said.ms,
            do=NOT_SCRIPTED,
        )
    owed = (
        setting.test(OWED, lambda value: value == corrected(asked)),
        _is_known(setting, floor),
    )
    yield from setting.move(step, outcome, "call", tests=owed, ms=ms, do=(Do("wait"),))


def wished(owed: str, wish: str = "person") -> str:
    """Return what is owed after a wish without a floor: it replaces nothing that weighs more."""
    less = {"", "back", "person"} if wish == "person" else {"", "back"}
    return wish if owed in less or owed.startswith("wish:") else owed
