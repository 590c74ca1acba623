"""Laying out: a call script as YAML, in lines as a person would write them."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

__all__ = ["as_yaml"]


def as_yaml(script: dict[str, Any]) -> str:
    """Return the text of the file."""
    yaml = YAML()
    yaml.width = 110
    out = io.StringIO()
    yaml.dump(_laid_out(script), out)
    return out.getvalue()


def _laid_out(script: dict[str, Any]) -> CommentedMap:
    """Lay a script out as a person would: an answer, a list of states, a fake on one line each."""
    return CommentedMap(
        {
            key: _in_one_line(value)
            if key not in {"answers", "expect"}
            else CommentedMap({inner: _in_one_line(one) for inner, one in value.items()})
            for key, value in script.items()
        }
    )


def _in_one_line(value: Any) -> Any:
    if isinstance(value, dict):
        mapping = CommentedMap({key: _in_one_line(inner) for key, inner in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        listed = CommentedSeq([_in_one_line(inner) for inner in value])
        listed.fa.set_flow_style()
        return listed
    return value
