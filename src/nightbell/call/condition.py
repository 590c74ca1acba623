"""Condition: whether a branch's case holds. A closed set of tests over what a call knows; no text is evaluated."""

from __future__ import annotations

from nightbell.call.memory import Memory
from nightbell.flow.model import Case
from nightbell.terms.disposition import Disposition

__all__ = ["holds"]


def holds(case: Case, memory: Memory) -> bool:
    """Tell whether a case holds; what is not known holds nowhere."""
    if case.of == "floor":
        floor = memory.floor
        if case.test == "at_least":
            return floor is not None and floor.at_least(Disposition(case.value[0]))
        return floor is not None and floor.value in case.value
    known = {
        "contacts_96h": str(memory.contacts_96h),
        "silent_96h": str(memory.silent_96h),
        "treated_14d": memory.treated_14d,
        "recording": memory.recording,
        "callback_number": "known" if memory.callback_number or memory.caller else "unknown",
        "hours": memory.hours,
    }[case.of]
    if case.test == "at_least":
        return known.isdigit() and int(known) >= int(case.value[0])
    return known in case.value
