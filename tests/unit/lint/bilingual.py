"""The sound flow in two languages: every text wrapped as ``text:`` and ``in:``, for the rules on languages."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from tests.unit.lint.sound import FILES, FLOW

from nightbell.flow.lint.rule import Subject
from nightbell.flow.reading.reader import read_with_places

Instead: TypeAlias = Mapping[tuple[str, ...], str]
_SPOKEN: Final = frozenset({"ask", "confirm", "keys_only", "mistake", "offer", "say", "say_without_promise"})
_LISTS: Final = frozenset({"noinput", "nomatch"})


def bilingual(*missing: tuple[str, ...], instead: Mapping[tuple[str, ...], str] | None = None) -> Subject:
    """Load the sound flow in English and Welsh.

    Args:
        missing: paths of keys from the top, such as ``("states", "hold", "say")``, that have no Welsh.
        instead: path to other Welsh words; the English ones stand in everywhere else.
    """
    yaml = YAML()
    yaml.width = 4096
    tree = yaml.load(FILES[FLOW])
    tree["languages"] = ["en", "cy"]
    _wrap(tree, (), set(missing), instead or {})
    text = StringIO()
    yaml.dump(tree, text)
    loaded = read_with_places({**FILES, FLOW: text.getvalue()}, "jetty")
    return Subject(flow=loaded.flow, places=loaded.places)


def _wrap(node: Any, path: tuple[str, ...], missing: set[tuple[str, ...]], instead: Instead) -> None:
    for key, value in node.items() if isinstance(node, dict) else ():
        here = (*path, key)
        if key in _SPOKEN:
            node[key] = _both(value, here, missing, instead)
        elif key in _LISTS:
            node[key] = [_both(item, here, missing, instead) for item in value]
        else:
            _wrap(value, here, missing, instead)


def _both(value: Any, path: tuple[str, ...], missing: set[tuple[str, ...]], instead: Instead) -> Any:
    whole = dict(value) if isinstance(value, dict) else {"text": value}
    welsh = instead.get(path, whole["text"])
    return whole if path in missing else {**whole, "in": {"cy": welsh}}
