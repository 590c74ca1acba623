"""Schema: what may stand in flow.yaml, in its fragments and in clinic.yaml, apart from the kinds of states.

Pydantic's models of the files; ``flow.reading.reader`` turns them into ``flow.model``. A state's own keys are in
``flow.reading.states``, a dialog's in ``flow.reading.dialogs``. What stands under a key here shows in an editor.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from nightbell.flow.reading.fields import (
    Counter,
    Duration,
    Entry,
    Flag,
    Number,
    Routes,
    Share,
    Target,
    TargetOrSame,
    UniversalKey,
    fault,
    several,
)
from nightbell.flow.reading.hearing import Grammar, Heard, Patterns, Phrases, SoundAlikes
from nightbell.flow.reading.languages import LANGUAGES
from nightbell.flow.reading.said import Spoken, Translations
from nightbell.terms.disposition import Disposition

__all__ = [
    "AnswersSchema",
    "Bargein",
    "FlowSchema",
    "LimitsSchema",
    "RepromptsSchema",
    "RolesSchema",
    "SafetySchema",
    "Say",
    "SaySchema",
    "StateSchema",
    "TimersSchema",
    "UniversalSchema",
]

Bargein: TypeAlias = Literal["speech", "keys", "none"]


class SaySchema(Entry):
    """A prompt in its long form."""

    text: Spoken
    """What the caller hears; {{ name }} puts something in."""
    in_: Translations = Field(default_factory=dict, alias="in")
    """The same words in the flow's other languages: {cy: ...}."""
    must_hear: Flag = False
    """true: it is not cut; what is said or pressed under it still counts."""
    bargein: Bargein | None = None
    """What may cut it: speech, keys or none."""


