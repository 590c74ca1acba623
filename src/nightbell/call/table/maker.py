"""Maker: puts the table of a compiled flow together - rows, moves, variables. The moves are ``moves``'s.

The moves come from the plan's edges, and their changes and tests mirror what ``Session.handle`` does. Where handle
goes by something finite that is not worth a variable (tries, timers, what noise hid), there are more moves, never
fewer. A move whose ``do`` is ``again`` cannot be brought about at will; every other can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from nightbell.call.compile import Plan
from nightbell.call.step import (
    CLOSED,
    Ask,
    AskWorld,
    Decide,
    Finish,
    Hold,
    Say,
    Step,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
)
from nightbell.call.table.lengths import Lengths
from nightbell.call.table.moves import moves_of
from nightbell.call.table.setting import Setting
from nightbell.flow.lint.numbers import names_nine
from nightbell.flow.model import Deflect, Flow, Prompt, Words
from nightbell.flow.proof.table import Row, Table

__all__ = ["table_of"]

_Kind = Literal["say", "ask", "number", "message", "world", "decide", "hold", "transfer", "finish", "closed"]
_KINDS: Final[Mapping[type, _Kind]] = {
    Say: "say",
    Ask: "ask",
    TakeNumber: "number",
    TakeDigits: "number",
    TakeMessage: "message",
    AskWorld: "world",
    Decide: "decide",
    Hold: "hold",
    Transfer: "transfer",
    Finish: "finish",
}
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIAL: Final = re.compile(r"\b(dial|call|ring|phone)\b")


def table_of(plan: Plan, lengths: Mapping[str, int] | None = None) -> Table:
    """Write a compiled flow out as a finite table.

    Args:
        plan: the compiled flow.
        lengths: prompt name to its length as rendered or recorded, ms; a missing one is guessed, on the long side.
    """
    setting = Setting(plan, Lengths(plan.flow, lengths or {}))
    deflects = {state.name for state in plan.flow.states if isinstance(state, Deflect)}
    rows = {step.id: _row(setting, step, deflects=step.state in deflects) for step in plan.steps.values()}
    rows[CLOSED] = Row(id=CLOSED, kind="closed", state="")
    flow = plan.flow
    return Table(
        start=plan.entry[flow.starts_at],
        rows=rows,
        variables=tuple(setting.variables.values()),
        emergency="~nine",
        red_flags={
            f"universal:{universal.name}": universal.floor
            for universal in plan.universals
            if universal.floor is not None
        },
        turns=flow.bounds.turns,
        seconds=flow.bounds.seconds,
        words_turns=flow.bounds.words_turns,
        words_seconds=flow.bounds.words_seconds,
        visits=flow.limits.visits,
        most_turns=flow.limits.turns,
        most_seconds=-(-flow.limits.duration_ms // 1000),
    )


def _row(setting: Setting, step: Step, *, deflects: bool) -> Row:
    finish = step if isinstance(step, Finish) else None
    return Row(
        id=step.id,
        kind=_KINDS[type(step)],
        state=step.state,
        question=step.question,
        screen=isinstance(step, Ask) and step.policy == "screen",
        must_hear=setting.must_hear(step),
        words=_gives_words(setting.plan.flow, step),
        nine=_names_nine(setting.plan.flow, step),
        deflects=deflects,
        disposition=finish.disposition if finish else None,
        promises=finish is not None and finish.promise,
        ms=setting.lengths.of(step),
        moves=tuple(moves_of(setting, step)),
    )


def _names_nine(flow: Flow, step: Step) -> bool:
    """Tell whether whatever is said there names key 9."""
    said = _said(step)
    return bool(said) and all(
        names_nine(" ".join(part.text for part in prompt.parts_in(language) if isinstance(part, Words)), language)
        for prompt in said
        for language in flow.languages
    )


def _said(step: Step) -> list[Prompt]:
    """Return what may be said first at a step."""
    if isinstance(step, Finish):
        return [step.prompt] + ([step.fallback] if step.fallback is not None else [])
    return [prompt] if isinstance(prompt := getattr(step, "prompt", None), Prompt) else []


def _gives_words(flow: Flow, step: Step) -> bool:
    """Tell whether whatever is said there tells the caller to dial the emergency number."""
    said = _said(step)
    return bool(said) and all(_dials(prompt, language, flow) for prompt in said for language in flow.languages)


def _dials(prompt: Prompt, language: str, flow: Flow) -> bool:
    text = " ".join(part.text for part in prompt.parts_in(language) if isinstance(part, Words)).lower()
    number = flow.clinic.emergency
    spoken = " ".join(_DIGITS[int(digit)] for digit in number if digit.isdigit())
    at = max(text.rfind(number), text.rfind(spoken))
    other = language != flow.languages[0] and language in dict(prompt.others)
    return at >= 0 and (other or _DIAL.search(text, 0, at) is not None)
