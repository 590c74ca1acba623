"""Drawn: choices of a menu and cases of a branch, drawn by chance for generated flows."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from nightbell.flow.model import Case, Choice
from nightbell.terms.disposition import Disposition

__all__ = ["COUNTERS", "RESULTS", "cases_of", "choices_of"]

COUNTERS: Final = ("one", "two")
RESULTS: Final = ("what", "which")


def choices_of(after: Callable[[], str]) -> tuple[Choice, ...]:
    """Return the choices of a menu, each led on by what ``after`` returns."""
    return (
        Choice(name="red", key="1", hear=("red",), next=after()),
        Choice(name="blue", key="2", hear=("blue",), next=after()),
    )


def cases_of(random: Random, after: Callable[[], str]) -> tuple[Case, ...]:
    """Return one to three cases, each led on by what ``after`` returns."""
    cases = (
        Case(
            of="contacts_96h",
            test="at_least",
            value=("1",),
            next="screen",
            floor=random.choice((None, Disposition.D1)),
        ),
        Case(
            of="count", name=random.choice(COUNTERS), test="at_least", value=(random.choice("12"),), next=after()
        ),
        Case(
            of="result",
            name=random.choice(RESULTS),
            test="equals",
            value=(random.choice(("red", "yes", "known")),),
            next=after(),
        ),
        Case(of="filler_contacts_96h", test="at_least", value=("1",), next="screen", floor=Disposition.D1),
        Case(of="filler_14d", test="in", value=("yes", "unknown"), next=after()),
        Case(of="recording", test="equals", value=("declined",), next=after()),
        Case(of="callback_number", test="equals", value=("known",), next=after()),
        Case(of="hours", test="in", value=("open", "holiday"), next=after()),
        Case(of="floor", test="at_least", value=("D2",), next="care"),
        Case(of="cover", test="equals", value=("full",), next=after()),
    )
    return tuple(random.sample(cases, random.randrange(1, 4)))
