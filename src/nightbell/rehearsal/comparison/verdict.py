"""Verdict: a call under two versions - the same, safer, less safe or different, and by what. Pure.

Who comes to a person later, waits longer for an answer or on hold, or is not told any more what must be heard, is
worse off. A call that takes longer as a whole is only another one: a question more may be why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.rehearsal.comparison.care import better_off, compare_care
from nightbell.rehearsal.comparison.shift import By, Shift
from nightbell.rehearsal.comparison.wording import compare_words

if TYPE_CHECKING:
    from nightbell.rehearsal.comparison.shift import Slack
    from nightbell.rehearsal.comparison.traits import Traits

__all__ = ["Compared", "Kind", "compare_call"]

Kind: TypeAlias = Literal["same", "safer", "less_safe", "different"]
_SHOWN: Final = 3
"""Differences of one kind that are told of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One call under both."""

    name: str
    shifts: tuple[Shift, ...]

    @property
    def kind(self) -> Kind:
        """Less safe if anything about it is: nothing that is better makes up for it."""
        if not self.shifts:
            return "same"
        weights = {shift.weighs for shift in self.shifts}
        return "less_safe" if -1 in weights else "safer" if 1 in weights else "different"


def compare_call(name: str, old: Traits, new: Traits, slack: Slack) -> Compared:
    """Compare a call.

    Args:
        name: of the script.
        old: under the version that is in use.
        new: under the version that is to take its place.
        slack: what is let pass.
    """
    shifts = (
        *compare_care(old, new, slack.care_ms),
        *compare_words(old.told, new.told, slack.reworded, better_off=better_off(old, new)),
        *_answers(old, new, slack.answer_ms),
        *_prompts(old, new, slack.care_ms),
        *_rest(old, new, slack.care_ms),
    )
    return Compared(name=name, shifts=shifts)


def _answers(old: Traits, new: Traits, slack_ms: int) -> Iterator[Shift]:
    """Compare answers as long as both calls go the same way: after that they answer different things."""
    for (place, was), (there, now) in zip(old.answers, new.answers, strict=False):
        if place != there:
            return
        if abs(now - was) > slack_ms:
            told = (
                f"the answer at {place} comes {abs(now - was) / 1000:.1f} s {'later' if now > was else 'sooner'}"
            )
            yield Shift("timing", told, -1 if now > was else 0)


def _prompts(old: Traits, new: Traits, slack_ms: int) -> Iterator[Shift]:
    for told in new.silent:
        if told not in old.silent:
            yield Shift("prompt", f"no sound any more: {told}", -1)
    was = dict(old.spoken)
    for prompt, now in dict(new.spoken).items():
        if prompt in was and abs(now - was[prompt]) > slack_ms:
            yield Shift("prompt", f"{prompt} takes {(now - was[prompt]) / 1000:+.1f} s")


def _rest(old: Traits, new: Traits, slack_ms: int) -> Iterator[Shift]:
    yield from _lists("state", old.states, new.states)
    yield from _lists("result", (*old.results, *old.heard), (*new.results, *new.heard))
    yield from _lists(
        "prompt", [": ".join(pair) for pair in old.prompts], [": ".join(pair) for pair in new.prompts]
    )
    yield from _lists("action", old.actions, new.actions)
    if abs(new.length_ms - old.length_ms) > slack_ms:
        yield Shift("timing", f"the call takes {(new.length_ms - old.length_ms) / 1000:+.1f} s")


def _lists(by: By, old: Sequence[str], new: Sequence[str]) -> Iterator[Shift]:
    if list(old) == list(new):
        return
    gone = [each for each in dict.fromkeys(old) if each not in new][:_SHOWN]
    come = [each for each in dict.fromkeys(new) if each not in old][:_SHOWN]
    told = "; ".join([*(f"no more: {each}" for each in gone), *(f"new: {each}" for each in come)])
    yield Shift(by, told or "the same in another order")
