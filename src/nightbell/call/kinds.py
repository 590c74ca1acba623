"""Kinds: how each state kind of the flow language becomes steps and where their outcomes lead. One builder each.

Targets are state names still; ``compile`` turns them into steps. A new state kind is one more builder here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from nightbell.call.collecting import Built, Edges, choices, collect, yes_no
from nightbell.call.step import (
    CLOSED,
    Ask,
    AskWorld,
    Decide,
    Finish,
    Hold,
    Possible,
    Say,
    Step,
    TakeMessage,
    Transfer,
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
)
from nightbell.flow.model import Transfer as TransferState
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["BUILDERS", "Built", "Edges", "build_nine"]


def _prompt(state: PromptState, flow: Flow) -> Built:
    del flow
    step = Say(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        starts_recording=state.starts_recording,
    )
    return [(step, {"said": state.next})]


def _deflect(state: Deflect, flow: Flow) -> Built:
    del flow
    return [(Say(id=state.name, state=state.name, timers=state.timers, prompt=state.say), {"said": state.next})]


def _menu(state: Menu, flow: Flow) -> Built:
    del flow
    step = Ask(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        answers=choices(state.choices),
        reprompts=state.reprompts,
        confirm=state.confirm,
        result=state.result,
    )
    edges = {answer(choice.name): choice.next for choice in state.choices}
    return [(step, edges | {"exhausted": state.unclear})]


def _question(state: Screen, question: Question, following: str, flow: Flow) -> tuple[Step, Edges]:
    step = Ask(
        id=f"{state.name}.{question.name}",
        state=state.name,
        question=question.name,
        timers=state.timers,
        prompt=question.ask,
        answers=yes_no(flow, question),
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


def _screen(state: Screen, flow: Flow) -> Built:
    # The last step asks nothing: with a floor the call goes to a person, and only without one to all_no (rule 3).
    end = f"{state.name}~end"
    following = [f"{state.name}.{question.name}" for question in state.questions[1:]] + [end]
    built = [_question(state, q, after, flow) for q, after in zip(state.questions, following, strict=True)]
    floored = Case(of="floor", test="at_least", value=(Disposition.DU.value,), next=state.any_yes)
    built.append(
        (Decide(id=end, state=state.name, cases=(floored,)), {"case:0": state.any_yes, "otherwise": state.all_no})
    )
    return built


def _confirm(state: Confirm, flow: Flow) -> Built:
    step = Ask(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        answers=yes_no(flow),
        reprompts=state.reprompts,
    )
    led = {answer("yes"): state.yes, answer("no"): state.no, answer("not_sure"): state.no}
    return [(step, led | {"exhausted": state.unclear})]


def _branch(state: Branch, flow: Flow) -> Built:
    del flow
    edges: Edges = {f"case:{number}": case.next for number, case in enumerate(state.cases)}
    return [(Decide(id=state.name, state=state.name, cases=state.cases), edges | {"otherwise": state.otherwise})]


def _schedule(state: Schedule, flow: Flow) -> Built:
    del flow
    step = AskWorld(id=state.name, state=state.name, timers=state.timers, what="hours")
    return [(step, {"open": state.open, "closed": state.closed, "holiday": state.holiday})]


def _record(state: RecordState, flow: Flow) -> Built:
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


def _notify(state: NotifyState, flow: Flow) -> Built:
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


def _escalate(state: Escalation, flow: Flow) -> Built:
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


def _transfer(state: TransferState, flow: Flow) -> Built:
    del flow
    step = Transfer(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        to=state.to,
        limit_ms=state.limit_ms,
    )
    led = {"answered": state.answered, "busy": state.busy, "no_answer": state.no_answer, "failed": state.failed}
    return [(step, led)]


def _end(state: End, flow: Flow) -> Built:
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


BUILDERS: Final[Mapping[type, Callable[..., Built]]] = {
    PromptState: _prompt,
    Menu: _menu,
    Screen: _screen,
    Collect: collect,
    Confirm: _confirm,
    Branch: _branch,
    Schedule: _schedule,
    RecordState: _record,
    NotifyState: _notify,
    Escalation: _escalate,
    Deflect: _deflect,
    TransferState: _transfer,
    End: _end,
}


def build_nine(flow: Flow) -> Built:
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
        prompt=replace(flow.mistake, must_hear=True),
        answers=(Possible("mistake", keys.YES, ()),),
        reprompts=Reprompts(),
        policy="nine",
    )
    return [
        (words, {"said": "~nine.offer"}),
        (offer, {answer("mistake"): flow.after_mistake, "exhausted": state.next}),
    ]
