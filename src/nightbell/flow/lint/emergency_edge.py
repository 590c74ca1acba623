"""NB310: an emergency that does not lead to the emergency words. That every state hears it, the proof shows."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Path
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import emergency_words
from nightbell.flow.model import Flow, Screen, State
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    words = {state.name for state in flow.states if emergency_words(flow, state)}
    for what, target, path in _emergencies(flow):
        if target not in words:
            place = subject.places.of(*path, value=True)
            message = f"{what} leads to {target!r}, which does not say to dial {flow.clinic.emergency}, uncut"
            hint = (
                f"lead it to {flow.emergency!r}: must_hear: true, and hang up and dial {{{{ emergency_spoken }}}}"
            )
            yield Finding(place, RULE.code, message, hint)


def _emergencies(flow: Flow) -> Iterator[tuple[str, str, Path]]:
    """Yield everything that is an emergency, where it leads, and where that is written."""
    yield "the role emergency", flow.emergency, ("roles", "emergency")
    grave = {universal.name for universal in flow.universals if universal.floor == Disposition.D0}
    for universal in flow.universals:
        if universal.name in grave and universal.next != flow.emergency:
            yield f"{universal.name!r} (D0)", universal.next, ("universals", universal.name, "next")
    for state in flow.states:
        here: Path = ("states", state.name)
        if _can_be_d0(state) and isinstance(state, Screen) and state.emergency != flow.emergency:
            yield f"a D0 in {state.name!r}", state.emergency, (*here, "emergency")
        for outcome, target in state.routes:
            name = outcome.removeprefix("universal:")
            if outcome == "nine" or (name != outcome and name in grave):
                what = "key 9" if outcome == "nine" else f"{name!r} (D0)"
                yield f"{what} in {state.name!r}", target, (*here, "routes", outcome)


def _can_be_d0(state: State) -> bool:
    return isinstance(state, Screen) and any(question.yes == Disposition.D0 for question in state.questions)


RULE = Rule(
    code="NB310",
    about=Code(
        "An emergency without the emergency words",
        "Key 9, every phrase that means D0 and every D0 answer lead in one step to words that say, uncut, to "
        "hang up and dial the clinic's emergency number.",
    ),
    source="DESIGN 4.1; clinical R2, R34",
    find=_find,
)
