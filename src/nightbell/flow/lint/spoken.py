"""Spoken: everything a flow says to a caller, each text with its state, its language and its place, for the rules.

It knows what an emergency number sounds like. What may be said is each rule's own business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Scalar
from nightbell.flow.lint.graph import Path
from nightbell.flow.lint.rule import Subject
from nightbell.flow.model import (
    Branch,
    Collect,
    End,
    Flow,
    Menu,
    NotifyState,
    Prompt,
    PromptState,
    Schedule,
    Screen,
    State,
    Words,
)

__all__ = [
    "ENGLISH",
    "Spoken",
    "emergency_words",
    "is_english",
    "names_emergency",
    "sentences",
    "spoken",
    "text_of",
]

ENGLISH: Final = "en"
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NOT_DIALLED: Final = re.compile(
    r"\b(?:do not|don't|never|need not|needn't|no need to|should not|shouldn't|must not|mustn't|instead of|"
    r"without|rather than)(?: \w+)?(?: hang up(?: now)? and)? (?:dial|ring|call|phone)(?:l?ing)?(?: \w+)?\s*$"
)
"""Words before a number that take it back: "there is no need to dial"."""
_SENTENCE: Final = re.compile(r"[^.!?;]+[.!?;]*")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text in one language."""

    subject: Subject
    state: State | None
    """None for what stands at the top of the flow."""
    prompt: Prompt
    path: Path
    language: str
    text: str
    """As it is said; what only a call knows stands as ``{{ name }}``."""

    def raw(self) -> Scalar | None:
        """Return the text as it stands in the file."""
        node = self.subject.places.node(*self.path)
        if isinstance(node, Mapping):
            first = self.language == self.subject.flow.languages[0]
            node = node.get("text") if first else node.mapping("in").get(self.language)
        return node if isinstance(node, Scalar) else None

    def place(self, found: str = "") -> Place:
        """Return the place of some of its words; of the whole text where they come out of clinic.yaml."""
        raw = self.raw()
        if raw is None:
            return self.subject.places.of(*self.path, value=True)
        wanted = r"\s+".join(re.escape(word) for word in found.split())
        match = re.search(wanted, raw.text, re.IGNORECASE) if wanted else None
        return raw.at(match.start()) if match else raw.place


def spoken(subject: Subject) -> Iterator[Spoken]:
    """Yield every text of a flow once, in each of its languages."""
    seen: set[tuple[str, Path]] = set()
    for state, prompt, path in _prompts(subject):
        if (prompt.name, path) in seen:
            continue
        seen.add((prompt.name, path))
        yield Spoken(subject, state, prompt, path, subject.flow.languages[0], text_of(prompt))
        for language, _ in prompt.others:
            yield Spoken(subject, state, prompt, path, language, text_of(prompt, language))


def text_of(prompt: Prompt, language: str = "") -> str:
    """Return what it says, slots as ``{{ name }}``."""
    parts = prompt.parts_in(language)
    return "".join(part.text if isinstance(part, Words) else f"{{{{ {part.name} }}}}" for part in parts)


def sentences(text: str) -> tuple[str, ...]:
    """Split into sentences, their marks kept."""
    return tuple(found.strip() for found in _SENTENCE.findall(text) if found.strip())


def is_english(language: str) -> bool:
    """Tell whether the rules' English word lists can be held against it."""
    return language.split("-", maxsplit=1)[0] == "en"


def names_emergency(flow: Flow, text: str) -> int:
    """Return how often the text says to dial the clinic's emergency number, written or digit by digit."""
    number = [digit for digit in flow.clinic.emergency if digit in "0123456789"]
    signs = [f"(?:{digit}|{_DIGITS[int(digit)]})" for digit in number]
    if not signs:
        return 0
    lower = text.lower().replace("\u2019", "'")
    found = re.finditer(r"\b" + r"[\s.,-]*".join(signs) + r"\b", lower)
    return sum(not _NOT_DIALLED.search(lower[: match.start()]) for match in found)


def emergency_words(flow: Flow, state: State) -> bool:
    """Tell whether a state says, uncut, to dial the emergency number."""
    return (
        isinstance(state, PromptState | End)
        and state.say.must_hear
        and names_emergency(flow, text_of(state.say)) > 0
    )


def _prompts(subject: Subject) -> Iterator[tuple[State | None, Prompt, Path]]:
    flow = subject.flow
    for state in flow.states:
        here: Path = ("states", state.name)
        if isinstance(state, Screen):
            for question in state.questions:
                yield state, question.ask, (*here, "questions", question.name, "ask")
        elif not isinstance(state, Branch | Schedule | NotifyState):
            yield state, state.say, (*here, "say")
        if isinstance(state, Collect) and state.offer:
            yield state, state.offer, (*here, "offer")
        if isinstance(state, Menu | Collect) and state.confirm:
            yield state, state.confirm, (*here, "confirm")
        if isinstance(state, End) and state.say_without_promise:
            yield state, state.say_without_promise, (*here, "say_without_promise")
        yield from _reprompts(subject, state)
    if flow.mistake:
        yield None, flow.mistake, ("mistake",)


def _reprompts(subject: Subject, state: State) -> Iterator[tuple[State | None, Prompt, Path]]:
    words = getattr(state, "reprompts", None)
    if words is None:
        return
    lists = {"noinput": words.noinput, "nomatch": words.nomatch}
    for key, prompts in lists.items():
        owner, path = _owner(subject, state, key)
        for number, prompt in enumerate(prompts):
            yield owner, prompt, (*path, number)
    if words.keys_only:
        owner, path = _owner(subject, state, "keys_only")
        yield owner, words.keys_only, path


def _owner(subject: Subject, state: State, key: str) -> tuple[State | None, Path]:
    """Return whose words these are: the state's own, or the flow's for every state."""
    own: Path = ("states", state.name, "reprompts", key)
    return (state, own) if subject.places.node(*own) is not None else (None, ("reprompts", key))
