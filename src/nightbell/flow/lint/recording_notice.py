"""NB339: a recording notice that cannot be declined. That it comes after the emergency words is NB309's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.numbers import runs
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, spoken
from nightbell.flow.model import Flow, PromptState

__all__ = ["RULE"]

_NOTICE: Final = re.compile(
    r"\b(?:calls?|we|this|line|is|are|be|being) (?:\w+ )?record(?:ed|ing)?\b", re.IGNORECASE
)
_KEY: Final = re.compile(r"\bpress (\w+)", re.IGNORECASE)


def _find(subject: Subject) -> Iterator[Finding]:
    declining = _declining_keys(subject.flow)
    for said in spoken(subject):
        state = said.state
        if not isinstance(state, PromptState) or not is_english(said.language):
            continue
        if not state.starts_recording and not _NOTICE.search(said.text):
            continue
        keys = {run.digits for named in _KEY.findall(said.text) for run in runs(named)}
        if not keys:
            hint = "say how: to say no to that, press five at any time"
            yield Finding(said.place(), RULE.code, "the notice does not say how to decline", hint)
        elif not keys & declining:
            hint = "add a universal with that key and next: same, such as decline_recording, or take its fragment"
            message = f"key {min(keys)} is offered to decline, and does nothing"
            yield Finding(said.place("press"), RULE.code, message, hint)


def _declining_keys(flow: Flow) -> set[str]:
    """Return the keys that mean the same everywhere and cost the caller nothing."""
    return {flag.key for flag in flow.universals if flag.key and flag.next == "same" and flag.floor is None}


RULE = Rule(
    code="NB339",
    about=Code(
        "A notice without a no",
        "Callers can decline to be recorded by a key, at any time, and lose nothing by it. The notice names the "
        "key, and the key works.",
    ),
    source="DESIGN 4.13; clinical R30",
    find=_find,
)
