"""Archive: a flow version as JSON and back, to keep it under its hash: a call stays on its own version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from nightbell.errors import FlowError
from nightbell.flow.model import Flow, Prompt

__all__ = ["flow_from_json", "flow_to_json", "prompts_of"]

_FLOWS: Final[TypeAdapter[Flow]] = TypeAdapter(Flow)


def flow_to_json(flow: Flow) -> str:
    """Write a flow version."""
    return _FLOWS.dump_json(flow).decode()


def flow_from_json(text: str) -> Flow:
    """Read a flow version.

    Raises:
        FlowError: it is none.
    """
    try:
        return _FLOWS.validate_json(text)
    except ValidationError as error:
        raise FlowError("a kept flow version does not read", hint="the records were damaged or edited") from error


def prompts_of(flow: Flow) -> tuple[Prompt, ...]:
    """Return every prompt of a flow once, in the order of the flow."""
    found: dict[str, Prompt] = {}
    for prompt in _walk(flow):
        found.setdefault(prompt.name, prompt)
    return tuple(found.values())


def _walk(value: Any) -> Iterator[Prompt]:
    if isinstance(value, Prompt):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _walk(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _walk(item)
