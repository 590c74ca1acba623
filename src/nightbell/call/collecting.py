"""Collecting: how a state that takes one typed value becomes steps, and what questions share in building theirs.

Targets are state names still, as in ``kinds``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from nightbell.call.step import Ask, Outcome, Possible, Step, TakeDigits, TakeMessage, TakeNumber, answer
from nightbell.flow.model import Choice, Collect, Flow, Question
from nightbell.terms import keys

__all__ = ["Built", "Edges", "choices", "collect", "yes_no"]

Edges: TypeAlias = dict[Outcome, str]
Built: TypeAlias = list[tuple[Step, Edges]]


def yes_no(flow: Flow, question: Question | None = None) -> tuple[Possible, ...]:
    """Return the answers of every yes-or-no question, and what a screen's question adds to them."""
    more_yes, more_no = (question.hear_yes, question.hear_no) if question else ((), ())
    yes_in = dict(question.hear_yes_in) if question else {}
    no_in = dict(question.hear_no_in) if question else {}
    others = flow.answers_in
    return (
        Possible(
            "yes",
            keys.YES,
            flow.yes + more_yes,
            phrases_in=tuple((each.language, each.yes + yes_in.get(each.language, ())) for each in others),
        ),
        Possible(
            "no",
            keys.NO,
            flow.no + more_no,
            phrases_in=tuple((each.language, each.no + no_in.get(each.language, ())) for each in others),
            not_hear=question.hear_part if question else (),
            not_hear_in=question.hear_part_in if question else (),
        ),
        Possible(
            "not_sure",
            keys.NOT_SURE,
            flow.not_sure,
            phrases_in=tuple((each.language, each.not_sure) for each in others),
        ),
    )


def choices(given: tuple[Choice, ...]) -> tuple[Possible, ...]:
    """Return the answers of a menu."""
    return tuple(
        Possible(
            choice.name,
            choice.key,
            choice.hear,
            not_hear=choice.not_hear,
            priority=choice.priority,
            fills=choice.fills,
            language=choice.language,
            phrases_in=choice.hear_in,
            not_hear_in=choice.not_hear_in,
        )
        for choice in given
    )


def collect(state: Collect, flow: Flow) -> Built:
    """Build the steps that take one typed value."""
    return _COLLECTS[state.type](state, flow)


def _yes_no(state: Collect, flow: Flow) -> Built:
    step = _ask(state, yes_no(flow))
    led = {answer("yes"): state.yes, answer("no"): state.next, answer("not_sure"): state.unclear}
    return [(step, led | {"exhausted": state.unclear})]


def _choice(state: Collect, flow: Flow) -> Built:
    del flow
    step = _ask(state, choices(state.choices))
    led = {answer(choice.name): state.next for choice in state.choices}
    return [(step, led | {"exhausted": state.unclear})]


def _ask(state: Collect, possible: tuple[Possible, ...]) -> Ask:
    return Ask(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        answers=possible,
        reprompts=state.reprompts,
        confirm=state.confirm,
        result=state.result,
        of_signs=bool(state.asks),
    )


def _words(state: Collect, flow: Flow) -> Built:
    del flow
    words = TakeMessage(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        max_ms=state.timers.max_speech_timeout_ms,
        final_silence_ms=state.timers.complete_timeout_ms + 500,
        result=state.result,
    )
    return [(words, {"recorded": state.next, "empty": state.unclear})]


def _digits(state: Collect, flow: Flow) -> Built:
    del flow
    step = TakeDigits(
        id=state.name,
        state=state.name,
        timers=state.timers,
        prompt=state.say,
        reprompts=state.reprompts,
        fewest=state.min_digits,
        most=state.max_digits,
        result=state.result,
    )
    return [(step, {"got": state.next, "exhausted": state.unclear})]


def _phone(state: Collect, flow: Flow) -> Built:
    entry = f"{state.name}.entry"
    taking = TakeNumber(
        id=entry,
        state=state.name,
        question="entry",
        timers=state.timers,
        prompt=state.say,
        reprompts=state.reprompts,
    )
    built: Built = []
    if state.offer is not None:
        # The offer's keys are one and two; whoever keys a number is told to key it.
        taking = replace(taking, reprompts=replace(state.reprompts, keys_only=None))
        offer = Ask(
            id=f"{state.name}.offer",
            state=state.name,
            question="offer",
            timers=state.timers,
            prompt=state.offer,
            answers=yes_no(flow),
            reprompts=state.reprompts,
        )
        # "Not sure" about one's own number: key it instead. Unclear: the number the call came from will do.
        led = {answer("yes"): state.next, answer("no"): entry, answer("not_sure"): entry}
        built.append((offer, led | {"skip": entry, "exhausted": state.unclear}))
    built.append((taking, {"got": state.next, "exhausted": state.unclear}))
    return built


_COLLECTS: Final[Mapping[str, Callable[[Collect, Flow], Built]]] = {
    "yes_no": _yes_no,
    "choice": _choice,
    "words": _words,
    "digits": _digits,
    "phone": _phone,
}
