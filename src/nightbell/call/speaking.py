"""Speaking: a prompt and what the call knows become segments for the voice."""

from __future__ import annotations

from nightbell.call.memory import Memory
from nightbell.flow.model import Clinic, Prompt, Slot, Words
from nightbell.terms.segment import Segment

__all__ = ["segments_of"]


def segments_of(prompt: Prompt, memory: Memory, clinic: Clinic) -> tuple[Segment, ...]:
    """Fill a prompt's slots in the call's language; a slot that nothing is known for is left out."""
    segments: list[Segment] = []
    parts = prompt.parts_in(memory.language) if memory.language else prompt.parts
    for part in parts:
        if isinstance(part, Words):
            segments.append(Segment("words", part.text))
            continue
        segment = _filled(part, memory, clinic)
        if segment is not None:
            segments.append(segment)
    return tuple(segments)


def _filled(slot: Slot, memory: Memory, clinic: Clinic) -> Segment | None:
    promise = memory.promise
    match slot.name:
        case "caller_number":
            return Segment("number", memory.caller) if memory.caller else None
        case "callback_number":
            number = memory.callback_number or memory.caller
            return Segment("number", number) if number else None
        case "promise_number":
            return Segment("number", promise.from_number if promise else clinic.number)
        case "promise_who":
            return Segment("words", promise.who) if promise else None
        case "promise_time":
            return Segment("time", promise.by_spoken) if promise else None
        case "heard":
            return Segment("words", memory.heard) if memory.heard else None
