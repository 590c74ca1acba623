"""NB327: "not sure" that is not known, or is taken for the harmless answer. Inside a screen it counts as yes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.gates import gates
from nightbell.flow.lint.phrases import place_of
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english
from nightbell.flow.model import Collect, Menu
from nightbell.flow.wording import normal

__all__ = ["RULE"]

_UNSURE: Final = ("not sure", "i'm not sure", "i am not sure", "i don't know", "don't know", "maybe", "perhaps")
_NEEDED: Final = ("not sure", "don't know")


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    if is_english(flow.languages[0]):
        for needed in _NEEDED:
            if not any(needed in normal(phrase) for phrase in flow.not_sure):
                place = subject.places.of("answers", "not_sure")
                hint = 'write not_sure: ["not sure", "i\'m not sure", "i don\'t know"], and what else callers say'
                yield Finding(place, RULE.code, f"{needed!r} is no answer", hint)
    unsure = {normal(phrase) for phrase in (*_UNSURE, *flow.not_sure)}
    for phrase in flow.no:
        if normal(phrase) in unsure:
            place = place_of(subject, phrase, "answers", "no")
            yield Finding(place, RULE.code, f"{phrase!r} is taken for a no", "move it to not_sure:")
    asking = gates(subject)
    for state in flow.states:
        if isinstance(state, Menu):
            yield from _in_menu(subject, state, unsure)
        if isinstance(state, Collect) and state.name in asking and state.unclear == state.next:
            place = subject.places.of("states", state.name, "unclear", value=True)
            message = f"whoever is not sure at {state.name!r} is taken for a no"
            yield Finding(place, RULE.code, message, f"lead it to {state.yes!r}, as a yes")


def _in_menu(subject: Subject, menu: Menu, unsure: set[str]) -> Iterator[Finding]:
    for choice in menu.choices:
        for phrase in choice.hear:
            if normal(phrase) in unsure and choice.next != menu.unclear:
                place = place_of(subject, phrase, "states", menu.name, "choices", choice.name, "hear")
                message = f"{phrase!r} leads to {choice.next!r}, and silence to {menu.unclear!r}"
                hint = "whoever is not sure goes where silence goes: to the safe side"
                yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB327",
    about=Code(
        "'Not sure' taken for harmless",
        "'Not sure' is an answer of its own and counts as yes. A menu and a safety question lead it where they "
        "lead silence.",
    ),
    source="DESIGN 4.4; clinical R8",
    find=_find,
)
