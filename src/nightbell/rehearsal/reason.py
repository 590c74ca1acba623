"""Reason: why a person is woken, in one breath, in words that a clinic's owner uses. It holds no number to ring.

What a clinician must know before the second sentence: how urgent, what was said or answered, which question asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nightbell.flow.model import Screen, Words
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from nightbell.call.effects import Escalate
    from nightbell.flow.model import Flow

__all__ = ["reason_of", "urgency_of"]

_URGENCY: Final = {
    Disposition.D0: "an emergency; the caller is told to dial {emergency}",
    Disposition.D1: "a caller needs a clinician now",
    Disposition.DM: "a caller in a crisis needs somebody now",
    Disposition.D2: "a caller needs a call back within 30 minutes",
    Disposition.DU: "a caller may need help, and it is not clear with what",
}
_CAUSES: Final = {
    "key_9": "pressed nine, the emergency key",
    "key_0": "pressed zero for a person",
    "mistake": "pressed nine, the emergency key",
    "silent": "says nothing, and has rung in silence before",
    "unheard": "could not be understood, twice",
    "dropped_again": "hung up early, and had done so before",
    "interrupted": "was cut off by a failure of this line",
    "failure": "was cut off by a failure of this line",
    "fault": "was cut off by a failure of this line",
}
_SHORTEST: Final = 80
"""Characters of what was said that are shown; the first breath of a long sentence is enough."""


def urgency_of(flow: Flow, effect: Escalate) -> str:
    """Return how urgent a page is, in words."""
    words = _URGENCY.get(effect.disposition, "a caller needs somebody")
    return words.format(emergency=flow.clinic.emergency)


def reason_of(flow: Flow, effect: Escalate, said: str) -> str:
    """Return what raised a page.

    Args:
        flow: the flow of the call.
        effect: the page.
        said: the caller's last words; "" for a key or nothing.
    """
    row = f" (triage row {effect.row})" if effect.row else ""
    return f"{_cause(flow, effect, said)}{row}"


def _cause(flow: Flow, effect: Escalate, said: str) -> str:
    name = effect.question
    if name in _CAUSES:
        return _CAUSES[name]
    asked = _question(flow, effect.state, name)
    if asked:
        answer = f'answered "{_short(said)}"' if said else "answered yes"
        return f"{answer} to: {asked}"
    universal = next((universal for universal in flow.universals if universal.name == name), None)
    if universal is not None:
        sign = name.replace("_", " ")
        return f'said "{_short(said)}": {sign}' if said else sign
    if effect.row == "7":
        return "rang with a worry before, within the last four days"
    if effect.state:
        return f'came to "{effect.state.replace("_", " ")}" without an answer that helps'
    return "needs somebody"


def _question(flow: Flow, state: str, question: str) -> str:
    for found in flow.states:
        if found.name == state and isinstance(found, Screen):
            for each in found.questions:
                if each.name == question:
                    return " ".join(part.text.strip() for part in each.ask.parts if isinstance(part, Words))
    return ""


def _short(said: str) -> str:
    return said if len(said) <= _SHORTEST else f"{said[:_SHORTEST].rsplit(' ', 1)[0]} ..."
