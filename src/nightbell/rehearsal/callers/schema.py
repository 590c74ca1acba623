"""Schema: what the files of callers may hold. Every scalar comes in as text, as ``document`` reads it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from nightbell.rehearsal.fields import Flag
from nightbell.terms.disposition import Disposition

__all__ = [
    "AnswersFile",
    "CallerEntry",
    "FactsEntry",
    "NegativeEntry",
    "NegativesFile",
    "NegativesGroup",
    "RowFile",
    "SignsFile",
]

_ID: Final = r"^[a-z0-9][a-z0-9-]{0,60}$"
_NAME: Final = r"^[a-z][a-z0-9_]{0,63}$"
_LONGEST: Final = 400
"""Characters of a caller's words: half a minute of speech."""
_ROW: Final = r"^[0-9]{1,2}$"

Id = Annotated[str, Field(pattern=_ID)]
Row = Annotated[str, Field(pattern=_ROW)]
Words = Annotated[str, Field(max_length=_LONGEST)]
Name = Annotated[str, Field(pattern=_NAME)]
Clinic = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


def _reason(value: Any) -> str:
    """Read ``false``, or why a page is right."""
    if value is False or value == "false":
        return ""
    if not isinstance(value, str) or value in {"", "true"}:
        message = "may_page is false, or the reason why a page is right"
        raise PydanticCustomError("NB124", "{message}", {"message": message, "hint": "write the reason in words"})
    return value


Reason = Annotated[str, BeforeValidator(_reason, json_schema_input_type=str | Literal[False])]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=True)


class _History(_Entry):
    contacts_96h: Annotated[int, Field(ge=0)] | None = None
    """Calls of this number in the last four days."""
    filler_contacts_96h: Annotated[int, Field(ge=0)] | None = None
    """Those about filler, or about a product that is not known."""
    silent_96h: Annotated[int, Field(ge=0)] | None = None
    """Those in which nobody spoke."""
    treated_14d: Literal["yes", "no", "unknown"] | None = None
    """Treated in the last 14 days."""
    filler_14d: Literal["yes", "no", "unknown"] | None = None
    """Treated with filler, or with a product that is not known, in that time."""


class FactsEntry(_Entry):
    """What the caller knows; what is left out is as the file has it, and unknown where that says nothing."""

    product: (
        Literal["filler", "toxin", "threads", "laser", "peel", "surgery", "anaesthetic", "unknown", "none"] | None
    ) = None
    """What the treatment was."""
    since: Literal["today", "days", "weeks", "unknown"] | None = None
    """How long ago: days is two to fourteen, weeks is longer."""
    whom: Annotated[Literal["self", "other"] | None, Field(alias="for")] = None
    """Who it is about."""
    history: _History | None = None
    """Earlier calls, as the records know them."""
    silent: Flag | None = None
    """Says nothing at all and presses nothing."""


class CallerEntry(_Entry):
    """One caller of a row."""

    id: Id
    """Unique over all files; the recording is caller-ID."""
    kind: Literal[
        "plain",
        "understated",
        "frightened",
        "third_party",
        "elderly",
        "answer_first",
        "correction",
        "hidden_in_booking",
    ]
    """The way it is said."""
    says: Words = ""
    """The words at the first open question."""
    then: Words = ""
    """A correction's words at the next place that listens."""
    signs: tuple[Name, ...]
    """What the caller truly has, of signs.yaml."""
    facts: FactsEntry = FactsEntry()
    """Where this caller differs."""
    facts_at: dict[Clinic, FactsEntry] = {}
    """Where this caller differs at one clinic."""
    floor: Disposition | None = None
    """The least urgent disposition that is right."""
    clinics: tuple[Clinic, ...] = ()
    """Where this caller rings; the file's clinics unless set."""
    voice: Literal["f", "m"] | None = None
    """Where the words tell."""


class RowFile(_Entry):
    """row-NN.yaml."""

    spec: Literal["1.0"]
    """The version of the format."""
    row: Row
    """Row of the triage table."""
    clinics: Annotated[tuple[Clinic, ...], Field(min_length=1)]
    """Where these callers ring; each caller rings each of them."""
    facts: FactsEntry = FactsEntry()
    """What all of them know, unless a caller says otherwise."""
    facts_at: dict[Clinic, FactsEntry] = {}
    """What is different at one clinic."""
    floor: Disposition
    """The least urgent disposition that is right."""
    callers: Annotated[tuple[CallerEntry, ...], Field(min_length=1)]
    """Who rings."""


class NegativeEntry(_Entry):
    """One call that should wake nobody."""

    id: Id
    """Unique over all files; the recording is caller-ID."""
    says: Words = ""
    """The words at the first open question."""
    sound: Annotated[str, Field(pattern=_NAME)] = ""
    """A recording without words in their place."""
    machine: bool = False
    """The sound is a machine's or the line's own: no room lies behind it."""
    hang_up: Literal["greeting"] | None = None
    """Puts the handset down before anything is asked."""
    facts: FactsEntry = FactsEntry()
    """Where this caller differs."""
    expect: Disposition | None = None
    """The disposition that is right."""
    may_page: Reason | None = None
    """false, or why a page is right."""
    clinics: tuple[Clinic, ...] = ()
    """Where this caller rings; the file's clinics unless set, and every clinic where that says nothing."""
    voice: Literal["f", "m"] | None = None
    """Where the words tell."""


class NegativesGroup(_Entry):
    """Calls of one kind that should wake nobody."""

    group: Name
    """What kind of call it is."""
    expect: Disposition
    """The disposition that is right; DU where nobody can know."""
    may_page: Reason = ""
    """false, or why a page is right."""
    clinics: tuple[Clinic, ...] = ()
    """Where these callers ring; every clinic unless set."""
    facts: FactsEntry = FactsEntry()
    """What all of them know."""
    callers: Annotated[tuple[NegativeEntry, ...], Field(min_length=1)]
    """Who rings."""


class NegativesFile(_Entry):
    """negative-*.yaml."""

    spec: Literal["1.0"]
    """The version of the format."""
    negatives: NegativesGroup
    """One group of them."""


class _Sign(_Entry):
    means: Annotated[str, Field(min_length=1)]
    """In lay words."""
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]
    """Rows of the triage table that ask for it."""


class SignsFile(_Entry):
    """signs.yaml."""

    spec: Literal["1.0"]
    """The version of the format."""
    signs: dict[Name, _Sign]
    """The closed vocabulary."""


class AnswersFile(_Entry):
    """answers.yaml."""

    spec: Literal["1.0"]
    """The version of the format."""
    answers: dict[Name, Annotated[tuple[Words, ...], Field(min_length=1)]]
    """Short answers in several wordings; every voice says them."""

    @model_validator(mode="after")
    def _has_words(self) -> AnswersFile:
        for name, wordings in self.answers.items():
            if not all(wording.strip() for wording in wordings):
                message = f"{name} has a wording without words"
                raise PydanticCustomError("NB224", "{message}", {"message": message, "hint": "say something"})
        return self
