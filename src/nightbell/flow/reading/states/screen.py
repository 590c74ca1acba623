"""The kind ``screen``: red-flag questions, most dangerous first, asked until one decides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nightbell.document.node import Mapping, Scalar
from nightbell.flow.model import Question, Screen
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.fields import Entry, Signs, Target
from nightbell.flow.reading.hearing import Heard, Phrases
from nightbell.flow.reading.maker import RESERVED, Maker
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.schema import RepromptsSchema, Say, StateSchema
from nightbell.flow.reading.states.kind import Kind
from nightbell.flow.reading.states.once import names_fit, no_two_phrases
from nightbell.terms.disposition import Disposition

__all__ = ["KIND", "MAX_QUESTIONS"]

MAX_QUESTIONS = 5
"""DESIGN rule 12: a lane asks at most five, the most dangerous first."""


class QuestionSchema(Entry):
    """One question."""

    ask: Say
    """At most six seconds and three signs."""
    yes: Disposition
    """The floor that a yes sets."""
    hear_yes: Phrases = Heard()
    """Phrases beside the usual ones."""
    hear_no: Phrases = Heard()
    """Phrases beside the usual ones; each denies all that is asked."""
    hear_part: Phrases = Heard()
    """Phrases that deny a part of what is asked: heard as themselves, and asked again."""
    not_sure: Literal["counts_as_yes", "neutral"] | None = None
    """neutral: not sure is no yes; only for a test that callers make themselves."""
    row: str = ""
    """The row of the clinical table."""
    source: str = ""
    """Where the question comes from."""
    asks: Signs = ()
    """Names of the signs it asks for: [pain, cold_skin]; nothing in a call reads them."""


class ScreenSchema(StateSchema):
    """Keys of a screen."""

    kind: Literal["screen"]
    questions: Annotated[dict[str, QuestionSchema], Field(min_length=1)]
    """At most five, the most dangerous first."""
    not_sure: Literal["counts_as_yes"] = "counts_as_yes"
    """Not sure, silence and mumbling count as yes."""
    any_yes: Target
    """Where a yes leads; the page is out already."""
    all_no: Target
    """Where a no throughout leads."""
    emergency: Target | None = None
    """Where a D0 answer leads; the role's state when left out."""
    reprompts: RepromptsSchema = RepromptsSchema()
    """The state's own, over the flow's."""


def build(schema: ScreenSchema, maker: Maker) -> Screen:
    """Make the state."""
    return Screen(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        questions=tuple(
            Question(
                name=name,
                ask=maker.prompt(question.ask, name),
                yes=question.yes,
                hear_yes=question.hear_yes.words,
                hear_no=question.hear_no.words,
                hear_part=question.hear_part.words,
                hear_yes_in=question.hear_yes.words_in,
                hear_no_in=question.hear_no.words_in,
                hear_part_in=question.hear_part.words_in,
                not_sure=question.not_sure or schema.not_sure,
                row=question.row,
                source=question.source,
                asks=question.asks,
                line=maker.question_lines.get(name, 0),
            )
            for name, question in schema.questions.items()
        ),
        any_yes=schema.any_yes,
        all_no=schema.all_no,
        emergency=schema.emergency or maker.emergency,
        reprompts=maker.reprompts(schema.reprompts),
    )


def faults(name: Scalar, node: Mapping, names: Names, faults: Faults) -> None:
    """Find questions that are too many, or whose yes sounds like its no."""
    questions = node.mapping("questions")
    names_fit(questions, "question", faults, taken=RESERVED)
    for key, question in questions.items:
        no_two_phrases(Mapping(((key, question),), key.place), ("hear_yes", "hear_no", "hear_part"), names, faults)
    for key, _ in questions.items[MAX_QUESTIONS:]:
        hint = f"at most {MAX_QUESTIONS} in {name.text!r}; ask the most dangerous first"
        faults.add(key.place, "NB145", f"{key.text!r} is one question too many", hint)


KIND = Kind("screen", ScreenSchema, build, faults)
