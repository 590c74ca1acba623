"""Acting: the part of somebody who knows what ails them. They answer by state and question, never by turn.

At the first open question they say why they ring; every later question they answer by their signs and facts, in
words that vary by seed: at first as people talk, then as the line asks for it, then by key. It judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, Literal

import phonenumbers

from nightbell.call.effects import Escalate, Play
from nightbell.flow.model import Collect, Confirm, End, Escalation, Menu, RecordState, Screen
from nightbell.rehearsal.callers.choosing import choice_for, is_about_worry, says_yes_to
from nightbell.rehearsal.callers.telephone import number_of
from nightbell.rehearsal.script import Answer
from nightbell.terms import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.compile import Plan
    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.flow.model import Flow, Question, State
    from nightbell.rehearsal.callers.person import Company, Person
    from nightbell.rehearsal.callers.repertoire import Line, Repertoire
    from nightbell.rehearsal.part import Asked
    from nightbell.terms.disposition import Disposition

__all__ = ["Given", "Patience", "PersonPart"]

Patience = Literal["end", "number", "served"]
"""Until when a caller stays: to the end; until they are asked for their number; until a person is got for them."""

_OWN_WORDS: Final = 1
"""Tries at a place in words of one's own; the next one uses the line's words, the ones after that keys."""
_LINE_WORDS: Final = 2
_FREE_SHARE: Final = 0.6
"""Share of first answers that are said as people talk, whatever the line listens for."""
_GREETING_MS: Final = 3_000
"""Into the greeting: when somebody who hangs up on it does so."""
_LEAVE_MS: Final = 600
"""Into a prompt: when somebody who need not hear it puts the handset down."""
_HOLDS: Final = 2
"""Hold prompts that a caller listens to before hanging up: nobody takes the page in a rehearsal that waits."""
_ASKING: Final = (Menu, Screen, Collect, Confirm, RecordState)


@dataclass(frozen=True, slots=True)
class _Says:
    """One answer in all the ways of giving it."""

    meant: str
    name: str
    """Of the short answer in one's own words."""
    key: str
    phrases: tuple[str, ...]
    """What the line listens for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer that the caller gave, and what it meant."""

    place: str
    meant: str
    """yes, no, the name of a choice, ``says``, ``then`` ..."""
    what: str
    """The words, or the keys."""
    flagged: bool
    """It tells the line of a sign."""
    level: Disposition | None = None
    """Where it is a yes to a screen's question: the floor that this yes sets."""


