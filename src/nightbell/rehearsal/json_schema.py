"""JSON Schema of call scripts, for editors, drawn from the schema that reads them."""

from __future__ import annotations

from typing import Any, Final, cast

from nightbell.flow.reading.json_schema import for_editors
from nightbell.rehearsal.known import EXCUSABLE
from nightbell.rehearsal.schema import ScriptEntry

__all__ = ["script_schema"]

_TRANSFERS: Final = ("answered", "busy", "no_answer", "failed")
_SHORT: Final[dict[str, Any]] = {
    "_Failing": {"const": "fail"},
    "_Transfer": {"enum": list(_TRANSFERS)},
    "_Turns": {"type": "integer", "minimum": 0},
}
"""Part of a script to the short form that may stand in its place."""
_YES: Final = {"enum": [True, "true", "True", "TRUE"]}
_NO: Final = {"enum": [False, "false", "False", "FALSE"]}
_QUOTED: Final = {"integer": r"^[+-]?[0-9]+$", "number": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"}
"""Kind of number to how it is written in quotes, where the loader takes it too; its bounds hold without them."""
_DOES_ONE_THING: Final[dict[str, Any]] = {
    "oneOf": [
        {
            "anyOf": [
                *({"required": [key]} for key in ("say", "means", "press")),
                {"required": ["words"], "properties": {"words": {"pattern": r"\S"}}},
                {"required": ["hang_up"], "properties": {"hang_up": _YES}},
            ]
        },
        {"required": ["silence"], "properties": {"silence": _YES}},
    ]
}
_ASSERTS_AN_END: Final[dict[str, Any]] = {
    "oneOf": [{"required": ["disposition"]}, {"required": ["at_least"]}],
    "dependentSchemas": {"within_turns": {"required": ["red_flag"], "properties": {"red_flag": _YES}}},
    "not": {"required": ["red_flag", "paged"], "properties": {"red_flag": _YES, "paged": _NO}},
}
_FAILS: Final[dict[str, Any]] = {"required": ["failed"], "properties": {"failed": _YES}}
_COMES_TO_ONE_END: Final[dict[str, Any]] = {
    "not": {
        "anyOf": [
            {"required": ["acknowledged_after", "exhausted_after"]},
            *({"required": [key], "allOf": [_FAILS]} for key in ("acknowledged_after", "exhausted_after")),
        ]
    }
}
_IS_ONE_THING: Final[dict[str, Any]] = {
    "oneOf": [{"required": [key]} for key in ("state", "result", "disposition", "page", "prompt")],
    "dependentRequired": {"category": ["result"], "says": ["prompt"]},
}
_LIMITS_TURNS: Final[dict[str, Any]] = {
    "anyOf": [
        {"required": ["at_most"]},
        {"required": ["at_least"], "properties": {"at_least": {"minimum": 1, "pattern": "[1-9]"}}},
    ]
}
"""What the validators of a part ask of its keys together; pydantic draws single keys alone."""


def script_schema() -> dict[str, Any]:
    """Return the schema of a call script."""
    schema = for_editors(ScriptEntry, "A call script", _SHORT)
    one = {"$ref": "#/$defs/AnswerEntry"}
    answers = schema["properties"]["answers"]
    answers["additionalProperties"] = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    parts = schema["$defs"]
    parts["AnswerEntry"] |= _DOES_ONE_THING
    parts["ExpectEntry"] |= _ASSERTS_AN_END
    parts["EventuallyEntry"] |= _IS_ONE_THING
    parts["_Turns"]["anyOf"][-1] |= _LIMITS_TURNS
    parts["_Escalation"] |= _COMES_TO_ONE_END
    parts["FailureKind"]["enum"] = [kind.value for kind in EXCUSABLE]  # it stands in known_failure alone
    number = parts["_Caller"]["properties"]["number"]
    number["type"] = ["string", "null"]
    number["pattern"] = r"^\+[1-9][0-9]{6,14}$"
    return cast("dict[str, Any]", _in_quotes_too(schema))


def _in_quotes_too(node: Any) -> Any:
    """Let numbers stand in quotes, as the loader does, which is told values without them."""
    if isinstance(node, list):
        return [_in_quotes_too(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _in_quotes_too(value) for key, value in node.items()}
    kind = made.get("type")
    if isinstance(kind, str) and kind in _QUOTED:
        made |= {"type": [kind, "string"], "pattern": _QUOTED[kind]}
    return made
