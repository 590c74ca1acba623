"""NB309: something that is said or asked before the emergency words. What those must hold is NB308's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.document.diagnostic import Place
from nightbell.flow.lint.graph import asks, edges, reached, walked
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import emergency_words, is_english, sentences, spoken
from nightbell.flow.model import Branch, NotifyState, PromptState, Schedule

__all__ = ["RULE", "first_words"]

_NOTICE: Final = re.compile(r"\b(?:record(?:ed|ing|s)?|privacy|data protection|consent|cookies?)\b", re.IGNORECASE)


def first_words(subject: Subject) -> tuple[str, ...]:
    """Return the states whose words a caller can hear first; branches and schedules before them are not heard."""
    found = edges(subject)
    first: list[str] = []
    waiting, seen = [subject.flow.starts_at], {subject.flow.starts_at}
    while waiting:
        state = subject.flow.state(waiting.pop(0))
        if not isinstance(state, Branch | Schedule | NotifyState):
            first.append(state.name)
            continue
        for edge in found:
            if edge.start == state.name and edge.end not in seen:
                seen.add(edge.end)
                waiting.append(edge.end)
    return tuple(first)


def _find(subject: Subject) -> Iterator[Finding]:
    first = first_words(subject)
    found = edges(subject)
    for name in first:
        state = subject.flow.state(name)
        if isinstance(state, PromptState) and not emergency_words(subject.flow, state):
            later = [
                other.name
                for other in walked(subject, state.next, found)
                if emergency_words(subject.flow, other) and isinstance(other, PromptState)
            ]
            if later:
                message = f"{name!r} is said before the emergency words of {later[0]!r}"
                hint = f"begin with {later[0]!r}; notices, greetings and offers come after it"
                yield Finding(_place(subject, name), RULE.code, message, hint)
        elif asks(state) and name in reached([name], found):
            message = f"{name!r} asks something before the emergency words"
            hint = "begin with a prompt that says them; nothing may be asked, taken or offered first"
            yield Finding(_place(subject, name), RULE.code, message, hint)
    yield from _notices(subject, first)


def _place(subject: Subject, name: str) -> Place:
    """Return where the flow says that it begins there; the state, where a schedule leads to it."""
    first = name == subject.flow.starts_at
    return subject.places.of("starts_at", value=True) if first else subject.places.of("states", name)


def _notices(subject: Subject, first: tuple[str, ...]) -> Iterator[Finding]:
    """Find notices inside of the first words, before the number is said."""
    for said in spoken(subject):
        if said.state is None or said.state.name not in first or not is_english(said.language):
            continue
        for sentence in sentences(said.text):
            notice = _NOTICE.search(sentence)
            if notice:
                message = f"the first words hold a notice ({notice.group()!r})"
                hint = "the notice is a prompt of its own, after the emergency words"
                yield Finding(said.place(sentence), RULE.code, message, hint)
                break


RULE = Rule(
    code="NB309",
    about=Code(
        "Something before the emergency words",
        "No notice, question, greeting of its own, payment or booking comes before the emergency words. The "
        "caller who needs them may have seconds.",
    ),
    source="DESIGN 4.1, 4.13; clinical R5",
    find=_find,
)