def _long_form(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Say: TypeAlias = Annotated[SaySchema, BeforeValidator(_long_form, json_schema_input_type=str | SaySchema)]
"""Text alone, or the long form."""


class RepromptsSchema(Entry):
    """Words after a failed try; the last of a list repeats."""

    noinput: tuple[Say, ...] = ()
    """After a silence, first try first."""
    nomatch: tuple[Say, ...] = ()
    """After what was not understood, first try first."""
    keys_only: Say | None = None
    """Before the last try, which is by keys alone."""


class TimersSchema(Entry):
    """VoiceXML's properties; what is left out comes from the flow, then from the model's defaults."""

    timeout: Duration | None = Field(default=None, ge=500, le=60_000)
    """Silence after a prompt until a reprompt: 6s."""
    complete_timeout: Duration | None = Field(default=None, ge=200, le=5_000)
    """Silence that ends an open answer: 1s."""
    max_speech_timeout: Duration | None = Field(default=None, ge=1_000, le=120_000)
    """Longest answer: 15s."""
    interdigit_timeout: Duration | None = Field(default=None, ge=500, le=15_000)
    """Pause between keys that ends an entry: 3s."""
    max_attempts: Number | None = Field(default=None, ge=1, le=3)
    """Failed tries by voice; then one by keys only."""
    confidence_level: Share | None = Field(default=None, ge=0, le=1)
    """An answer heard with less is no answer."""
    low_confidence_level: Share | None = Field(default=None, ge=0, le=1)
    """From here up to confidence_level an answer is confirmed, where the state has words for it."""
    bargein: Bargein | None = None
    """What may cut a prompt: speech, keys or none."""


class RolesSchema(Entry):
    """The states that the keys and silence lead to, everywhere."""

    emergency: Target
    """The emergency words: key 9."""
    silent: Target
    """The end of a call in which nobody spoke or pressed."""
    person: Target
    """The way to a person: key 0 and tries that came to nothing."""
    after_mistake: Target | None = None
    """The screen after a 9 by mistake."""


class AnswersSchema(Entry):
    """Words of the usual answers; a list given here replaces the usual one."""

    yes: Phrases | None = None
    """What means yes."""
    no: Phrases | None = None
    """What means no."""
    not_sure: Phrases | None = None
    """What means not sure."""
    again: Phrases | None = None
    """Asks for the question once more."""


class UniversalSchema(Entry):
    """Something that means the same in every state."""

    hear: Patterns = Heard()
    """Patterns: words, (a|b), [x], ... a gap, <grammar>."""
    unless: Patterns = Heard()
    """Patterns: what says one of these does not say this."""
    key: UniversalKey | None = None
    """4 to 8; 9 leads to the role emergency, 0 to person."""
    floor: Disposition | None = None
    """The least urgent the call can end at from then on."""
    next: TargetOrSame
    """A state, or same to stay."""
    slower: Flag = False
    """true: from then on every wait for the caller is three times as long, for relay calls and slow speakers."""
    priority: Number = Field(default=50, ge=0, le=1000)
    """The higher wins."""
    row: str = ""
    """The row of the clinical table."""


class StateSchema(Entry):
    """What every state may have."""

    kind: str
    """What kind of state it is."""
    timers: TimersSchema = TimersSchema()
    """The state's own, over the flow's."""
    routes: Routes = Field(default_factory=dict)
    """Outcomes that lead elsewhere from here than usual: {noinput: STATE, "universal:NAME": same}."""
    counts: Counter | None = None
    """A counter that goes up by one, to 3 at most, whenever a call arrives here."""


class LimitsSchema(Entry):
    """When a call has gone on for too long, whatever is said."""

    turns: Number | None = Field(default=None, ge=5, le=500)
    """Answers, keys of a choice and silences of one call, together: 60."""
    duration: Duration | None = Field(default=None, ge=60_000, le=7_200_000)
    """The whole call: 20m."""
    visits: Number | None = Field(default=None, ge=1, le=3)
    """Times one question is asked anew in a call: 3."""
    watchdog: Duration | None = Field(default=None, ge=3_000, le=60_000)
    """Dead air: 12s."""


class WithinSchema(Entry):
    """How soon after a red flag somebody is told, or the emergency words are said."""

    turns: Number | None = Field(default=None, ge=0, le=20)
    """Answers of the caller."""
    seconds: Number | None = Field(default=None, ge=1, le=600)
    """45."""


class SafetySchema(Entry):
    """What the flow promises, for the proof."""

    escalate_within: WithinSchema = WithinSchema()
    """From an emergency to the end of the emergency words; other red flags page at once."""
    words_within: WithinSchema | None = None
    """From a red flag to the beginning of words that name key 9 or the emergency number."""


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    faults: list[tuple[tuple[str | int, ...], Any]] = []
    for number, language in enumerate(value):
        if language not in LANGUAGES:
            hint = "a code of two small letters, such as en, cy or pl"
            faults.append(((number,), fault("NB197", f"there is no language {language!r}", hint)))
        elif language in value[:number]:
            faults.append(((number,), fault("NB197", f"{language!r} stands here twice", "name each once")))
    if faults:
        raise several(faults)
    return value


class FlowSchema(Entry):
    """flow.yaml after its fragments are merged in; states are checked one by one, by their kind."""

    spec: str
    """The version of the flow language."""
    clinic: str
    """The folder's name."""
    uses: tuple[str, ...] = ()
    """Fragments, by path below flows without .yaml."""
    languages: Annotated[tuple[str, ...], AfterValidator(_languages), Field(min_length=1)] = ("en",)
    """Codes of two letters; a call begins in the first."""
    starts_at: Target
    """The first state."""
    timers: TimersSchema = TimersSchema()
    """How long is waited and how often is tried; a state's own win."""
    reprompts: RepromptsSchema = RepromptsSchema()
    """Words after a failed try; a state's own win."""
    roles: RolesSchema
    """The states that the keys and silence lead to."""
    mistake: Say | None = None
    """The offer after key 9; goes with the role after_mistake."""
    answers: AnswersSchema = AnswersSchema()
    """Words of the usual answers."""
    sounds_like: dict[str, SoundAlikes] = Field(default_factory=dict)
    """Spellings by sound for words the recogniser may not know."""
    grammars: dict[str, Grammar] = Field(default_factory=dict)
    """Named lists of phrases; <name> in a phrase stands for them."""
    slots: dict[str, Annotated[dict[str, Grammar], Field(min_length=1)]] = Field(default_factory=dict)
    """Result to category to its words; {name} in a phrase stands for any of them."""
    universals: dict[str, UniversalSchema] = Field(default_factory=dict)
    """What means the same in every state."""
    limits: LimitsSchema = LimitsSchema()
    """When a call has gone on for too long."""
    safety: SafetySchema = SafetySchema()
    """How soon after a red flag somebody is told; the proof holds it."""
    dialogs: dict[str, Any] = Field(default_factory=dict)
    """Parts of a flow that are called from several places."""
    states: dict[str, Any] = Field(min_length=1)
    """The flow itself."""
