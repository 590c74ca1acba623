"""Told: what a call said to its caller, as the flow has it, and what for - the words a version must not lose.

Slots stand as ``{{ name }}``, and so do the clinic's own facts: another hospital's name is no other meaning; the
numbers to dial in them are kept apart, for another number is. An owner's recording is not listened to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.flow.archive import prompts_of
from nightbell.flow.lint.spoken import names_emergency
from nightbell.flow.model import Branch, End, Escalation, NotifyState, Schedule
from nightbell.flow.signoff import recording_of, spoken_of
from nightbell.rehearsal.comparison.dialled import numbers_in

if TYPE_CHECKING:
    from nightbell.call.effects import Play
    from nightbell.flow.model import Flow

__all__ = ["Book", "Role", "Told"]

Role: TypeAlias = Literal["must", "emergency", "hold", "taken", "last"]
"""What words are for: to be heard out; the emergency words; a hold; who is told that a person came; the end."""
_EMERGENCY_WORDS: Final = ("", "nine")
"""Questions of the emergency state that are its words, and not the offer to take key 9 back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One prompt that a call said."""

    prompt: str
    text: str
    roles: frozenset[Role]
    cut: bool
    """The caller's words or keys can cut it; last words never are."""
    dials: int
    """How often it says to dial the emergency number."""
    numbers: tuple[str, ...] = ()
    """Numbers to dial that it names, as digits, those in the clinic's facts too."""


class Book:
    """What a flow's prompts are for."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.held_in = frozenset(state.name for state in flow.states if isinstance(state, Escalation))
        self._said = {one.label: one.words for one in spoken_of(flow, {})}
        self._must = frozenset(
            recording_of(prompt.name, language)
            for prompt in prompts_of(flow)
            if prompt.must_hear or prompt.bargein == "none"
            for language in ("", *dict(prompt.others))
        )
        self._states = {state.name: state for state in flow.states}
        self._taken = self._spoken_at(
            {state.acknowledged for state in flow.states if isinstance(state, Escalation)}
        )
        clinic = flow.clinic
        named = {
            "clinic": clinic.title,
            "emergency_department": clinic.emergency_department,
            "eye_unit": clinic.eye_unit,
            **dict(clinic.facts),
        }
        # The longest first: one fact may be a part of another.
        self._facts = sorted(((text, name) for name, text in named.items() if text), key=lambda one: -len(one[0]))

    def told(self, play: Play, *, taken: bool) -> Told:
        """Return what a prompt said.

        Args:
            play: the prompt.
            taken: a person had taken the call by then.
        """
        text = said = self._said.get(play.prompt, "")
        for fact, name in self._facts:
            text = text.replace(fact, f"{{{{ {name} }}}}")
        state = self._states.get(play.state)
        roles: set[Role] = set()
        if play.prompt in self._must:
            roles.add("must")
        if play.state == self.flow.emergency and play.question in _EMERGENCY_WORDS:
            roles.add("emergency")
        if play.state in self.held_in:
            roles.add("hold")
        if taken and play.state in self._taken:
            roles.add("taken")
        if isinstance(state, End):
            roles.add("last")
        return Told(
            prompt=play.prompt,
            text=text,
            roles=frozenset(roles),
            # Key 9 makes words uncut for its own call; what the flow says of them holds for every other.
            cut="must" not in roles and not isinstance(state, End),
            dials=names_emergency(self.flow, said),
            numbers=numbers_in(said),
        )

    def _spoken_at(self, names: set[str]) -> frozenset[str]:
        """Return the states, and those that silent ones of them lead to at once."""
        found: set[str] = set()
        todo = set(names)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            match self._states.get(name):
                case Branch(cases=cases, otherwise=otherwise):
                    todo |= {*(case.next for case in cases), otherwise}
                case Schedule() as state:
                    todo |= {state.open, state.closed, state.holiday}
                case NotifyState() as state:
                    todo |= {state.ok, state.failed}
                case _:
                    pass
        return frozenset(found)
