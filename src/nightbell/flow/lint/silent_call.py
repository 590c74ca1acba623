"""NB337: a silent call that is not ended safely. When a call is silent, the engine knows."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Path, edges
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import names_emergency, text_of
from nightbell.flow.model import End
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    state = flow.state(flow.silent)
    here: Path = ("states", state.name)
    if not isinstance(state, End) or not state.disposition.at_least(Disposition.DU):
        place = subject.places.of("roles", "silent", value=True)
        hint = "lead it to an end with disposition: DU"
        yield Finding(place, RULE.code, f"a silent call is led to {state.name!r}, which is no end of DU", hint)
        return
    for edge in edges(subject):
        if edge.end == state.name:
            message = (
                f"{edge.start!r} leads to the silent call, where nobody is paged; who comes from there has spoken"
            )
            hint = (
                f"lead it to {flow.person!r}, the role person: only a call that never spoke or pressed is silent"
            )
            yield Finding(subject.places.of(*edge.path, value=True), RULE.code, message, hint)
    if not state.promise:
        place = subject.places.of(*here)
        hint = "write promise: true, and say that the clinic will ring this telephone back"
        yield Finding(place, RULE.code, "a silent call is not promised to be rung back", hint)
    spare = state.say_without_promise
    said = [("say", state.say), *([("say_without_promise", spare)] if spare else [])]
    for key, prompt in said:
        languages = (flow.languages[0], *(language for language, _ in prompt.others))
        twice = all(names_emergency(flow, text_of(prompt, language)) > 1 for language in languages)
        if not twice or not prompt.must_hear:
            place = subject.places.of(*here, key, value=True)
            hint = "say the signs and {{ emergency_spoken }}, say both again, and write must_hear: true"
            yield Finding(place, RULE.code, "a silent call does not hear the emergency words twice, uncut", hint)


RULE = Rule(
    code="NB337",
    about=Code(
        "The silent call",
        "Somebody who cannot speak may be choking. They hear the emergency words twice and are rung back once. "
        "Only a call in which nothing was said or pressed is silent: no state leads there by itself.",
    ),
    source="DESIGN 4.4",
    find=_find,
)
