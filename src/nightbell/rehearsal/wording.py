"""Wording: what is wrong with a value in a file, in the words of whoever writes it, not of the checker's types.

It words one error of pydantic's; ``reading`` gives it its place and its code.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from nightbell.flow.reading.text import suggestion
from nightbell.rehearsal.fields import MEANING, NAME, NOISE

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["known_keys", "worded"]

_MAPPING: Final = "keys with their values belong here"
_LIST: Final = "a list belongs here"
_NUMBER: Final = "a number belongs here"
_PLAIN: Final = {
    "missing": "it is missing",
    "string_type": "text belongs here",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "dict_attributes_type": _MAPPING,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "int_parsing": "a whole number belongs here",
    "int_type": "a whole number belongs here",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than_equal": "at least {ge} belongs here",
    "greater_than": "more than {gt} belongs here",
    "less_than_equal": "{le} at most belongs here",
    "less_than": "less than {lt} belongs here",
    "literal_error": "one of {expected} belongs here",
    "enum": "one of {expected} belongs here",
    "string_too_short": "nothing is written here",
    "string_too_long": "more than {max_length} characters",
    "too_short": "at least {min_length} belongs here",
    "date_parsing": "a day belongs here, such as 2026-12-31",
    "date_from_datetime_parsing": "a day belongs here, such as 2026-12-31",
    "date_type": "a day belongs here, such as 2026-12-31",
}
"""Kind of error to what is said of it; a kind that is not here keeps pydantic's words."""
_FITS: Final = {
    NAME: "a name of letters, digits, - and _ belongs here",
    NOISE: "a name of small letters, digits, - and _ belongs here",
    MEANING: "a name of small letters, digits and _ belongs here",
}
_SHOWN: Final = 40
"""Of a value, so many characters."""


def worded(error: ErrorDetails, keys: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong, and what to do; "" where nothing can be advised.

    Args:
        error: as pydantic has it.
        keys: those that may stand where a key stands that is not known.
    """
    kind, value = error["type"], error.get("input")
    context = {
        name: f"{each:g}" if isinstance(each, float) else each for name, each in error.get("ctx", {}).items()
    }
    if kind == "extra_forbidden":
        wrong = str(error["loc"][-1])
        return f"there is no {wrong!r} here", suggestion(
            wrong, tuple(keys), f"there are: {', '.join(sorted(keys))}"
        )
    if kind == "string_pattern_mismatch" and context.get("pattern") in _FITS:
        told = _FITS[context["pattern"]]
    elif kind in _PLAIN:
        told = _PLAIN[kind].format_map(context)
    else:
        return f"{error['msg'][0].lower()}{error['msg'][1:]}", ""
    if kind in {"missing", "string_too_long"}:  # too long to be shown, and may be what a caller says
        return told, ""
    return f"{_shown(value)}{told}", ""


def known_keys(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """Return the keys that a model knows where a path leads to; none where it leads to no keys of its own."""
    at: list[Any] = [model]
    for step in path:
        at = [inside for one in at for inside in _inside(one, step)]
    return tuple(dict.fromkeys(key for one in at if _is_model(one) for key in one.model_fields))


def _inside(kind: Any, step: str | int) -> list[Any]:
    if _is_model(kind):
        return _options(kind.model_fields[step].annotation) if step in kind.model_fields else []
    origin, inner = get_origin(kind), get_args(kind)
    if not inner:
        return []
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _options(inner[1])
    return _options(inner[0]) if isinstance(step, int) else []


def _options(kind: Any) -> list[Any]:
    """Return what a type may be, without what only adds to it."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _options(get_args(kind)[0])
    if origin in {Union, types.UnionType}:
        return [each for one in get_args(kind) for each in _options(one)]
    return [kind]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing is written: "
    if isinstance(value, str):
        return f"{value if len(value) <= _SHOWN else value[:_SHOWN] + '...'!r}: "
    return ""
