"""NB353: a clinic where nobody stands behind the one who is rung, and a D1 that is not told where else to turn."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Path, edges, walked
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import emergency_words
from nightbell.flow.model import Flow, Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    if flow.clinic.cover == "full":
        return
    found = edges(subject)
    for what, target, path in _needing_somebody(flow):
        if not any(emergency_words(flow, state) for state in walked(subject, target, found)):
            yield Finding(
                subject.places.of(*path, value=True),
                RULE.code,
                f"{what} leads to {target!r}, which does not say what to do if the one person does not answer",
                "with cover: solo, first a prompt with must_hear: true that says there is one clinician only, and "
                "to hang up and dial {{ emergency_spoken }} if it gets worse",
            )


def _needing_somebody(flow: Flow) -> Iterator[tuple[str, str, Path]]:
    """Yield what needs a clinician live, where it leads, and where that is written; a screen says its own."""
    screens = {state.name for state in flow.states if isinstance(state, Screen)}
    for universal in flow.universals:
        if universal.floor == Disposition.D1 and universal.next not in {*screens, "same"}:
            yield f"{universal.name!r} (D1)", universal.next, ("universals", universal.name, "next")
    for state in flow.states:
        if isinstance(state, Screen) and any(question.yes == Disposition.D1 for question in state.questions):
            yield f"a D1 in {state.name!r}", state.any_yes, ("states", state.name, "any_yes")


RULE = Rule(
    code="NB353",
    about=Code(
        "A solo clinic that does not say so",
        "Where clinic.yaml says cover: solo or none there is nobody to ring after the first. A caller who needs a "
        "clinician now hears that, and the emergency words, at once; the paging goes on all the same.",
    ),
    source="DESIGN 4.9",
    find=_find,
)
