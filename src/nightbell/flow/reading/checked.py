"""Checked: a node against its schema - the value, or every fault at its place in plain words.

Pydantic finds the faults; this module finds the place of each in the file and says it so that an owner who has
never heard of pydantic knows what to do.
"""

from __future__ import annotations

from collections.abc import Sequence as AnySequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.node import Mapping, Node, Scalar, plain, walk
from nightbell.flow.reading.names import Names

__all__ = ["Faults", "check"]

Schema = TypeVar("Schema", bound=BaseModel)

ROUTES: Final = frozenset(
    {"next", "unclear", "exhausted", "otherwise", "failed", "ok", "empty", "any_yes", "all_no", "acknowledged"}
    | {"yes", "no", "open", "closed", "holiday", "answered", "busy", "no_answer"}
)
"""Keys that lead to a state: a missing one is an outcome that leads nowhere."""


@dataclass
class Faults:
    """Collects faults; nothing stops at the first."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Note a fault."""
        self.found.append(Diagnostic(place, code, message, hint))

    def warn(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Note what is worth a look and stops nothing."""
        self.found.append(Diagnostic(place, code, message, hint, "warning"))


def check(
    schema: type[Schema], node: Node, names: Names, faults: Faults, *, owner: Scalar | None
) -> Schema | None:
    """Validate a node.

    Args:
        schema: what is wanted.
        node: what stands in the file.
        names: what the files define.
        faults: takes every fault.
        owner: the key over the node, where what is missing is reported.

    Returns:
        The value; None when there was a fault.
    """
    try:
        return schema.model_validate(plain(node), context=names)
    except ValidationError as error:
        found = error.errors(include_url=False)
        for detail in found:
            if not _follows(detail, found):
                _note(schema, node, detail, faults, owner)
    return None


def _follows(detail: ErrorDetails, found: AnySequence[ErrorDetails]) -> bool:
    """Tell whether a list is only short of what was faulty in it: pydantic counts the sound ones."""
    here = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(here) and other["loc"][: len(here)] == here for other in found
    )


def _note(schema: type[BaseModel], node: Node, detail: ErrorDetails, faults: Faults, owner: Scalar | None) -> None:
    path = [step for step in detail["loc"] if step != "[key]"]
    steps = list(walk(node, path))
    key, found = steps[-1]
    key = key or (owner if len(steps) == 1 else None)
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind.startswith("NB"):
        place = found.place
        if key is not None and "[key]" in detail["loc"]:
            place = key.place
        elif isinstance(found, Scalar) and (context["offset"] or found.source[:1] in {">", "|"}):
            place = found.at(int(context["offset"]))
        faults.add(place, kind, str(context["message"]), str(context["hint"]))
    elif kind == "missing":
        name = str(path[-1])
        code = "NB138" if name in ROUTES else "NB122"
        hint = f"add {name}: and the state it leads to" if name in ROUTES else f"add {name}: below it"
        faults.add(key.place if key else found.place, code, f"{_owner(key)}has no {name!r}", hint)
    elif kind == "extra_forbidden":
        if path[-1] == "<<":
            place = key.place if key else found.place
            hint = "write the entries out, or put them into a fragment"
            faults.add(place, "NB121", "merge keys are not known here", hint)
            return
        known = _keys_at(schema, path[:-1])
        before, colon, after = str(path[-1]).partition(":")
        near = get_close_matches(str(path[-1]), known, n=1)
        if colon and before in known:
            near = [f"{before}: {after}"]
        hint = f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(known)
        faults.add(key.place if key else found.place, "NB121", f"{path[-1]!r} is not known here", hint)
    elif isinstance(found, Scalar) and found.plain and not found.text:
        faults.add(
            key.place if key else found.place, "NB128", f"{_owner(key)}has no value", "write a value after it"
        )
    elif kind == "model_type" and not isinstance(found, Mapping) and _is_text(schema, path):
        faults.add(
            found.place, "NB123", f"{_owner(key)}must be text", "write text, or text: and its options below it"
        )
    else:
        code, message, hint = _plainly(kind, context, detail["msg"], timed=_is_timed(found))
        place = key.place if key and "[key]" in detail["loc"] else found.place
        faults.add(place, code, _owner(key) + message, hint)


def _owner(key: Scalar | None) -> str:
    return f"{key.text!r} " if key else "the entry "


def _is_text(schema: type[BaseModel], path: AnySequence[str | int]) -> bool:
    """Tell whether the schema takes text there, in place of a mapping with ``text``."""
    return "text" in _keys_at(schema, path)


def _is_timed(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text[:1].isdigit() and node.text[-1:].isalpha()


def _plainly(kind: str, context: dict[str, Any], message: str, *, timed: bool) -> tuple[str, str, str]:
    """Return code, message and hint for one of pydantic's own faults; limits of a time are milliseconds."""
    if kind in {"literal_error", "enum"}:
        return "NB124", "is not one of those allowed", f"allowed: {context.get('expected', '')}"
    shapes = {"dict_type": "a mapping", "model_type": "a mapping", "tuple_type": "a list", "list_type": "a list"}
    wanted = shapes.get(kind) or ("text" if kind == "string_type" else "")
    if wanted:
        return (
            "NB123",
            f"must be {wanted}",
            "a list is [one, two]" if wanted == "a list" else f"write {wanted} here",
        )
    if kind in {"int_parsing", "float_parsing", "int_from_float"}:
        return "NB124", "must be a number", "digits, such as 2 or 0.5"
    if kind in {"too_short", "string_too_short"}:
        return (
            "NB128",
            "is empty",
            f"write at least {context.get('min_length', 1)} here, or leave the key out where it may be",
        )
    limits = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
    if kind in limits:
        name, words = limits[kind]
        return "NB124", "is out of range", f"{words} {_spelled(context[name]) if timed else context[name]}"
    return (
        "NB124",
        f"is not allowed ({message[:1].lower()}{message[1:]})",
        "docs/flow-language.md lists what keys take",
    )


def _spelled(ms: float) -> str:
    """Return a time as a file spells it."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if ms % size == 0:
            return f"{ms // size:g}{unit}"
    return f"{ms:g}ms"


def _keys_at(schema: type[BaseModel], path: AnySequence[str | int]) -> list[str]:
    """Return the keys that the schema knows at that path."""
    here: Any = schema
    for step in path:
        model = _model_in(here)
        field = _fields(model).get(str(step)) if model is not None else None
        if field is not None:
            here = field.annotation
        else:
            here = next((inner for inner in reversed(get_args(here)) if _model_in(inner) is not None), None)
    model = _model_in(here)
    return list(_fields(model)) if model is not None else []


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return a schema's fields by the names that files use."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the first schema inside an annotation such as ``dict[str, Choice] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        model = _model_in(inner)
        if model is not None:
            return model
    return None
