"""Lengths: how long a call can stand on a step, and how many turns that takes. Worst cases, in audio milliseconds.

A caller who asks for the words again, mashes keys or speaks on for ever is no worst case: what he does that leads
nowhere is a move of its own, with the same length once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nightbell.call.step import (
    Ask,
    AskWorld,
    Finish,
    Hold,
    Say,
    Step,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
)
from nightbell.flow.model import Flow, Prompt, Timers
from nightbell.flow.spoken import MARGIN, guessed_ms

__all__ = ["Lengths", "Most"]

_OFFER_MS: Final = 8_000
"""The offer to take back a 9 (rule 3)."""
_MOST_ATTEMPTS: Final = 2
_WORLD_MS: Final = {"hours": 1_500, "notify": 3_000}
_PROMISE_MS: Final = 1_500
_MESSAGE_MS: Final = 6_000
"""After its own limit, and for a cut before it."""
_LONGEST_ENTRY: Final = 20


@dataclass(frozen=True, slots=True)
class Most:
    """The most that leaving a step takes."""

    turns: int
    ms: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of a flow's prompts, measured or guessed."""

    flow: Flow
    measured: Mapping[str, int]
    _known: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    """Prompt name to its length: a step is asked for many times while its moves are made."""
    _most: dict[str, Most] = field(default_factory=dict, repr=False, compare=False)
    """Step to the most that it takes."""

    def prompt(self, prompt: Prompt) -> int:
        """Return the length of a prompt in the language that takes longest, ms."""
        if prompt.name not in self._known:
            self._known[prompt.name] = max(self._in(prompt, language) for language in self.flow.languages)
        return self._known[prompt.name]

    def _in(self, prompt: Prompt, language: str) -> int:
        first = language == self.flow.languages[0]
        name = prompt.name if first else f"{prompt.name}.{language}"
        if name in self.measured:
            return self.measured[name]
        return round(guessed_ms(prompt, "" if first else language) * (1 + MARGIN))

    def of(self, step: Step) -> int:
        """Return the length of a step's prompt, ms."""
        if isinstance(step, Finish):
            return max(self.prompt(each) for each in (step.prompt, step.fallback) if each is not None)
        return self.prompt(step.prompt) if hasattr(step, "prompt") else 0

    def most(self, step: Step) -> Most:
        """Return the most that a step takes when nobody answers well: every try, and its silence."""
        if step.id not in self._most:
            self._most[step.id] = self._worst(step)
        return self._most[step.id]

    def _worst(self, step: Step) -> Most:
        said = self.of(step)
        match step:
            case Ask(policy="nine"):
                return Most(1, said + _OFFER_MS)
            case Ask() | TakeNumber() | TakeDigits():
                return self._tries(step)
            case Say():
                return Most(0, said if step.prompt.must_hear else said + patience_ms(step.timers))
            case TakeMessage():
                return Most(1, said + step.max_ms + _MESSAGE_MS)
            case AskWorld():
                return Most(0, _WORLD_MS[step.what])
            case Hold() | Transfer():
                return Most(0, step.limit_ms + said)
            case Finish():
                return Most(0, said + (_PROMISE_MS if step.promise else 0))
            case _:
                return Most(0, 0)

    def _tries(self, step: Ask | TakeNumber | TakeDigits) -> Most:
        tries = min(step.timers.max_attempts, _MOST_ATTEMPTS) + 1
        words = [*step.reprompts.noinput, *step.reprompts.nomatch, step.prompt]
        words += [step.reprompts.keys_only] if step.reprompts.keys_only is not None else []
        wait = patience_ms(step.timers)
        if not isinstance(step, Ask):
            wait += _LONGEST_ENTRY * step.timers.interdigit_timeout_ms
        ms = self.of(step) + (tries - 1) * max(self.prompt(each) for each in words) + tries * wait
        if isinstance(step, Ask) and step.confirm is not None:
            return Most(tries + 1, ms + self.prompt(step.confirm) + wait)
        return Most(tries, ms)


def patience_ms(timers: Timers) -> int:
    """Return how long one try is waited for, whatever sounds there are."""
    return 2 * timers.timeout_ms + timers.max_speech_timeout_ms
