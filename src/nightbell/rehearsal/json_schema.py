"""JSON Schema of call scripts, for editors, drawn from the schema that reads them."""

from __future__ import annotations

from typing import Any, Final

from nightbell.flow.reading.json_schema import for_editors
from nightbell.rehearsal.schema import ScriptEntry

__all__ = ["script_schema"]

_TRANSFERS: Final = ("answered", "busy", "no_answer", "failed")
_SHORT: Final[dict[str, Any]] = {
    "_Failing": {"const": "fail"},
    "_Transfer": {"enum": list(_TRANSFERS)},
    "_Turns": {"type": "integer", "minimum": 0},
}
"""Part of a script to the short form that may stand in its place."""


def script_schema() -> dict[str, Any]:
    """Return the schema of a call script."""
    schema = for_editors(ScriptEntry, "A call script", _SHORT)
    one = {"$ref": "#/$defs/AnswerEntry"}
    answers = schema["properties"]["answers"]
    answers["additionalProperties"] = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    number = schema["$defs"]["_Caller"]["properties"]["number"]
    number["type"] = ["string", "null"]
    number["pattern"] = r"^\+[1-9][0-9]{6,14}$"
    return schema
