"""Hearing: what the call does with an utterance, with silence, and with an answer however it came."""

from __future__ import annotations

from typing import Final

from nightbell.call.answering import AGAIN, Verdict, by_voice, is_empty
from nightbell.call.compile import SAME
from nightbell.call.events import Heard, SpeechStarted
from nightbell.call.flags import find_flag
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.step import Ask, Decide, Hold, Say, TakeNumber, answer
from nightbell.call.turn import CORRECTION_MS, Turn
from nightbell.call.words import normal, number_in, spoken_digits
from nightbell.flow.model import Prompt, Universal
from nightbell.terms.disposition import Disposition

__all__ = ["answered", "failed_try", "flagged", "heard", "silence", "speech_started"]

_SPEECH_GRACE_MS: Final = 2000
"""Speech that began must end in an utterance by its own limit and this; then it counts as silence."""
_NOISE_MS: Final = 250
"""Shorter sounds without words are ignored."""
_AFTER_NOISE_MS: Final = 4000


def speech_started(turn: Turn, event: SpeechStarted) -> None:
    """Wait for the utterance instead of for silence."""
    del event
    if "noinput" in turn.memory.timers or isinstance(turn.step, Say):
        turn.start("noinput", turn.step.timers.max_speech_timeout_ms + _SPEECH_GRACE_MS)


def heard(turn: Turn, event: Heard) -> None:
    """Take one utterance."""
    memory = turn.memory
    if is_empty(event):
        _noise(turn, event)
        return
    memory.engaged = True
    memory.silences = 0
    turn.cancel("noinput")
    said = " ".join(filter(None, (event.open_text or "", event.phrase or "")))
    flag = find_flag(turn.plan.universals, turn.plan.flow.sounds_like, said)
    if flag is not None:
        flagged(turn, flag)
    elif _corrects(turn, event):
        _correct(turn)
    elif (ask := turn.asked) is not None and ask.policy != "nine":
        answered(turn, ask, by_voice(turn.plan, ask, event, doubt=memory.doubt))
    elif isinstance(turn.step, TakeNumber):
        _number_said(turn, event)
    else:
        _wait_on(turn)


def _noise(turn: Turn, event: Heard) -> None:
    """Something sounded like speech and was none: wait on, but not for ever."""
    memory = turn.memory
    if event.end_ms - event.start_ms >= _NOISE_MS:
        memory.replays = min(memory.replays + 1, COUNTER_LIMIT)
    if memory.replays >= COUNTER_LIMIT and turn.asked is not None and memory.engaged:
        memory.replays = 0
        answered(turn, turn.asked, Verdict(None, "noise"))
    else:
        _wait_on(turn)


def _wait_on(turn: Turn) -> None:
    """Go on waiting after something that settled nothing; there is always a timer or a prompt running."""
    step = turn.step
    if turn.memory.playing is not None:
        return
    match step:
        case Hold():
            turn.start("every", _AFTER_NOISE_MS)
        case Ask(policy="nine"):
            turn.start("nine", _AFTER_NOISE_MS)
        case Ask() | TakeNumber():
            turn.start("noinput", step.timers.timeout_ms)
        case Say():
            turn.start("noinput", _AFTER_NOISE_MS)
        case _:
            pass


def _corrects(turn: Turn, event: Heard) -> bool:
    memory = turn.memory
    soon = event.start_ms - memory.last_no_ms <= CORRECTION_MS
    says_yes = event.phrase is not None and normal(event.phrase) in {normal(yes) for yes in turn.plan.flow.yes}
    return bool(memory.last_no) and soon and says_yes


def _correct(turn: Turn) -> None:
    """Take "no ... wait, yes": a yes to the question before, which is not asked again."""
    memory = turn.memory
    step = turn.step_of(memory.last_no)
    memory.last_no = ""
    if not isinstance(step, Ask) or step.floor is None:
        return
    turn.note(step, "yes", "correction")
    turn.raise_floor(step.floor, step, row=step.row)
    turn.go(f"correct:{step.id}")


def flagged(turn: Turn, universal: Universal) -> None:
    """Act on a universal: raise the floor, page, and lead away unless that would lead nowhere new."""
    memory, step = turn.memory, turn.step
    before = memory.floor
    if universal.floor is not None:
        turn.raise_floor(universal.floor, step, row=universal.row, question=universal.name)
    if universal.name == "decline_recording":
        memory.recording = "declined"
        turn.keep(on=False, forget=True)
    if universal.next == SAME:
        _wait_on(turn)
        return
    turn.note(step, universal.name, "universal")
    higher = before is None or (universal.floor is not None and universal.floor.rank > before.rank)
    here = turn.step_of(turn.plan.entry[universal.next]).state == step.state
    if memory.nine:
        # The words are playing already; what is said now lets them stand (rule 3).
        memory.nine = ""
        _wait_on(turn)
        return
    if universal.floor is None or (higher and not here):
        _lead(turn, f"universal:{universal.name}")
    elif here and isinstance(step, Ask) and step.policy == "screen":
        turn.arrive()
    elif turn.asked is not None or isinstance(step, TakeNumber):
        _again(turn)
    else:
        _wait_on(turn)


def _lead(turn: Turn, outcome: str) -> None:
    """Take an outcome now, or when the must-hear words are over (rule 11)."""
    if turn.memory.playing is not None and turn.memory.playing_must_hear:
        turn.memory.pending = outcome
    else:
        turn.go(outcome)


