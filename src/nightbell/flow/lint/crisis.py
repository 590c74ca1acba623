"""NB314: a crisis whose words are missing: the crisis number twice, and no hanging up.

The person is rung as for D1 by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Path, edges, walked
from nightbell.flow.lint.numbers import is_help, runs
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import spoken
from nightbell.flow.model import End, Flow, Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE", "crisis_numbers"]


def crisis_numbers(flow: Flow, text: str) -> int:
    """Return how often a text says a number of help that is not the clinic's emergency number."""
    emergency = "".join(sign for sign in flow.clinic.emergency if sign.isdigit())
    found = [run.digits for run in runs(text) if is_help(run.digits)]
    return sum(digits.replace(emergency, "") != "" for digits in found)


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    found = edges(subject)
    said: dict[str, int] = {}
    for text in spoken(subject):
        if text.state is not None and text.path[-1] in {"say", "offer"} and text.language == flow.languages[0]:
            said[text.state.name] = said.get(text.state.name, 0) + crisis_numbers(flow, text.text)
    for what, target, path in _crises(flow):
        met = list(walked(subject, target, found))
        ends = [state.name for state in met if isinstance(state, End)]
        place = subject.places.of(*path, value=True)
        if sum(said.get(state.name, 0) for state in met) < 2:
            message = f"{what} is a crisis (DM), and the crisis number is not said twice"
            hint = "lead it to a prompt that says the crisis line's number twice, out of facts: in clinic.yaml"
            yield Finding(place, RULE.code, message, hint)
        if ends:
            message = f"{what} is a crisis (DM), and {ends[0]!r} hangs up on it"
            yield Finding(place, RULE.code, message, "lead it to an escalation; the line never hangs up first")


def _crises(flow: Flow) -> Iterator[tuple[str, str, Path]]:
    for universal in flow.universals:
        if universal.floor == Disposition.DM and universal.next != "same":
            yield f"{universal.name!r}", universal.next, ("universals", universal.name, "next")
    for state in flow.states:
        if isinstance(state, Screen) and any(question.yes == Disposition.DM for question in state.questions):
            yield f"a yes in {state.name!r}", state.any_yes, ("states", state.name, "any_yes")


RULE = Rule(
    code="NB314",
    about=Code(
        "A crisis without its words",
        "Somebody who may harm themselves hears the number of a crisis line twice and is connected to a person. "
        "The line never hangs up first.",
    ),
    source="DESIGN 4.14; clinical row 25",
    find=_find,
)
