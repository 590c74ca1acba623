"""NB307: a red flag that leads straight to an end less urgent than itself.

What a call remembers over questions is the proof's (e).
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Edge, Path, edges, ways
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch, Case, End, Flow, NotifyState, PromptState, Schedule, Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    for what, floor, target, path in _flags(subject.flow):
        for end in _ends(subject, target, floor, found):
            if floor.rank > end.disposition.rank:
                place = subject.places.of(*path, value=True)
                message = f"{what} is {floor}, and leads to {end.name!r}, which says {end.disposition}"
                hint = "nothing lowers a red flag: lead it to the emergency words, a person, or an end as urgent"
                yield Finding(place, RULE.code, message, hint)
    yield from _lower_cases(subject)


def _flags(flow: Flow) -> Iterator[tuple[str, Disposition, str, Path]]:
    """Yield each red flag that is written down: its name, its floor, where it leads, and the path of that."""
    for universal in flow.universals:
        if universal.floor and universal.next != "same":
            yield (
                f"{universal.name!r}",
                universal.floor,
                universal.next,
                ("universals", universal.name, "next"),
            )
    for state in flow.states:
        here: Path = ("states", state.name)
        if isinstance(state, Screen):
            below_d0 = [question.yes for question in state.questions if question.yes != "D0"]
            if below_d0:
                least = min(below_d0, key=lambda yes: yes.rank)
                yield f"a yes in {state.name!r}", least, state.any_yes, (*here, "any_yes")
            if len(below_d0) < len(state.questions):
                yield f"a D0 in {state.name!r}", Disposition.D0, state.emergency, (*here, "emergency")
        if isinstance(state, Branch):
            for number, case in enumerate(state.cases):
                floor = case.floor or _tested(case)
                if floor:
                    yield f"this case of {state.name!r}", floor, case.next, (*here, "cases", number, "next")


def _lower_cases(subject: Subject) -> Iterator[Finding]:
    """Find cases that test a floor and set a lower one."""
    for state in subject.flow.states:
        for number, case in enumerate(state.cases if isinstance(state, Branch) else ()):
            tested = _tested(case)
            if tested and case.floor and case.floor.rank < tested.rank:
                place = subject.places.of("states", state.name, "cases", number, "floor", value=True)
                message = f"{case.floor} is less than the {tested} that is there already"
                yield Finding(place, RULE.code, message, "a floor only rises; leave the line out")


def _tested(case: Case) -> Disposition | None:
    """Return the most urgent floor that a case on the floor names; what lies above ``at_least`` is the proof's."""
    if case.of != "floor":
        return None
    return max((Disposition(value) for value in case.value), key=lambda floor: floor.rank)


def _ends(subject: Subject, start: str, floor: Disposition, found: tuple[Edge, ...]) -> Iterator[End]:
    """Yield the ends that are reached without anything being asked, with at least this floor."""
    table = ways(found)
    states = {state.name: state for state in subject.flow.states}
    waiting, seen = [start], {start}
    while waiting:
        state = states[waiting.pop(0)]
        if isinstance(state, End):
            yield state
        following: list[str] = []
        if isinstance(state, Branch) and any(case.of == "floor" for case in state.cases):
            following = _taken(state, floor)
        elif isinstance(state, PromptState | Branch | Schedule | NotifyState):
            following = [edge.end for edge in table.get(state.name, ()) if edge.by in {"call", "world"}]
        for name in following:
            if name not in seen:
                seen.add(name)
                waiting.append(name)


def _taken(branch: Branch, floor: Disposition) -> list[str]:
    """Return the targets that a call with this floor or a higher one can take."""
    left = {other for other in Disposition if other.at_least(floor)}
    targets: list[str] = []
    for case in branch.cases:
        if case.of != "floor":
            targets.append(case.next)
            continue
        values = {Disposition(value) for value in case.value}
        holds = {
            other
            for other in left
            if (any(other.at_least(value) for value in values) if case.test == "at_least" else other in values)
        }
        if holds:
            targets.append(case.next)
        left -= holds
    return [*targets, branch.otherwise] if left else targets


RULE = Rule(
    code="NB307",
    about=Code(
        "A red flag that is let down",
        "One red flag sets how urgent a call is, and nothing after it may say less. Here a red flag leads "
        "straight to words that do.",
    ),
    source="DESIGN 4.3; clinical R7, R34",
    find=_find,
)