def answered(turn: Turn, ask: Ask, verdict: Verdict) -> None:
    """Act on the answer to a question, or on a try that failed."""
    memory = turn.memory
    if memory.playing is not None and memory.playing_must_hear:
        if verdict.category is not None:
            memory.pending = f"{verdict.reason}/{verdict.category}"
        return
    if not _reach(turn, ask, verdict):
        return
    if verdict.category == AGAIN:
        _again(turn)
    elif verdict.category is None:
        failed_try(turn, ask, verdict.reason)
    else:
        _accept(turn, ask, verdict.category, verdict.reason)


def _reach(turn: Turn, ask: Ask, verdict: Verdict) -> bool:
    """Walk over the words before the question; False when the call has to stop on the way, or leads elsewhere."""
    while turn.memory.step != ask.id:
        step = turn.step
        if isinstance(step, Decide):
            turn.move(turn.decide(step))
        elif isinstance(step, Say):
            turn.move("said")
        else:
            turn.arrive()
            return False
        here = turn.step
        if isinstance(here, Say) and here.prompt.must_hear:
            turn.arrive()
            if verdict.category is not None:
                turn.memory.pending = f"{verdict.reason}/{verdict.category}"
            return False
        if here.id == ask.id and verdict.category in {None, AGAIN}:
            turn.arrive()
            return False
    return True


def _accept(turn: Turn, ask: Ask, category: str, reason: str) -> None:
    memory = turn.memory
    turn.note(ask, category, reason)
    memory.last_no = ""
    if ask.question == "offer" and category == "yes":
        memory.callback_number = memory.caller
    if ask.policy == "nine":
        memory.nine = ""
        turn.go(answer("mistake"))
        return
    if ask.policy == "screen":
        if category == "not_sure":
            category = "no" if ask.neutral else "yes"
        if category == "yes" and ask.floor is not None:
            turn.raise_floor(ask.floor, ask, row=ask.row)
        elif category == "no":
            memory.last_no, memory.last_no_ms = ask.id, turn.event.audio_ms
    turn.go(answer(category))


def failed_try(turn: Turn, step: Ask | TakeNumber, reason: str) -> None:
    """Count a try that failed: tapered words, then keys only, then ``exhausted`` (rule 4)."""
    memory = turn.memory
    screen = isinstance(step, Ask) and step.policy == "screen"
    tries = memory.noinputs + memory.nomatches
    if screen and isinstance(step, Ask) and step.floor is not None and _counts_as_yes(turn, reason, tries):
        turn.note(step, "yes", reason)
        turn.raise_floor(step.floor, step, row=step.row)
        turn.go(answer("yes"))
        return
    if reason == "noinput":
        memory.noinputs = min(memory.noinputs + 1, COUNTER_LIMIT)
    else:
        memory.nomatches = min(memory.nomatches + 1, COUNTER_LIMIT)
        memory.doubt = memory.doubt or (screen and reason == "low_confidence")
    tries = memory.noinputs + memory.nomatches
    limit = 1 if memory.keys_only or reason == "noise" else step.timers.max_attempts
    if tries > limit:
        _exhaust(turn, step, reason)
    elif tries == limit:
        _reprompt(turn, step, step.reprompts.keys_only or step.prompt, keys_only=True)
    else:
        tapered = step.reprompts.noinput if reason == "noinput" else step.reprompts.nomatch
        _reprompt(turn, step, tapered[min(tries, len(tapered)) - 1] if tapered else step.prompt, keys_only=False)


def _counts_as_yes(turn: Turn, reason: str, tries: int) -> bool:
    memory = turn.memory
    if memory.doubt:
        return True
    voice_still_open = not memory.keys_only and tries < turn.step.timers.max_attempts
    return reason == "noinput" and tries >= 1 and voice_still_open


def _exhaust(turn: Turn, step: Ask | TakeNumber, reason: str) -> None:
    if isinstance(step, Ask) and step.policy == "screen":
        turn.note(step, "unclear", reason)
        turn.raise_floor(Disposition.DU, step, row=step.row)
    turn.go("exhausted")


def _reprompt(turn: Turn, step: Ask | TakeNumber, prompt: Prompt, *, keys_only: bool) -> None:
    turn.cancel("noinput")
    turn.listen(step, keys_only=keys_only)
    turn.play(prompt, step)


def _again(turn: Turn) -> None:
    """Say the question again; after three times it counts as a try."""
    memory, step = turn.memory, turn.step
    memory.replays = min(memory.replays + 1, COUNTER_LIMIT)
    if isinstance(step, Ask | TakeNumber):
        if memory.replays >= COUNTER_LIMIT:
            failed_try(turn, step, "nomatch")
        else:
            _reprompt(turn, step, step.prompt, keys_only=False)
    else:
        _wait_on(turn)


def silence(turn: Turn) -> None:
    """Nothing came in time."""
    memory, step = turn.memory, turn.step
    if isinstance(step, Say):
        turn.go("said")
    elif not memory.engaged and isinstance(step, Ask | TakeNumber):
        _silent_call(turn)
    elif isinstance(step, Ask | TakeNumber):
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


def _number_said(turn: Turn, event: Heard) -> None:
    digits = spoken_digits(event.open_text or event.text)
    step = turn.step
    if isinstance(step, TakeNumber):
        number = number_in(digits, turn.plan.flow.clinic.country)
        if number is None:
            failed_try(turn, step, "nomatch")
        else:
            turn.memory.callback_number = number
            turn.note(step, "number", "speech")
            turn.go("got")
