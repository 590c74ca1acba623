"""Timed: prompts that may not take longer than so long, alone or one after the other. Rules hold them to it.

Lengths that nobody measured are guessed; whoever measures can tell here which ones are worth it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nightbell.flow.lint.spoken import emergency_words
from nightbell.flow.model import (
    Branch,
    Collect,
    Deflect,
    Flow,
    NotifyState,
    Prompt,
    PromptState,
    Schedule,
    Screen,
    State,
)
from nightbell.flow.spoken import MARGIN, guessed_ms

__all__ = ["OPENING_MS", "QUESTION_MS", "Timed", "openings", "questions", "timed", "total_ms"]

QUESTION_MS: Final = 6_000
"""DESIGN rule 12: what takes longer is not kept in mind by somebody in pain."""
OPENING_MS: Final = 12_000
"""DESIGN rule 1, counted from answering."""
_MOST_WAYS: Final = 2_000
"""Ways into a flow that are looked at; a flow that branches more often before its first words has other faults."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Prompts that are heard one after the other, and how long they may take together."""

    state: State
    """The state of the last of them."""
    prompts: tuple[Prompt, ...]
    limit_ms: int
    question: str = ""

    def near(self, measured: Mapping[str, int]) -> bool:
        """Tell whether only rendering can say on which side of the limit it is."""
        if all(prompt.name in measured for prompt in self.prompts):
            return False
        total = total_ms(self.prompts, measured)
        return abs(total - self.limit_ms) <= MARGIN * total


def total_ms(prompts: tuple[Prompt, ...], measured: Mapping[str, int]) -> int:
    """Return how long they take together, guessed where nobody measured."""
    return sum(measured.get(prompt.name) or guessed_ms(prompt) for prompt in prompts)


def timed(flow: Flow) -> tuple[Timed, ...]:
    """Return everything that a limit holds."""
    return (*openings(flow), *questions(flow))


def questions(flow: Flow) -> Iterator[Timed]:
    """Yield every safety question: those of the screens, and the one that stands before a booking."""
    for state in flow.states:
        if isinstance(state, Screen):
            for question in state.questions:
                yield Timed(state, (question.ask,), QUESTION_MS, question.name)
        elif isinstance(state, Collect) and state.clears:
            yield Timed(state, (state.say,), QUESTION_MS)


def openings(flow: Flow) -> Iterator[Timed]:
    """Yield every way from answering to the end of the emergency words; one without them is another rule's."""
    states = {state.name: state for state in flow.states}
    waiting: list[tuple[str, tuple[Prompt, ...], frozenset[str]]] = [(flow.starts_at, (), frozenset())]
    for _ in range(_MOST_WAYS):
        if not waiting:
            return
        name, before, passed = waiting.pop()
        state = states[name]
        said = (*before, state.say) if isinstance(state, PromptState | Deflect) else before
        if emergency_words(flow, state) and isinstance(state, PromptState):
            yield Timed(state, said, OPENING_MS)
            continue
        onward = dict.fromkeys(target for target in _onward(state) if target not in passed)
        waiting += [(target, said, passed | {name}) for target in onward]


def _onward(state: State) -> tuple[str, ...]:
    """Return where a call goes on by itself from a state; nowhere, where it waits for somebody."""
    match state:
        case PromptState() | Deflect():
            return (state.next,)
        case Branch():
            return (*(case.next for case in state.cases), state.otherwise)
        case Schedule():
            return (state.open, state.closed, state.holiday)
        case NotifyState():
            return (state.ok, state.failed)
        case _:
            return ()
