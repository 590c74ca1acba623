"""Danger: whether each flagged turn was answered - by a page, or by a floor that was asked for while one was out.

A page from before the turn is no answer to it: it was sent for something else. But nobody is asked for twice, so a
flow that takes a second danger, no more urgent, sends nothing. What shows it is the floor that the flow asks for,
which a replay of the call's journal tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nightbell.call.compile import compile_flow
from nightbell.call.session import Session
from nightbell.errors import SessionError
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.witness import Witness

__all__ = ["unanswered"]


def unanswered(script: Script, turns: Sequence[Turn], witness: Witness) -> Iterator[tuple[bool, str]]:
    """Yield each flagged turn that was not answered, or too late: whether it was at all, and why in words.

    Args:
        script: which is expected to show a red flag.
        turns: what the caller said and pressed.
        witness: of the call.
    """
    within = script.expect.within_turns
    flags = [turn for turn in turns if turn.red_flag]
    paged_before = any(page.at_ms < flag.start_ms for page in witness.pages for flag in flags)
    dangers = tuple(_dangers_ms(witness)) if paged_before else ()
    for flag in flags:
        answered = _answered_ms(witness, flag.start_ms, dangers)
        after = sum(flag.start_ms < turn.start_ms < (answered or 0) for turn in turns)
        if answered is None and not (script.safety_only and _was_as_urgent(script, witness, flag)):
            yield False, f"{flag.place}: nobody was asked for because of the flag, and it was taken for no danger"
        elif after > within:
            yield True, f"{after} caller turns after the flag, {within} are allowed"


def _was_as_urgent(script: Script, witness: Witness, flag: Turn) -> bool:
    """Tell whether a person had been asked for before the flag, as urgently as the call must end.

    Noise may bring that about elsewhere than the script has it, and by safety alone nobody is the worse for it.
    """
    before = [Disposition(page.disposition) for page in witness.pages if page.at_ms < flag.start_ms]
    return any(page.at_least(script.expect.disposition) for page in before)


def _answered_ms(witness: Witness, since_ms: int, dangers: Sequence[int]) -> int | None:
    found = [page.at_ms for page in witness.pages if page.at_ms >= since_ms]
    if any(page.at_ms < since_ms for page in witness.pages):
        found += [at for at in dangers if at >= since_ms]
    return min(found, default=None)


def _dangers_ms(witness: Witness) -> Iterator[int]:
    """Yield when the flow took something for a danger, whether that raised the floor or not.

    DU is none: by it a flow tells that it did not understand, and that is what must not pass for a danger.
    """
    asked: list[Disposition] = []
    session = Session(replace(compile_flow(witness.flow), asked_floor=asked.append))
    for event in witness.events:
        try:
            session.handle(event)
        except SessionError:
            return  # the witness tells of it: this call does not replay
        if any(floor.pages and floor is not Disposition.DU for floor in asked):
            yield event.audio_ms
        asked.clear()
