"""Condition: whether a branch's case holds. A closed set of tests over what a call knows; no text is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from nightbell.call.memory import Memory
from nightbell.flow.model import Case, Flow
from nightbell.terms.disposition import Disposition

__all__ = ["holds"]


def holds(case: Case, memory: Memory, flow: Flow) -> bool:
    """Tell whether a case holds; what is not known holds nowhere."""
    if case.of == "floor":
        floor = memory.floor
        if case.test == "at_least":
            return floor is not None and floor.at_least(Disposition(case.value[0]))
        return floor is not None and floor.value in case.value
    known = _KNOWN[case.of](case, memory, flow)
    if case.test == "at_least":
        return known.isdigit() and int(known) >= int(case.value[0])
    return bool(known) and known in case.value


def _callback_number(case: Case, memory: Memory, flow: Flow) -> str:
    del case, flow
    return "known" if memory.callback_number or memory.caller else "unknown"


_KNOWN: Final[Mapping[str, Callable[[Case, Memory, Flow], str]]] = {
    "contacts_96h": lambda _case, memory, _flow: str(memory.contacts_96h),
    "filler_contacts_96h": lambda _case, memory, _flow: str(memory.filler_contacts_96h),
    "silent_96h": lambda _case, memory, _flow: str(memory.silent_96h),
    "treated_14d": lambda _case, memory, _flow: memory.treated_14d,
    "filler_14d": lambda _case, memory, _flow: memory.filler_14d,
    "recording": lambda _case, memory, _flow: memory.recording,
    "callback_number": _callback_number,
    "hours": lambda _case, memory, _flow: memory.hours,
    "language": lambda _case, memory, flow: memory.language or flow.languages[0],
    "cover": lambda _case, _memory, flow: flow.clinic.cover,
    "result": lambda case, memory, _flow: memory.results.get(case.name, ""),
    "count": lambda case, memory, _flow: str(memory.counts.get(case.name, 0)),
}
"""What each condition looks at; a result that nobody has given yet is "", which is no category."""
