"""Reading: a YAML file against the schema of what it holds; every fault of it with line and column.

It knows no script and no caller: ``rehearsal.load`` and ``rehearsal.callers.load`` say what the files are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.node import Mapping, plain, walk
from nightbell.document.reader import read
from nightbell.rehearsal.wording import known_keys, worded

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Entry", "fault_at", "read_entry"]

_KINDS: Final = {"missing": "NB122", "extra_forbidden": "NB121"}
_TYPES: Final = ("string_type", "dict_type", "tuple_type", "list_type", "model_type", "dict_attributes_type")

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Entry(Generic[_Model]):
    """A file as far as it could be read."""

    value: _Model | None
    """None where it does not fit its schema."""
    tree: Mapping | None
    """Where everything stands; None where it is not YAML."""
    faults: tuple[Diagnostic, ...]


def read_entry(path: Path, model: type[_Model]) -> Entry[_Model]:
    """Read one file; its faults are returned, not raised."""
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Entry(None, None, (Diagnostic(Place(file), "NB120", f"cannot be read: {error}", "UTF-8 text"),))
    tree, faults = read(text, file)
    if tree is None:
        return Entry(None, None, tuple(faults))
    try:
        value = model.model_validate(plain(tree))
    except ValidationError as error:
        return Entry(None, tree, (*faults, *_placed(error, tree, model)))
    return Entry(value, tree, tuple(faults))


def fault_at(tree: Mapping, where: Sequence[str | int], code: str, message: str, hint: str = "") -> Diagnostic:
    """Return a fault at the key or the value that a path of keys leads to, as far as it goes."""
    key, node = list(walk(tree, where))[-1]
    return Diagnostic(key.place if key is not None else node.place, code, message, hint)


def _placed(error: ValidationError, tree: Mapping, model: type[BaseModel]) -> Iterable[Diagnostic]:
    for fault in error.errors():
        path = [step for step in fault["loc"] if not (isinstance(step, str) and step.startswith("function-"))]
        code = fault["type"] if fault["type"].startswith("NB") else _KINDS.get(fault["type"])
        code = code or ("NB123" if fault["type"] in _TYPES else "NB124")
        written = [step for step in path if not _is_lone(tree, path, step)]
        key, node = list(walk(tree, written))[-1]
        if code == fault["type"]:
            yield Diagnostic(node.place, code, fault["msg"], str(fault.get("ctx", {}).get("hint", "")))
            continue
        extra = fault["type"] == "extra_forbidden"
        where = ".".join(str(step) for step in (written[:-1] if extra else written))
        message, hint = worded(fault, known_keys(model, path[:-1]) if extra else ())
        place = key.place if key is not None and extra else node.place
        yield Diagnostic(place, code, f"{where}: {message}" if where else message, hint)


def _is_lone(tree: Mapping, path: Sequence[str | int], step: str | int) -> bool:
    """Tell whether a step is the index that was added to a single answer."""
    return isinstance(step, int) and len(list(walk(tree, path[: path.index(step) + 1]))) <= path.index(step) + 1
