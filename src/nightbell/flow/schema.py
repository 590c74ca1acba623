"""Schema: what may stand in flow.yaml, in its fragments and in clinic.yaml, apart from the kinds of states.

Pydantic's models of the files; ``flow.build`` turns them into ``flow.model``. A state's own keys are in
``flow.states``.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from nightbell.flow.fields import (
    Duration,
    Entry,
    Flag,
    HearPattern,
    HearPhrase,
    Spoken,
    Target,
    TargetOrSame,
    UniversalKey,
    fault,
)
from nightbell.terms.disposition import Disposition

__all__ = [
    "AnswersSchema",
    "Bargein",
    "FlowSchema",
    "Phrases",
    "RepromptsSchema",
    "RolesSchema",
    "Say",
    "SaySchema",
    "StateSchema",
    "TimersSchema",
    "UniversalSchema",
]

SPEC: Final = "1.0"
"""The version of the flow language that this package reads."""
Bargein: TypeAlias = Literal["speech", "keys", "none"]
Phrases: TypeAlias = Annotated[tuple[HearPhrase, ...], Field(min_length=1)]


class SaySchema(Entry):
    """A prompt in its long form."""

    text: Spoken
    must_hear: Flag = False
    bargein: Bargein | None = None


def _long_form(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Say: TypeAlias = Annotated[SaySchema, BeforeValidator(_long_form)]
"""Text alone, or the long form."""


class RepromptsSchema(Entry):
    """Words after a failed try; the last of a list repeats."""

    noinput: tuple[Say, ...] = ()
    nomatch: tuple[Say, ...] = ()
    keys_only: Say | None = None


class TimersSchema(Entry):
    """VoiceXML's properties; what is left out comes from the flow, then from the model's defaults."""

    timeout: Duration | None = Field(default=None, ge=500, le=60_000)
    complete_timeout: Duration | None = Field(default=None, ge=200, le=5_000)
    max_speech_timeout: Duration | None = Field(default=None, ge=1_000, le=120_000)
    interdigit_timeout: Duration | None = Field(default=None, ge=500, le=15_000)
    max_attempts: int | None = Field(default=None, ge=1, le=3)
    confidence_level: float | None = Field(default=None, ge=0, le=1)
    bargein: Bargein | None = None


class RolesSchema(Entry):
    """The states that the keys and silence lead to, everywhere."""

    emergency: Target
    silent: Target
    person: Target
    after_mistake: Target | None = None


class AnswersSchema(Entry):
    """Words of the usual answers; a list given here replaces the usual one."""

    yes: Phrases | None = None
    no: Phrases | None = None
    not_sure: Phrases | None = None
    again: Phrases | None = None


class UniversalSchema(Entry):
    """Something that means the same in every state."""

    hear: tuple[HearPattern, ...] = ()
    key: UniversalKey | None = None
    floor: Disposition | None = None
    next: TargetOrSame
    priority: int = Field(default=50, ge=0, le=1000)
    row: str = ""


class StateSchema(Entry):
    """What every state may have."""

    kind: str
    timers: TimersSchema = TimersSchema()


def _spec(value: str) -> str:
    if value != SPEC:
        raise fault("NB127", f"version {value!r} of the flow language is not known", f'write spec: "{SPEC}"')
    return value


class FlowSchema(Entry):
    """flow.yaml after its fragments are merged in; states are checked one by one, by their kind."""

    spec: Annotated[str, AfterValidator(_spec)]
    clinic: str
    uses: tuple[str, ...] = ()
    starts_at: Target
    timers: TimersSchema = TimersSchema()
    reprompts: RepromptsSchema = RepromptsSchema()
    roles: RolesSchema
    mistake: Say | None = None
    answers: AnswersSchema = AnswersSchema()
    sounds_like: dict[str, Phrases] = Field(default_factory=dict)
    universals: dict[str, UniversalSchema] = Field(default_factory=dict)
    states: dict[str, Any] = Field(min_length=1)
