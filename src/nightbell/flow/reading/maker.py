"""Maker: builds prompts, timers and reprompts of one state with their names and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nightbell.flow.model import Prompt, Reprompts, Timers
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.schema import RepromptsSchema, SaySchema, TimersSchema

__all__ = ["RESERVED", "Maker", "prompt_of", "timers_over"]

RESERVED: Final = frozenset({"noinput", "nomatch", "keys_only", "offer", "without_promise", "confirm"})
"""Second parts of prompt names, so no question's name."""


def timers_over(schema: TimersSchema, under: Timers) -> Timers:
    """Return the timers that a schema gives, the others as they were."""

    def value(given: int | None, default: int) -> int:
        return default if given is None else given

    return Timers(
        timeout_ms=value(schema.timeout, under.timeout_ms),
        complete_timeout_ms=value(schema.complete_timeout, under.complete_timeout_ms),
        max_speech_timeout_ms=value(schema.max_speech_timeout, under.max_speech_timeout_ms),
        interdigit_timeout_ms=value(schema.interdigit_timeout, under.interdigit_timeout_ms),
        max_attempts=value(schema.max_attempts, under.max_attempts),
        confidence_level=under.confidence_level if schema.confidence_level is None else schema.confidence_level,
        low_confidence_level=(
            under.low_confidence_level if schema.low_confidence_level is None else schema.low_confidence_level
        ),
        bargein=schema.bargein or under.bargein,
    )


def prompt_of(say: SaySchema, name: str, timers: Timers) -> Prompt:
    """Return a prompt in all its languages."""
    return Prompt(
        name=name,
        parts=say.text,
        must_hear=say.must_hear,
        bargein=say.bargein or timers.bargein,
        others=tuple(say.in_.items()),
    )


@dataclass(frozen=True, slots=True)
class Maker:
    """What a kind's ``build`` needs beside the schema."""

    name: str
    """The state's name."""
    line: int
    timers: Timers
    """The state's own, over the flow's."""
    default_reprompts: Reprompts
    emergency: str
    """The state of the role, for screens that name none."""
    question_lines: Mapping[str, int]
    """Question to the line it stands in."""
    names: Names
    """What names mean where the state stands."""

    def prompt(self, say: SaySchema, part: str = "") -> Prompt:
        """Return the prompt ``state`` or ``state.part``."""
        name = f"{self.name}.{part}" if part else self.name
        return prompt_of(say, name, self.timers)

    def reprompts(self, schema: RepromptsSchema) -> Reprompts:
        """Return the state's reprompts, the flow's where it has none."""
        under = self.default_reprompts
        return Reprompts(
            noinput=self._several(schema.noinput, "noinput") or under.noinput,
            nomatch=self._several(schema.nomatch, "nomatch") or under.nomatch,
            keys_only=self.prompt(schema.keys_only, "keys_only") if schema.keys_only else under.keys_only,
        )

    def _several(self, says: tuple[SaySchema, ...], part: str) -> tuple[Prompt, ...]:
        return tuple(self.prompt(say, f"{part}.{number}") for number, say in enumerate(says, start=1))
