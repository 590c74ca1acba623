"""Waiting: silence, tries that failed, and saying things again. Every wait ends, whatever noise there is."""

from __future__ import annotations

from typing import Final

from nightbell.call.doing import CONFIRM
from nightbell.call.events import SpeechStarted
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.step import (
    Ask,
    Entry,
    Hold,
    Say,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
    answer,
    exhausted,
)
from nightbell.call.turn import Turn
from nightbell.flow.model import Prompt
from nightbell.terms.disposition import Disposition

__all__ = ["MISTAKE_MS", "again", "ask_to_confirm", "failed_try", "go_on", "silence", "speech_started", "wait_on"]

MISTAKE_MS: Final = 8000
"""How long the offer to take back a 9 holds the page, from the end of the offer (rule 3)."""
_SPEECH_GRACE_MS: Final = 2000
"""Speech that began must end in an utterance by its own limit and this; then it counts as silence."""
_AFTER_NOISE_MS: Final = 4000
_MOST_ATTEMPTS: Final = COUNTER_LIMIT - 1
"""Tries before keys only; counters stop at their limit, so more would never be over."""


def speech_started(turn: Turn, event: SpeechStarted) -> None:
    """Wait for the utterance instead of for silence."""
    turn.memory.engaged = turn.memory.engaged or turn.memory.keys_only
    del event
    if "noinput" in turn.memory.timers and not isinstance(turn.step, TakeMessage):
        turn.wait(turn.step.timers.max_speech_timeout_ms + _SPEECH_GRACE_MS)


def wait_on(turn: Turn) -> None:
    """Go on waiting after something that settled nothing; there is always a timer or a prompt running."""
    step, memory = turn.step, turn.memory
    if memory.playing is not None:
        return
    match step:
        case Hold() | Transfer():
            turn.start("every", _AFTER_NOISE_MS)
        case Ask(policy="nine"):
            if "nine" not in memory.timers:  # what is said puts the page off by nothing (rule 3)
                turn.start("nine", MISTAKE_MS)
        case Ask() | TakeNumber() | TakeDigits():
            turn.wait(step.timers.timeout_ms)
        case Say():
            _go_past(turn)
        case TakeMessage():
            if memory.asked_world is None:
                turn.cancel("noinput")
                turn.take_message(step)
        case _:
            pass


def _go_past(turn: Turn) -> None:
    """Leave words that were cut by what settled nothing: after a silence, or when that comes a second time.

    Nothing is asked here, so that no tries run out; people talking behind the caller would hold the call up.
    """
    if turn.memory.replays > 1:
        turn.go("said")
    else:
        turn.wait(_AFTER_NOISE_MS)


def go_on(turn: Turn) -> None:
    """Go on after something beside the question: what it cut is said again, and no try is lost."""
    step = turn.step
    if not turn.memory.cut or turn.memory.playing is not None:
        wait_on(turn)
    elif isinstance(step, Say) and step.starts_recording:
        turn.go("said")
    elif isinstance(step, Say | Ask | Entry):
        turn.cancel("noinput")
        _ask_anew(turn, step)
    else:
        wait_on(turn)


def _ask_anew(turn: Turn, step: Say | Ask | Entry) -> None:
    if isinstance(step, Ask) and step.confirm is not None and turn.memory.confirming:
        ask_to_confirm(turn, step)
    else:
        turn.play(step.prompt, step)


def ask_to_confirm(turn: Turn, ask: Ask) -> None:
    """Ask "did you say ...?" of the answer that memory holds."""
    if ask.confirm is not None:
        turn.listen(ask, confirming=True)
        turn.play(ask.confirm, ask, question=CONFIRM)


