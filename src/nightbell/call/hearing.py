"""Hearing: what the call does with an utterance, and with an answer however it came."""

from __future__ import annotations

import math
from typing import Final

from nightbell.call.answering import AGAIN, Verdict, by_voice, is_empty, is_typed, takes_back_no
from nightbell.call.compile import SAME
from nightbell.call.events import Event, Heard
from nightbell.call.flags import find_flag
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.step import Ask, Decide, Finish, Say, TakeNumber, answer
from nightbell.call.turn import CORRECTION_MS, Turn
from nightbell.call.waiting import again, failed_try, go_on, wait_on
from nightbell.call.words import number_in, spoken_digits
from nightbell.flow.model import Slot, Universal
from nightbell.terms.disposition import Disposition

__all__ = ["answered", "flagged", "heard", "lead", "speaks_up"]

_FIRST_WORDS_MS: Final = 1500
"""A no, spoken or pressed, that began before this much of a screen's question was said answers something else."""
_NOISE_MS: Final = 250
"""Shorter sounds without words are ignored."""
_SPOKEN_MS: Final = 600
_SPOKEN_DB: Final = 3.0
"""A sound this long and this far above the noise is somebody speaking, though no word of it was understood."""
_SENTENCE_MS: Final = 1000
_MURKY_DB: Final = 15.0
"""Below this, and as long as a sentence, what was not understood may have held a red flag."""


def heard(turn: Turn, event: Heard) -> None:
    """Take one utterance."""
    memory = turn.memory
    if is_empty(event) and not _is_spoken(event):
        _noise(turn, event)
        return
    memory.engaged = True
    memory.silences = 0
    turn.cancel("noinput")
    turn.cancel("patience")
    said = " ".join(filter(None, (event.open_text or "", event.phrase or "")))
    flag = find_flag(turn.plan.universals, turn.plan.flow.sounds_like, said)
    if flag is not None:
        flagged(turn, flag)
    elif _corrects(turn, event):
        _correct(turn)
    elif (ask := turn.asked) is not None and ask.policy != "nine":
        _judged(turn, ask, event)
    elif isinstance(turn.step, TakeNumber):
        _number_said(turn, event)
    elif not speaks_up(turn):
        wait_on(turn)


def _is_spoken(event: Heard) -> bool:
    clear = event.snr_db is not None and event.snr_db >= _SPOKEN_DB
    return clear and event.end_ms - event.start_ms >= _SPOKEN_MS


def _judged(turn: Turn, ask: Ask, event: Heard) -> None:
    """Take an utterance for an answer; what noise hid is remembered, and the second time a person is told."""
    memory = turn.memory
    verdict = by_voice(turn.plan, ask, event, doubt=memory.doubt)
    if verdict.category is None and memory.playing is not None and not memory.playing_must_hear:
        return  # too faint to cut the prompt, and nothing was understood: the question is still being asked
    if verdict.category is None and _is_murky(event):
        if memory.unheard:
            turn.raise_floor(Disposition.DU, turn.step, question="unheard")
        memory.unheard = True
    answered(turn, ask, verdict)


def _is_murky(event: Heard) -> bool:
    noisy = event.snr_db is not None and event.snr_db < _MURKY_DB
    return noisy and event.end_ms - event.start_ms >= _SENTENCE_MS


def speaks_up(turn: Turn) -> bool:
    """Serve a caller who was taken for silent and is not; tell whether it was so (rules 4 and 11)."""
    step = turn.step
    if isinstance(step, Finish) and step.state == turn.plan.flow.silent:
        lead(turn, "restart")
        return True
    return False


def _noise(turn: Turn, event: Heard) -> None:
    """Something sounded like speech and was none: wait on, but not for ever."""
    memory = turn.memory
    if event.end_ms - event.start_ms >= _NOISE_MS:
        memory.replays = min(memory.replays + 1, COUNTER_LIMIT)
    if memory.replays >= COUNTER_LIMIT and turn.asked is not None and memory.engaged:
        memory.replays = 0
        answered(turn, turn.asked, Verdict(None, "noise"))
    else:
        wait_on(turn)


def _corrects(turn: Turn, event: Heard) -> bool:
    memory = turn.memory
    if not memory.last_no or is_typed(event) or event.start_ms - memory.last_no_ms > CORRECTION_MS:
        return False
    before = turn.step_of(memory.last_no)
    return isinstance(before, Ask) and takes_back_no(before, event)


