"""Places: everything in a flow that a call script may name, and which of its states keep a caller safe.

``naming`` holds scripts against it. A prompt in another of the flow's languages has its code at its name's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.step import Ask, TakeDigits, TakeNumber
from nightbell.flow.model import Collect, End, Escalation, Flow, Prompt, Screen, State

if TYPE_CHECKING:
    from nightbell.call.step import Step

__all__ = ["Places", "places_of"]

_SAFE_WORDS: Final = "safe_words"
"""The recorded words of a line that broke: a prompt of every flow, and of none of its states."""
_RESULT: Final = "result:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What answers and expectations may name."""

    states: Mapping[str, frozenset[str]]
    """Every state with its questions."""
    prompts: frozenset[str] = frozenset()
    results: Mapping[str, frozenset[str]]
    """Every result with its categories."""
    safe: frozenset[str] = frozenset()
    """States that keep a caller safe: the emergency words, a person, a hold, a screen, what sets a floor, what a
    flag said anywhere leads to, and ends for which somebody is paged."""

    def find(self, name: str) -> tuple[str, str] | None:
        """Return the state and the question that a name stands for; None when the flow has no such place.

        A state that a subdialog brought has a dot in its own name: the longest state's name wins.
        """
        if name in self.states:
            return name, ""
        state, _, question = name.rpartition(".")
        return (state, question) if question in self.states.get(state, ()) else None

    def keeps_safe(self, name: str) -> bool:
        """Tell whether a state, a place in one, or a prompt of one keeps a caller safe."""
        parts = name.split(".")
        return name == _SAFE_WORDS or any(".".join(parts[:end]) in self.safe for end in range(1, len(parts) + 1))


def places_of(flow: Flow) -> Places:
    """Return what a script of a flow may name."""
    plan = compile_flow(flow)
    states: dict[str, frozenset[str]] = {}
    for state in flow.states:
        match state:
            case Screen():
                states[state.name] = frozenset(question.name for question in state.questions)
            case Collect(type="phone"):
                states[state.name] = frozenset({"offer", "entry"})
            case _:
                states[state.name] = frozenset({"mistake"}) if state.name == flow.emergency else frozenset()
    roles = {flow.emergency, flow.person, flow.after_mistake}
    led = {universal.next for universal in flow.universals if universal.floor is not None}
    own = {state.name for state in flow.states if _keeps_safe(state)}
    return Places(
        states=states,
        prompts=frozenset(_prompts(plan)),
        results=_results(plan),
        safe=frozenset((roles | led | own) & states.keys()),
    )


def _keeps_safe(state: State) -> bool:
    match state:
        case Screen() | Escalation() | Collect(clears=True):
            return True
        case End(disposition=disposition):
            return disposition.pages
        case _:
            return False


def _prompts(plan: Plan) -> Iterator[str]:
    yield _SAFE_WORDS
    for step in plan.steps.values():
        for prompt in _said_at(step):
            yield prompt.name
            yield from (f"{prompt.name}.{language}" for language in plan.flow.languages[1:])


def _said_at(step: Step) -> Iterable[Prompt]:
    found = [getattr(step, name, None) for name in ("prompt", "confirm", "fallback")]
    if isinstance(step, Ask | TakeNumber | TakeDigits):
        found += [*step.reprompts.noinput, *step.reprompts.nomatch, step.reprompts.keys_only]
    return (prompt for prompt in found if prompt is not None)


def _results(plan: Plan) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    left = [pair for marks in plan.marks.values() for pairs in marks.values() for pair in pairs]
    for step in plan.steps.values():
        for possible in step.answers if isinstance(step, Ask) else ():
            left += [(f"{_RESULT}{result}", value) for _, fills in possible.fills for result, value in fills]
    for variable, value in left:
        if variable.startswith(_RESULT) and value:
            found.setdefault(variable.removeprefix(_RESULT), set()).add(value)
    return {name: frozenset(values) for name, values in found.items()}
