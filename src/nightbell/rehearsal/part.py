"""Part: what a rehearsed caller answers. One part follows a call script; another knows what ails it and says so.

A part is told what is asked and says what it does; ``rehearsal.caller`` sees to when. It plays and hears nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.rehearsal.script import Answer, Script

__all__ = ["Asked", "Part", "ScriptPart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the call asks."""

    state: str
    question: str
    attempt: int
    """How often this place was answered before."""
    prompt: str = ""
    """Name of what was said: ``reason``, ``reason.nomatch.1``, ``reason.keys_only``."""
    begun: bool = False
    """The prompt is only beginning: an answer without ``barge_in_ms`` waits for its end."""
    keys: bool = False
    """Only keys are listened to."""

    @property
    def place(self) -> str:
        """STATE or STATE.QUESTION."""
        return f"{self.state}.{self.question}" if self.question else self.state


class Part(Protocol):
    """Answers for a caller. Asking twice changes nothing: only ``given`` does."""

    @property
    def unused(self) -> Sequence[str]:
        """Answers that the call never came to ask for, and should have."""

    def answer(self, asked: Asked) -> Answer | None:
        """Return what is done; None is to do nothing, and to be asked again when the prompt is over."""

    def given(self, asked: Asked, answer: Answer) -> None:
        """Learn that the answer was given."""

    def happened(self, event: Event, effects: Sequence[Effect]) -> None:
        """Follow the call."""


class ScriptPart:
    """The part of a call script: by place and attempt."""

    def __init__(self, script: Script, asking: frozenset[str]) -> None:
        """Take a script.

        Args:
            script: what to answer.
            asking: states that ask the caller something; only there the script's default answers.
        """
        self._script = script
        self._asking = asking
        self._used: Counter[str] = Counter()

    @property
    def unused(self) -> tuple[str, ...]:
        """Answers that the call never came to ask for, optional ones left out."""
        return tuple(
            f"{key}: {answer.what}"
            for key, answers in self._script.answers
            for number, answer in enumerate(answers)
            if number >= self._used[key] and not answer.optional
        )

    def answer(self, asked: Asked) -> Answer | None:
        """Return the answer of this attempt; the last one is repeated so often, then there is silence."""
        _, answers = self._answers(asked)
        if not answers or asked.attempt >= len(answers) + self._script.repeats:
            return None
        return answers[min(asked.attempt, len(answers) - 1)]

    def given(self, asked: Asked, answer: Answer) -> None:
        """Count it as used."""
        del answer
        key, answers = self._answers(asked)
        if key:
            self._used[key] = max(self._used[key], min(asked.attempt + 1, len(answers)))

    def happened(self, event: Event, effects: Sequence[Effect]) -> None:
        """Know the script alone."""

    def _answers(self, asked: Asked) -> tuple[str, tuple[Answer, ...]]:
        key, answers = self._script.answers_at(asked.state, asked.question)
        if not answers and self._script.default is not None and asked.state in self._asking:
            answers = (self._script.default,)
        return key, answers