class PersonPart:
    """Answers for one person in one call."""

    unused: Sequence[str] = ()
    """A person has no answers laid down, so none is left over."""

    def __init__(
        self,
        person: Person,
        plan: Plan,
        company: Company,
        repertoire: Repertoire,
        *,
        seed: int = 0,
        patience: Patience = "end",
    ) -> None:
        """Take the part.

        Args:
            person: who rings.
            plan: the clinic's flow, compiled; its grammars are the words the line asks for.
            company: the vocabulary of signs.
            repertoire: what this voice can say.
            seed: chooses the wordings.
            patience: until when the caller stays.
        """
        self._person = person
        self._plan = plan
        self._flow: Flow = plan.flow
        self._company = company
        self._repertoire = repertoire
        self._seed = seed
        self._patience = patience
        self._said: set[str] = set()
        self._said_at = ""
        self._keys = False
        self._served = False
        self._paged = False
        self._plays: dict[str, int] = {}
        self._meant: dict[tuple[str, int], tuple[str, bool]] = {}
        self.answers: list[Given] = []
        """What was answered so far."""

    def happened(self, event: Event, effects: Sequence[Effect]) -> None:
        """Notice a page, and the words that follow it."""
        del event
        for effect in effects:
            match effect:
                case Escalate(disposition=disposition):
                    self._paged = self._paged or disposition.at_least(self._person.floor)
                case Play(prompt=prompt):
                    self._served = self._served or self._paged
                    self._plays[prompt] = self._plays.get(prompt, 0) + 1
                case _:
                    pass

    def answer(self, asked: Asked) -> Answer | None:
        """Return what the caller does at a place."""
        person = self._person
        if asked.begun:
            return self._leaves(asked)
        if person.facts.silent or person.hangs_up:
            return None
        state = next((state for state in self._flow.states if state.name == asked.state), None)
        if state is None or (state.name == self._flow.emergency and asked.question):
            return None
        if isinstance(state, Escalation | End):
            ready = self._plays.get(asked.prompt, 0) >= _HOLDS
            return Answer(hang_up=True) if ready else None
        return self._answer_at(state, asked) if isinstance(state, _ASKING) else None

    def given(self, asked: Asked, answer: Answer) -> None:
        """Remember what was said, for what comes next."""
        meant, flagged = self._meant.get((asked.place, asked.attempt), ("", False))
        if answer.hang_up and not answer.speaks:
            return
        if meant in {"says", "then"}:
            self._said.add(meant)
        self._keys = self._keys or bool(answer.press)
        what = answer.words or answer.say or answer.press
        question = self._question(asked) if meant == "yes" else None
        level = question.yes if question is not None else None
        self.answers.append(Given(place=asked.place, meant=meant, what=what, flagged=flagged, level=level))

    def _leaves(self, asked: Asked) -> Answer | None:
        """Hang up into a prompt that need not be heard out."""
        if self._person.hangs_up and not self.answers:
            return Answer(hang_up=True, barge_in_ms=_GREETING_MS)
        state = asked.state.rpartition(".")[2] or asked.state
        at_number = asked.question in {"offer", "entry"} and bool(state)
        leaves = (self._patience == "served" and self._served and self._plays.get(asked.prompt, 0) > 0) or (
            self._patience == "number" and self._served and at_number
        )
        return Answer(hang_up=True, barge_in_ms=_LEAVE_MS) if leaves else None

    def _answer_at(self, state: State, asked: Asked) -> Answer | None:
        person = self._person
        keys_only = asked.keys or asked.prompt.endswith("keys_only")
        if person.sound:
            return self._say(asked, "sound", person.recording, "")
        if not keys_only and person.then and "says" in self._said and "then" not in self._said:
            return self._say(asked, "then", person.recording_then, person.then, flagged=True)
        match state:
            case Screen():
                yes = self._has(state, asked.question)
                return self._yes_or_no(asked, yes=yes, keys_only=keys_only, flagged=yes)
            case Collect(type="phone"):
                return self._number(asked, keys_only=keys_only)
            case Confirm():
                return self._yes_or_no(asked, yes=True, keys_only=keys_only)
            case Collect(type="digits"):
                return self._press(asked, "1" * state.min_digits + keys.AGAIN, "digits")
        first = "says" not in self._said and not keys_only
        if first or isinstance(state, RecordState) or (isinstance(state, Collect) and state.type == "words"):
            return self._say(asked, "says", person.recording, person.says, flagged=self._flags_itself())
        match state:
            case Collect(type="yes_no"):
                return self._yes_or_no(asked, yes=self._agrees(state), keys_only=keys_only)
            case Menu() | Collect(type="choice"):
                return self._choose(state, asked, keys_only=keys_only)
            case _:
                return None

    def _has(self, state: Screen, question: str) -> bool:
        asked = next((each for each in state.questions if each.name == question), None)
        if asked is None:
            return False
        person = self._person
        return says_yes_to(person.signs, asked.asks, asked.row, self._company, person.row)

    def _agrees(self, state: Collect) -> bool:
        person = self._person
        if is_about_worry(state.asks, clears=state.clears):
            return bool(person.signs)
        if state.asks:
            return says_yes_to(person.signs, state.asks, "", self._company, person.row)
        name = state.result.rpartition(".")[2]
        if name.startswith("filler"):
            return person.facts.product in {"filler", "unknown"}
        if name.startswith(("self", "whom")):
            return person.facts.whom == "self"
        return True  # "shall I take a message?" and its like

    def _flags_itself(self) -> bool:
        """Tell whether the first words are those that name what ails the caller."""
        return bool(self._person.signs) and self._person.kind != "correction"

    def _yes_or_no(self, asked: Asked, *, yes: bool, keys_only: bool, flagged: bool = False) -> Answer | None:
        says = (
            _Says("yes", "yes", keys.YES, self._flow.yes)
            if yes  # the question's own ways of saying yes may name a sign that this caller has not
            else _Says("no", "no", keys.NO, (*self._flow.no, *self._says_no(asked)))
        )
        return self._words(asked, says, keys_only=keys_only, flagged=flagged)

    def _choose(self, state: Menu | Collect, asked: Asked, *, keys_only: bool) -> Answer | None:
        found = choice_for(self._person, state.choices, state.result)
        if found is None:
            return self._say(asked, "says", self._person.recording, self._person.says)
        says = _Says(found.choice.name, found.name, found.choice.key or "", found.phrases)
        return self._words(asked, says, keys_only=keys_only)

    def _words(self, asked: Asked, says: _Says, *, keys_only: bool, flagged: bool = False) -> Answer | None:
        """Say an answer: in one's own words, then in the line's, then by key."""
        random = Random(f"{self._seed}/{self._person.id}/{asked.place}/{asked.attempt}")  # noqa: S311 - no secret
        lines: tuple[Line, ...] = ()
        if not (keys_only or self._keys) and asked.attempt < _LINE_WORDS:
            own, wanted = self._repertoire.answer(says.name), self._repertoire.saying(says.phrases)
            free = asked.attempt < _OWN_WORDS and random.random() < _FREE_SHARE
            lines = (own if free else wanted) or wanted or own
        if not lines:
            return self._press(asked, says.key, says.meant, flagged=flagged) if says.key else None
        line = random.choice(lines)
        return self._say(asked, says.meant, line.recording, line.text, flagged=flagged)

    def _says_no(self, asked: Asked) -> tuple[str, ...]:
        """Return what a question takes for a no beside the usual words."""
        question = self._question(asked)
        return question.hear_no if question is not None else ()

    def _question(self, asked: Asked) -> Question | None:
        for state in self._flow.states:
            if state.name == asked.state and isinstance(state, Screen):
                return next((each for each in state.questions if each.name == asked.question), None)
        return None

    def _number(self, asked: Asked, *, keys_only: bool) -> Answer | None:
        if asked.question == "offer":
            return self._yes_or_no(asked, yes=True, keys_only=keys_only)
        own = number_of(self._flow.clinic.country)
        national = phonenumbers.format_number(phonenumbers.parse(own), phonenumbers.PhoneNumberFormat.NATIONAL)
        return self._press(asked, "".join(filter(str.isdigit, national)) + keys.AGAIN, "number")

    def _say(
        self, asked: Asked, meant: str, recording: str, words: str, *, flagged: bool = False
    ) -> Answer | None:
        self._meant[asked.place, asked.attempt] = (meant, flagged)
        if self._repertoire.anything:
            return Answer(words=words) if words else None
        return Answer(say=recording)

    def _press(self, asked: Asked, pressed: str, meant: str, *, flagged: bool = False) -> Answer:
        self._meant[asked.place, asked.attempt] = (meant, flagged)
        return Answer(press=pressed)
