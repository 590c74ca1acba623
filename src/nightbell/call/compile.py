"""Compile: a checked flow becomes a plan - its steps and where each outcome leads - and a shared machine.

One builder per state kind; the session and the proof know only steps and edges. The plan is the same for the
same flow, step for step, and is shared by all its calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from nightbell.call.machine import Cursor, build_machine, edges_of
from nightbell.call.step import (
    Ask,
    AskWorld,
    Decide,
    Finish,
    Hold,
    Outcome,
    Possible,
    Say,
    Step,
    TakeMessage,
    TakeNumber,
    answer,
)
from nightbell.errors import SessionError
from nightbell.flow.model import (
    Branch,
    Case,
    Collect,
    Confirm,
    Deflect,
    End,
    Escalation,
    Flow,
    Menu,
    NotifyState,
    PromptState,
    Question,
    RecordState,
    Reprompts,
    Schedule,
    Screen,
    Universal,
)
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["CLOSED", "SAME", "Plan", "compile_flow"]

CLOSED: Final = "~closed"
"""The step after the end; nothing leads out of it."""
SAME: Final = "same"
"""As a universal's ``next``: stay where the call stands."""

_Edges = dict[Outcome, str]
_Built = list[tuple[Step, _Edges]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A flow ready to take calls."""

    flow: Flow
    steps: Mapping[str, Step]
    entry: Mapping[str, str]
    """State name to its first step."""
    edges: Mapping[str, Mapping[Outcome, str]]
    """Read back from the machine, so that table and machine are one."""
    fire: Callable[[Cursor, Outcome], None]
    """Move a cursor over the machine. Raises SessionError when the step has no such outcome."""
    universals: tuple[Universal, ...]
    """Most important first."""
    ahead: Mapping[str, str]
    """Say steps to the question that follows them without anything in between."""

    def safe(self, step: Step, category: str) -> bool:
        """Tell whether an answer leads where being unclear would: it may be taken on weak evidence."""
        edges = self.edges[step.id]
        return edges.get(answer(category)) == edges.get("exhausted")


def _yes_no(flow: Flow, more_yes: tuple[str, ...] = (), more_no: tuple[str, ...] = ()) -> tuple[Possible, ...]:
    return (
        Possible("yes", keys.YES, flow.yes + more_yes),
        Possible("no", keys.NO, flow.no + more_no),
        Possible("not_sure", keys.NOT_SURE, flow.not_sure),
    )


def _prompt(state: PromptState, flow: Flow) -> _Built:
    del flow
    return [(Say(id=state.name, state=state.name, timers=state.timers, prompt=state.say), {"said": state.next})]


def _deflect(state: Deflect, flow: Flow) -> _Built:
    del flow
    return [(Say(id=state.name, state=state.name, timers=state.timers, prompt=state.say), {"said": state.next})]


def _menu(state: Menu, flow: Flow) -> _Built:
    del flow
    possible = tuple(Possible(choice.name, choice.key, choice.hear) for choice in state.choices)
    step = Ask(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        answers=possible,
        reprompts=state.reprompts,
    )
    edges = {answer(choice.name): choice.next for choice in state.choices}
    return [(step, edges | {"exhausted": state.unclear})]


def _question(state: Screen, question: Question, following: str, flow: Flow) -> tuple[Step, _Edges]:
    step = Ask(
        id=f"{state.name}.{question.name}",
        state=state.name,
        question=question.name,
        timers=state.timers,
        prompt=question.ask,
        answers=_yes_no(flow, question.hear_yes, question.hear_no),
        reprompts=state.reprompts,
        policy="screen",
        floor=question.yes,
        row=question.row,
        neutral=question.not_sure == "neutral",
    )
    after_yes = state.emergency if question.yes is Disposition.D0 else following
    edges = {
        answer("yes"): after_yes,
        answer("no"): following,
        "skip": following,
        "exhausted": state.any_yes,
    }
    return step, edges


def _screen(state: Screen, flow: Flow) -> _Built:
    # The last step asks nothing: with a floor the call goes to a person, and only without one to all_no (rule 3).
    end = f"{state.name}~end"
    following = [f"{state.name}.{question.name}" for question in state.questions[1:]] + [end]
    built = [_question(state, q, after, flow) for q, after in zip(state.questions, following, strict=True)]
    floored = Case(of="floor", test="at_least", value=(Disposition.DU.value,), next=state.any_yes)
    built.append(
        (Decide(id=end, state=state.name, cases=(floored,)), {"case:0": state.any_yes, "otherwise": state.all_no})
    )
    return built


def _collect(state: Collect, flow: Flow) -> _Built:
    if state.type == "yes_no":
        step = Ask(
            id=state.name,
            state=state.name,
            timers=state.timers,
            prompt=state.say,
            answers=_yes_no(flow),
            reprompts=state.reprompts,
        )
        edges = {
            answer("yes"): state.yes,
            answer("no"): state.next,
            answer("not_sure"): state.unclear,
            "exhausted": state.unclear,
        }
        return [(step, edges)]
    if state.type == "words":
        words = TakeMessage(
            id=state.name,
            state=state.name,
            timers=state.timers,
            prompt=state.say,
            max_ms=state.timers.max_speech_timeout_ms,
            final_silence_ms=state.timers.complete_timeout_ms + 500,
        )
        return [(words, {"recorded": state.next, "empty": state.unclear})]
    entry = f"{state.name}.entry"
    taking = TakeNumber(
        id=entry,
        state=state.name,
        question="entry",
        timers=state.timers,
        prompt=state.say,
        reprompts=state.reprompts,
    )
    built: _Built = []
    if state.offer is not None:
        offer = Ask(
            id=f"{state.name}.offer",
            state=state.name,
            question="offer",
            timers=state.timers,
            prompt=state.offer,
            answers=_yes_no(flow),
            reprompts=state.reprompts,
        )
        # "Not sure" about one's own number: key it instead. Unclear: the number the call came from will do.
        led = {answer("yes"): state.next, answer("no"): entry, answer("not_sure"): entry}
        built.append((offer, led | {"skip": entry, "exhausted": state.unclear}))
    built.append((taking, {"got": state.next, "exhausted": state.unclear}))
    return built


def _confirm(state: Confirm, flow: Flow) -> _Built:
    step = Ask(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        answers=_yes_no(flow),
        reprompts=state.reprompts,
    )
    led = {answer("yes"): state.yes, answer("no"): state.no, answer("not_sure"): state.no}
    return [(step, led | {"exhausted": state.unclear})]


def _branch(state: Branch, flow: Flow) -> _Built:
    del flow
    edges: _Edges = {f"case:{number}": case.next for number, case in enumerate(state.cases)}
    return [(Decide(id=state.name, state=state.name, cases=state.cases), edges | {"otherwise": state.otherwise})]


def _schedule(state: Schedule, flow: Flow) -> _Built:
    del flow
    step = AskWorld(id=state.name, state=state.name, timers=state.timers, what="hours")
    return [(step, {"open": state.open, "closed": state.closed, "holiday": state.holiday})]


def _record(state: RecordState, flow: Flow) -> _Built:
    del flow
    step = TakeMessage(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        max_ms=state.max_ms,
        final_silence_ms=state.final_silence_ms,
    )
    return [(step, {"recorded": state.next, "empty": state.empty})]


def _notify(state: NotifyState, flow: Flow) -> _Built:
    del flow
    step = AskWorld(
        id=state.name,
        state=state.name,
        timers=state.timers,
        what="notify",
        channel=state.channel,
        template=state.template,
    )
    return [(step, {"ok": state.ok, "failed": state.failed})]


def _escalate(state: Escalation, flow: Flow) -> _Built:
    del flow
    step = Hold(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        every_ms=state.every_ms,
        limit_ms=state.limit_ms,
    )
    return [(step, {"acknowledged": state.acknowledged, "exhausted": state.exhausted})]


def _end(state: End, flow: Flow) -> _Built:
    del flow
    step = Finish(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        disposition=state.disposition,
        promise=state.promise,
        fallback=state.say_without_promise,
    )
    return [(step, {"done": CLOSED})]


_BUILDERS: Final[Mapping[type, Callable[..., _Built]]] = {
    PromptState: _prompt,
    Menu: _menu,
    Screen: _screen,
    Collect: _collect,
    Confirm: _confirm,
    Branch: _branch,
    Schedule: _schedule,
    RecordState: _record,
    NotifyState: _notify,
    Escalation: _escalate,
    Deflect: _deflect,
    End: _end,
}


def _nine(flow: Flow) -> _Built:
    """Build what key 9 leads to: the words at once, then the offer to take it back (rule 3)."""
    state = flow.state(flow.emergency)
    if not isinstance(state, PromptState):
        raise SessionError(f"the emergency state {state.name!r} is no prompt", hint="kind: prompt, with a next")
    words = Say(id="~nine", state=state.name, question="nine", prompt=replace(state.say, must_hear=True))
    if flow.mistake is None:
        return [(words, {"said": state.next})]
    offer = Ask(
        id="~nine.offer",
        state=state.name,
        question="mistake",
        prompt=flow.mistake,
        answers=(Possible("mistake", keys.YES, ()),),
        reprompts=Reprompts(),
        policy="nine",
    )
    return [
        (words, {"said": "~nine.offer", answer("mistake"): flow.after_mistake, "stands": state.next}),
        (offer, {answer("mistake"): flow.after_mistake, "exhausted": state.next}),
    ]


def _build(flow: Flow) -> tuple[dict[str, Step], dict[str, str], dict[str, _Edges]]:
    steps: dict[str, Step] = {}
    entry: dict[str, str] = {}
    loose: dict[str, _Edges] = {}

    def add(built: _Built) -> None:
        for step, edges in built:
            steps[step.id] = step
            loose[step.id] = dict(edges)

    for state in flow.states:
        built = _BUILDERS[type(state)](state, flow)
        entry[state.name] = built[0][0].id
        add(built)
    add(_nine(flow))
    for edges in loose.values():
        for outcome, target in edges.items():
            edges[outcome] = entry.get(target, target)
    everywhere = _everywhere(flow, entry, loose)
    for edges in loose.values():
        for outcome, target in everywhere.items():
            edges.setdefault(outcome, target)
    loose[CLOSED] = {}
    return steps, entry, loose


def _everywhere(flow: Flow, entry: Mapping[str, str], loose: Mapping[str, _Edges]) -> _Edges:
    """Return the outcomes that every step has."""
    edges: _Edges = {
        "hangup": CLOSED,
        "fail": CLOSED,
        "nine": "~nine",
        "emergency": entry[flow.emergency],
        "person": entry[flow.person],
        "silent": entry[flow.silent],
        "restart": entry[flow.starts_at],
    }
    for universal in flow.universals:
        if universal.next != SAME:
            edges[f"universal:{universal.name}"] = entry[universal.next]
    for state in flow.states:
        if isinstance(state, Screen):
            for question in state.questions:
                asked = f"{state.name}.{question.name}"
                edges[f"correct:{asked}"] = loose[asked][answer("yes")]
    return edges


def _look_ahead(steps: Mapping[str, Step], edges: Mapping[str, Mapping[Outcome, str]]) -> dict[str, str]:
    ahead: dict[str, str] = {}
    for step in steps.values():
        seen: set[str] = set()
        at: Step | None = step
        while isinstance(at, Say) and at.id not in seen:
            seen.add(at.id)
            at = steps.get(edges[at.id]["said"])
        if isinstance(step, Say) and isinstance(at, Ask):
            ahead[step.id] = at.id
    return ahead


@lru_cache(maxsize=32)
def compile_flow(flow: Flow) -> Plan:
    """Compile a flow; the same flow gives the same shared plan.

    Raises:
        SessionError: a state leads to a state that does not exist (a loader lets none through).
    """
    steps, entry, loose = _build(flow)
    for name, edges in loose.items():
        for outcome, target in edges.items():
            if target not in loose:
                raise SessionError(f"{name!r} leads to {target!r} by {outcome!r}, which does not exist")
    machine = build_machine(loose, entry[flow.starts_at])
    edges = edges_of(machine)
    edges.setdefault(CLOSED, {})
    return Plan(
        flow=flow,
        steps=steps,
        entry=entry,
        edges=edges,
        fire=machine.fire,
        universals=tuple(sorted(flow.universals, key=lambda universal: -universal.priority)),
        ahead=_look_ahead(steps, edges),
    )

