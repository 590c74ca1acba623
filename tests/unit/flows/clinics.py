"""The clinics whose lines these tests read, and what is spoken on them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from nightbell.flow.load import load_flow
from nightbell.flow.model import Collect, Flow, Prompt, Question, Screen, Slot

__all__ = ["CLINICS", "FLOWS", "ROWS", "asking", "flow_of", "prompts", "questions", "words"]

FLOWS: Final = Path(__file__).resolve().parents[3] / "flows"
ROWS: Final = {
    "rosewood": (*range(1, 17), *range(22, 34)),
    "stmarks": (2, 8, *range(17, 26), 27, 28, 32, 33),
    "hollow-lane": (2, 8, 12, *range(22, 26), *range(28, 34)),
}
"""Clinic to the rows of the triage table that its line answers."""
CLINICS: Final = tuple(ROWS)


@cache
def flow_of(clinic: str) -> Flow:
    """Return a clinic's flow."""
    return load_flow(FLOWS / clinic)


def words(prompt: Prompt) -> str:
    """Return a prompt's words, with <name> where only a call knows them."""
    return "".join(f"<{part.name}>" if isinstance(part, Slot) else part.text for part in prompt.parts)


def prompts(flow: Flow) -> list[tuple[str, str]]:
    """Return the name and the words of everything that a flow says."""
    found: list[tuple[str, str]] = []

    def visit(thing: object) -> None:
        if isinstance(thing, Prompt):
            found.append((thing.name, words(thing)))
        elif isinstance(thing, tuple | list):
            for item in thing:
                visit(item)
        elif hasattr(thing, "__dataclass_fields__"):
            for name in thing.__dataclass_fields__:
                visit(getattr(thing, name))

    visit(flow)
    return found


def questions(flow: Flow) -> Iterator[tuple[str, Question]]:
    """Yield the state and each question of every screen."""
    for state in flow.states:
        for question in state.questions if isinstance(state, Screen) else ():
            yield state.name, question


def asking(flow: Flow) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield everything that asks for signs, and the signs."""
    for state, question in questions(flow):
        yield f"{state}.{question.name}", question.asks
    for each in flow.states:
        if isinstance(each, Collect) and each.asks:
            yield each.name, each.asks