def _correct(turn: Turn) -> None:
    """Take "no ... wait, yes": a yes to the question before, which is not asked again."""
    memory = turn.memory
    step = turn.step_of(memory.last_no)
    memory.last_no = ""
    if not isinstance(step, Ask) or step.floor is None:
        return
    turn.note(step, "yes", "correction")
    turn.raise_floor(step.floor, step, row=step.row)
    lead(turn, f"correct:{step.id}")


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
        go_on(turn)
        return
    turn.note(step, universal.name, "universal")
    higher = memory.floor is not before
    here = turn.step_of(turn.plan.entry[universal.next]).state == step.state
    if memory.nine:
        # The words are playing already; what is said now lets them stand (rule 3).
        memory.nine = ""
        turn.raise_floor(Disposition.D0, step, question="key_9")
        wait_on(turn)
        return
    if universal.floor is None or (higher and not here):
        lead(turn, f"universal:{universal.name}")
    elif here and isinstance(step, Ask) and step.policy == "screen":
        turn.arrive()
    elif turn.asked is not None or isinstance(step, TakeNumber):
        again(turn)
    else:
        wait_on(turn)


def lead(turn: Turn, outcome: str) -> None:
    """Take an outcome now, or when the must-hear words are over (rule 11)."""
    if turn.memory.playing is not None and turn.memory.playing_must_hear:
        _postpone(turn, outcome)
    else:
        turn.go(outcome)


def answered(turn: Turn, ask: Ask, verdict: Verdict) -> None:
    """Act on the answer to a question, or on a try that failed."""
    memory = turn.memory
    if _not_heard_yet(turn, ask, verdict):
        return
    if memory.playing is not None and memory.playing_must_hear:
        if ask.policy == "screen" and ask.floor is not None and _is_yes(ask, verdict.category):
            turn.raise_floor(ask.floor, ask, row=ask.row)
        if verdict.category is not None:
            _postpone(turn, f"{verdict.reason}/{verdict.category}")
        return
    if not _reach(turn, ask, verdict):
        return
    if verdict.category == AGAIN:
        again(turn)
    elif verdict.category is None:
        failed_try(turn, ask, verdict.reason)
    else:
        _accept(turn, ask, verdict.category, verdict.reason)


def _postpone(turn: Turn, pending: str) -> None:
    """Keep something for the end of the words; what leads to care is not replaced by what does not."""
    if _weight(turn, pending) >= _weight(turn, turn.memory.pending):
        turn.memory.pending = pending


def _weight(turn: Turn, pending: str) -> int:
    _, slash, category = pending.partition("/")
    if not pending:
        return 0
    if not slash:
        return {"restart": 1, "person": 3}.get(pending, 4)
    ask = turn.asked
    if ask is None or category == AGAIN:
        return 1
    return 2 if turn.plan.safe(ask, category) or (ask.policy == "screen" and category != "no") else 1


def _is_yes(ask: Ask, category: str | None) -> bool:
    return category == "yes" or (category == "not_sure" and not ask.neutral)


def _not_heard_yet(turn: Turn, ask: Ask, verdict: Verdict) -> bool:
    """Pass over a "no" to a screen's question that has not been asked, and ask it (rule 4)."""
    memory, event = turn.memory, turn.event
    if ask.policy != "screen" or verdict.category != "no":
        return False
    if turn.step is ask:
        early = _began(event) - memory.asked_ms < _FIRST_WORDS_MS
        under_way = memory.cut or memory.playing is not None
        if not (early and under_way) or memory.noinputs + memory.nomatches:
            return False
        if memory.playing is None:
            again(turn)
    elif memory.playing is None or not memory.playing_must_hear:
        _reach(turn, ask, Verdict(None, "nomatch"))
    return True


def _began(event: Event) -> float:
    """Return when an answer began; typed words are read, not heard, and never come too early."""
    if isinstance(event, Heard):
        return math.inf if is_typed(event) else event.start_ms
    return event.audio_ms


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
        if here.id == ask.id:
            outcome = "" if verdict.category in {None, AGAIN} else turn.passes()
            if outcome:
                turn.move(outcome)
            if outcome or verdict.category in {None, AGAIN}:
                turn.arrive()
                return False
    return True


def _accept(turn: Turn, ask: Ask, category: str, reason: str) -> None:
    memory = turn.memory
    turn.note(ask, category, reason)
    memory.last_no = ""
    if ask.question == "offer" and category == "yes":
        memory.callback_number = memory.caller
    if category == "no" and Slot("callback_number") in ask.prompt.parts:
        memory.callback_number = None  # read back and refused: it is a stranger's
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