def failed_try(turn: Turn, step: Ask | Entry, reason: str) -> None:
    """Count a try that failed: tapered words, then keys only, then ``exhausted`` (rule 4)."""
    memory = turn.memory
    memory.confirming = memory.heard = ""
    screen = isinstance(step, Ask) and step.policy == "screen"
    if screen and isinstance(step, Ask) and step.floor is not None and _counts_as_yes(turn, reason):
        turn.note(step, "yes", reason)
        turn.raise_floor(step.floor, step, row=step.row)
        turn.go(answer("yes"))
        return
    if reason != "noinput" or not memory.why:  # at the keys alone silence says nothing of what failed before
        memory.why = reason
    if reason == "noinput":
        memory.noinputs = min(memory.noinputs + 1, COUNTER_LIMIT)
    else:
        memory.nomatches = min(memory.nomatches + 1, COUNTER_LIMIT)
        memory.doubt = memory.doubt or (screen and reason == "low_confidence")
    tries = memory.noinputs + memory.nomatches
    limit = 1 if memory.keys_only or reason == "noise" else min(step.timers.max_attempts, _MOST_ATTEMPTS)
    if tries > limit:
        _exhaust(turn, step, memory.why)
    elif tries == limit:
        _reprompt(turn, step, step.reprompts.keys_only or step.prompt, keys_only=True)
    else:
        tapered = step.reprompts.noinput if reason == "noinput" else step.reprompts.nomatch
        _reprompt(turn, step, tapered[min(tries, len(tapered)) - 1] if tapered else step.prompt, keys_only=False)


def _counts_as_yes(turn: Turn, reason: str) -> bool:
    """Doubt that no clear "no" has mended, and silence after one reprompt (rule 4)."""
    return turn.memory.doubt or (reason == "noinput" and turn.memory.noinputs >= 1)


def _exhaust(turn: Turn, step: Ask | Entry, reason: str) -> None:
    """End the tries. In a screen anything but a clear no is yes, to whoever cannot be understood too (rule 4)."""
    if isinstance(step, Ask) and step.policy == "screen" and step.floor is not None:
        turn.note(step, "yes", reason)
        turn.raise_floor(step.floor, step, row=step.row)
        turn.go(answer("yes"))
        return
    turn.note(step, "exhausted", reason)
    routed = exhausted(reason)
    turn.go(routed if routed in turn.plan.edges[step.id] else "exhausted")


def _reprompt(turn: Turn, step: Ask | Entry, prompt: Prompt, *, keys_only: bool) -> None:
    turn.cancel("noinput")
    turn.listen(step, keys_only=keys_only)
    turn.play(prompt, step)


def again(turn: Turn) -> None:
    """Say the question again; after three times it counts as a try."""
    memory, step = turn.memory, turn.step
    if memory.playing is not None and memory.playing_must_hear:
        return  # they are being said, to their end (rule 11)
    memory.replays = min(memory.replays + 1, COUNTER_LIMIT)
    if isinstance(step, Ask | Entry):
        if memory.replays >= COUNTER_LIMIT:
            failed_try(turn, step, "nomatch")
        elif memory.confirming and isinstance(step, Ask):
            turn.cancel("noinput")
            ask_to_confirm(turn, step)
        else:
            _reprompt(turn, step, step.prompt, keys_only=False)
    else:
        wait_on(turn)


def silence(turn: Turn) -> None:
    """Nothing came in time."""
    memory, step = turn.memory, turn.step
    if memory.playing is not None:
        return
    turn.took_turn()
    if isinstance(step, Say):
        turn.go("said")
    elif isinstance(step, TakeMessage):
        wait_on(turn)
    elif not memory.engaged and isinstance(step, Ask | Entry):
        _silent_call(turn)
    elif isinstance(step, Ask | Entry):
        turn.cancel("patience")
        failed_try(turn, step, "noinput")


def _silent_call(turn: Turn) -> None:
    """Nobody has spoken or pressed yet: the words twice, then DU with a ring-back (rule 4)."""
    memory = turn.memory
    memory.silences += 1
    if memory.silences < 2:
        turn.go("restart")
        return
    if memory.silent_96h >= 1 or memory.treated_14d == "yes":
        turn.raise_floor(Disposition.DU, turn.step, question="silent")
    turn.go("silent")
