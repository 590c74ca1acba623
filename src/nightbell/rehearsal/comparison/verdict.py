"""Verdict: a call under two versions - the same, safer, less safe or different, and by what. Pure.

Who comes to a person later, or waits longer for an answer, is worse off. A call that takes longer as a whole is
only another one: a question more may be why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from nightbell.rehearsal.comparison.traits import Traits

__all__ = ["Compared", "Kind", "Shift", "Slack", "compare_call"]

Kind: TypeAlias = Literal["same", "safer", "less_safe", "different"]
By: TypeAlias = Literal["state", "result", "prompt", "action", "timing", "disposition"]

_SHOWN: Final = 3
"""Differences of one kind that are told of a call."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference."""

    by: By
    told: str
    weighs: Literal[-1, 0, 1] = 0
    """-1 is less safe, 1 is safer, 0 is neither."""


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


@dataclass(frozen=True, slots=True)
class Slack:
    """By how much something may be later before it counts, in milliseconds."""

    care_ms: int = 1000
    """A person, the emergency words, the end of a prompt or of the call."""
    answer_ms: int = 300
    """The answer to what the caller said."""


def compare_call(name: str, old: Traits, new: Traits, slack: Slack) -> Compared:
    """Compare a call.

    Args:
        name: of the script.
        old: under the version that is in use.
        new: under the version that is to take its place.
        slack: what is let pass.
    """
    shifts = (
        *_dispositions(old, new),
        *_care(old, new, slack.care_ms),
        *_answers(old, new, slack.answer_ms),
        *_prompts(old, new, slack.care_ms),
        *_rest(old, new, slack.care_ms),
    )
    return Compared(name=name, shifts=shifts)


def _dispositions(old: Traits, new: Traits) -> Iterator[Shift]:
    was, now = old.disposition, new.disposition
    if was is now:
        return
    told = f"{was.value if was else 'no end'} before, {now.value if now else 'no end'} now"
    if was is None or now is None:
        yield Shift("disposition", told, -1 if now is None else 1)
    else:
        yield Shift("disposition", told, 1 if now.at_least(was) else -1)


def _care(old: Traits, new: Traits, slack_ms: int) -> Iterator[Shift]:
    yield from _came("a person is asked for", old.paged_ms, new.paged_ms, slack_ms)
    yield from _came("the emergency words begin", old.emergency_ms, new.emergency_ms, slack_ms)
    if old.ring_backs != new.ring_backs:
        told = f"{old.ring_backs} ring-backs before, {new.ring_backs} now"
        yield Shift("action", told, 1 if new.ring_backs > old.ring_backs else -1)


def _came(what: str, old: int | None, new: int | None, slack_ms: int) -> Iterator[Shift]:
    if old is None and new is not None:
        yield Shift("action", f"{what} now, and was not before", 1)
    elif old is not None and new is None:
        yield Shift("action", f"{what} no more", -1)
    elif old is not None and new is not None and abs(new - old) > slack_ms:
        late = new > old
        told = f"{what} {abs(new - old) / 1000:.1f} s {'later' if late else 'sooner'}"
        yield Shift("timing", told, -1 if late else 1)


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
