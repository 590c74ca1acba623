"""NB341: emergency words that are not over twelve seconds after answering, whatever is said before them."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.timed import OPENING_MS, Timed, openings, total_ms

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    worst: dict[str, tuple[int, Timed]] = {}
    for way in openings(subject.flow):
        ms = total_ms(way.prompts, subject.lengths)
        if way.state.name not in worst or ms > worst[way.state.name][0]:
            worst[way.state.name] = (ms, way)
    for ms, way in worst.values():
        yield from _hold(subject, way, ms)


def _hold(subject: Subject, way: Timed, ms: int) -> Iterator[Finding]:
    place = subject.places.of("states", way.state.name)
    if ms > OPENING_MS:
        sure = all(prompt.name in subject.lengths for prompt in way.prompts)
        after = f"{ms / 1000:.1f} s" if sure else f"about {ms / 1000:.0f} s"
        before = " and what stands before them" if len(way.prompts) > 1 else ""
        hint = f"shorten them{before}: they are over within {OPENING_MS // 1000} s, before any notice"
        yield Finding(place, RULE.code, f"the emergency words are over {after} after answering", hint)


RULE = Rule(
    code="NB341",
    about=Code(
        "Emergency words that come too late",
        "Within twelve seconds of answering a caller has heard which signs are an emergency and which number to "
        "dial. Nothing that is said before them is worth those seconds: no notice, no opening hours, no welcome "
        "beyond the clinic's name. The words are must_hear and name the clinic's own emergency number.",
    ),
    source="DESIGN 4.1; clinical R1",
    find=_find,
)
