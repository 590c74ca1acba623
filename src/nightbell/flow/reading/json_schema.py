"""JSON Schema: what may stand in the files, for editors - drawn from the schemas that the reader itself uses.

An editor checks shapes, names and allowed values while somebody types, and shows what a key is for. It knows a
file's values as YAML types them: where the reader takes the text ``2``, an editor sees a number. What only the
whole flow can tell (that a state exists, that a phrase has one meaning) is left to ``nightbell check``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

from nightbell.flow.reading.clinic import ClinicSchema
from nightbell.flow.reading.dialog import DialogSchema, SubdialogSchema
from nightbell.flow.reading.fragments import OWN_ONLY
from nightbell.flow.reading.migrations.registry import VERSIONS
from nightbell.flow.reading.schema import FlowSchema
from nightbell.flow.reading.states.registry import KINDS

__all__ = ["clinic_schema", "flow_schema", "for_editors", "fragment_schema"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final[dict[str, Any]] = {"type": ["string", "number", "boolean"]}
"""Text: without quotes, an editor takes 3 and true for something else than the reader does."""
_SHORT: Final[dict[str, Any]] = {
    "SaySchema": _TEXT,
    "DigitsSchema": {"type": "integer", "minimum": 1, "maximum": 20},
}
"""Schema to the short form that may stand in its place."""
_NAMES: Final = "^[a-z][a-z0-9_]{0,63}$"
_DISPOSITIONS: Final = (
    "D0 emergency services now, D1 clinician now, D2 call-back within 30 minutes, D3 within 4 hours, "
    "D4 next working day, D5 administration, DM mental-health crisis, DU unclassified."
)
_NOISE: Final = frozenset({"title", "default", "discriminator", "ge", "le", "gt", "lt"})
_STATE: Final = "State"


class _Quiet(GenerateJsonSchema):
    """Makes no fuss about defaults that JSON cannot say: they are left out."""

    ignored_warning_kinds = frozenset({"non-serializable-default", "skipped-choice"})  # type: ignore[assignment]

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return super().generate(schema, mode)


def flow_schema() -> dict[str, Any]:
    """Return the schema of flow.yaml."""
    schema = _with_states(FlowSchema, "A clinic's flow")
    schema["required"] = ["spec", "clinic", "starts_at"]  # the rest may come from fragments
    return schema


def fragment_schema() -> dict[str, Any]:
    """Return the schema of a fragment: what a flow has, of which nothing must be there."""
    schema = _with_states(FlowSchema, "A fragment of flows")
    for own in OWN_ONLY:
        del schema["properties"][own]
    del schema["required"]
    return schema


def clinic_schema() -> dict[str, Any]:
    """Return the schema of clinic.yaml."""
    return for_editors(ClinicSchema, "A clinic's facts")


def for_editors(model: type[BaseModel], title: str, short: Mapping[str, Any] = _SHORT) -> dict[str, Any]:
    """Return a model's schema as an editor needs it.

    Args:
        model: the schema that a reader uses.
        title: what the file is.
        short: name of a model in it to the short form that may stand in its place.
    """
    made = model.model_json_schema(schema_generator=_Quiet)
    parts = {name: _mended(part) for name, part in made.pop("$defs", {}).items()}
    for name, form in short.items():
        if name in parts:
            parts[name] = {"anyOf": [form, parts[name]]}
    if "Disposition" in parts:
        parts["Disposition"] = {"enum": parts["Disposition"]["enum"], "description": _DISPOSITIONS}
    whole = {"$schema": _DIALECT, "title": title, **_mended(made)}
    return whole | {"$defs": dict(sorted(parts.items()))} if parts else whole


def _with_states(model: type[BaseModel], title: str) -> dict[str, Any]:
    """Add the states, each told apart by its kind; a dialog's lead to its returns too."""
    schema = for_editors(model, title)
    schema["properties"]["spec"] |= {"enum": [*VERSIONS, *(float(version) for version in VERSIONS)]}
    parts = schema.setdefault("$defs", {})
    kinds: dict[str, type[BaseModel]] = {name: kind.schema for name, kind in KINDS.items()}
    kinds["subdialog"] = SubdialogSchema
    for name, kind in kinds.items():
        one = for_editors(kind, f"A state of kind {name}")
        parts |= one.pop("$defs", {})
        one.pop("$schema")
        one["required"] = sorted({*one.get("required", ()), "kind"})
        parts[_of_kind(name)] = one
    dialog = for_editors(DialogSchema, "A dialog")
    parts |= dialog.pop("$defs", {})
    dialog.pop("$schema")
    parts["Dialog"] = dialog
    parts[_STATE] = {
        "type": "object",
        "description": "A state of the call; its kind says which keys it has.",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(kinds), "description": _kinds()}},
        "oneOf": [{"$ref": f"#/$defs/{_of_kind(name)}"} for name in kinds],
    }
    states = {
        "type": "object",
        "propertyNames": {"pattern": _NAMES},
        "additionalProperties": _ref(_STATE),
        "minProperties": 1,
    }
    for holder in (schema, dialog):
        about = holder["properties"]["states"].get("description", "")
        holder["properties"]["states"] = {**states, "description": about}
    schema["properties"]["dialogs"] |= {
        "propertyNames": {"pattern": _NAMES},
        "additionalProperties": _ref("Dialog"),
    }
    schema["properties"]["universals"] |= {"propertyNames": {"pattern": _NAMES}}
    schema["$defs"] = dict(sorted(parts.items()))
    return schema


def _kinds() -> str:
    """Return what each kind is for, in the words of its module."""
    told = [f"{name}: {_first_line(kind.schema)}" for name, kind in KINDS.items()]
    return "\n".join([*told, f"subdialog: {_first_line(SubdialogSchema)}"])


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").partition("\n")[0]


def _of_kind(name: str) -> str:
    return f"StateOfKind{name.title().replace('_', '')}"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _mended(node: Any) -> Any:
    """Return a part of pydantic's schema as it holds for YAML that somebody types."""
    if isinstance(node, list):
        return [_mended(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "anyOf" in node:
        node = _without_null(node)
    kept = {key: value for key, value in node.items() if key not in _NOISE}
    for word, bound in (("minimum", "ge"), ("maximum", "le")):
        if bound in node and node.get("type") in {"integer", "number"}:
            kept[word] = node[bound]
    if kept.get("type") == "string" and not {"pattern", "enum", "const", "format"} & kept.keys():
        kept |= _TEXT
    if "description" in kept and isinstance(kept["description"], str):
        kept["description"] = _plain(kept["description"])
    return {
        key: {name: _mended(value) for name, value in part.items()} if key == "properties" else _mended(part)
        for key, part in kept.items()
    }


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """Leave null out: a key that stands there has a value."""
    options = [option for option in node["anyOf"] if option != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("``", "")).strip()
