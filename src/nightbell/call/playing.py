"""Playing: what follows when a prompt has ended, or was cut."""

from __future__ import annotations

from typing import Final

from nightbell.call.accepting import answered, kept_verdict
from nightbell.call.ending import fail_safe, said_goodbye
from nightbell.call.events import Played
from nightbell.call.step import Ask, Finish, Hold, Say, TakeDigits, TakeMessage, TakeNumber, Transfer
from nightbell.call.turn import Turn
from nightbell.call.waiting import MISTAKE_MS

__all__ = ["played"]

_SPEECH_GRACE_MS: Final = 2000
_DIALLING_MS: Final = 15_000
"""The words of a transfer are said again at this interval: nobody is left in silence."""
_CUT_MESSAGE_MS: Final = 1000
"""After a cut before a message: time for the key that cut it, then the beep."""


def played(turn: Turn, event: Played) -> None:
    """Go on after a prompt; the end of a prompt that is not the current one means nothing."""
    memory, step = turn.memory, turn.step
    if event.effect != memory.playing:
        return
    memory.playing = None
    memory.playing_must_hear = False
    if event.stopped_by == "failed":
        fail_safe(turn)
    elif memory.pending:
        _resume(turn)
    elif isinstance(step, Finish):
        if memory.asked_world is None:  # else the words before are over, and the last are still to come
            said_goodbye(turn)
    elif not event.completed:
        _cut(turn)
    else:
        _after_words(turn)


def _cut(turn: Turn) -> None:
    """The caller began to speak or press: wait for what it was."""
    step = turn.step
    turn.memory.cut = True
    if isinstance(step, Hold):
        turn.start("every", step.every_ms)
    elif isinstance(step, Transfer):
        turn.start("every", _DIALLING_MS)
    elif isinstance(step, TakeMessage):
        turn.start("noinput", _CUT_MESSAGE_MS)
    elif isinstance(step, Ask) and step.policy == "nine":
        turn.start("nine", MISTAKE_MS)
    else:
        turn.wait(step.timers.max_speech_timeout_ms + _SPEECH_GRACE_MS)


def _resume(turn: Turn) -> None:
    """Do now what was said under must-hear words."""
    memory = turn.memory
    pending, memory.pending = memory.pending, ""
    if isinstance(turn.step, Say):
        _words_over(turn, turn.step)
    verdict, ask = kept_verdict(pending), turn.asked
    if verdict is None:
        turn.go(pending)
    elif ask is not None:
        answered(turn, ask, verdict)
    else:
        _after_words(turn)


def _words_over(turn: Turn, step: Say) -> None:
    memory = turn.memory
    if step.state == turn.plan.flow.emergency:
        memory.words_given = memory.words_given or not memory.nine
    if step.starts_recording and memory.recording == "keep":
        turn.keep(on=True)


def _after_words(turn: Turn) -> None:
    step = turn.step
    match step:
        case Say():
            _words_over(turn, step)
            if turn.memory.nine == "words":
                turn.memory.nine = "offer"
            turn.go("said")
        case Ask(policy="nine"):
            turn.start("nine", MISTAKE_MS)
        case Ask() | TakeNumber() | TakeDigits():
            turn.wait(step.timers.timeout_ms)
        case TakeMessage():
            turn.take_message(step)
        case Hold():
            turn.start("every", step.every_ms)
        case Transfer():
            turn.start("every", _DIALLING_MS)
        case _:
            pass
