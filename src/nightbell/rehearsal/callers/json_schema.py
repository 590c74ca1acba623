"""JSON Schemas of the callers' files, for editors, drawn from the schemas that read them."""

from __future__ import annotations

from typing import Any

from nightbell.flow.reading.json_schema import for_editors
from nightbell.rehearsal.callers.schema import AnswersFile, NegativesFile, RowFile, SignsFile

__all__ = ["answers_schema", "negatives_schema", "row_schema", "signs_schema"]


def row_schema() -> dict[str, Any]:
    """Return the schema of row-NN.yaml."""
    return for_editors(RowFile, "The callers of one triage row")


def negatives_schema() -> dict[str, Any]:
    """Return the schema of negative-*.yaml."""
    return for_editors(NegativesFile, "Calls that should wake nobody")


def signs_schema() -> dict[str, Any]:
    """Return the schema of signs.yaml."""
    return for_editors(SignsFile, "What a caller can truly have")


def answers_schema() -> dict[str, Any]:
    """Return the schema of answers.yaml."""
    return for_editors(AnswersFile, "Short answers in several wordings")
