"""The kinds of states that the flow language knows."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from nightbell.flow.reading.states import (
    branch,
    collect,
    confirm,
    deflect,
    end,
    escalate,
    menu,
    notify,
    prompt,
    record,
    schedule,
    screen,
    transfer,
)
from nightbell.flow.reading.states.kind import Kind

__all__ = ["KINDS"]

_MODULES: Final = (
    prompt, menu, screen, collect, confirm, branch, schedule, record, notify, transfer, escalate,
    deflect, end,
)  # fmt: skip

KINDS: Final = MappingProxyType[str, Kind[Any]]({module.KIND.name: module.KIND for module in _MODULES})
"""Name to kind, in the order of the documentation."""
