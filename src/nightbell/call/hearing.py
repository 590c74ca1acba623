"""Hearing: what the call does with an utterance, and with an answer however it came."""

from __future__ import annotations

from typing import Final

from nightbell.call.accepting import answered, confirmation, entered, lead
from nightbell.call.answering import (
    Verdict,
    by_voice,
    is_empty,
    is_typed,
    says_yes,
    whole_phrase,
)
from nightbell.call.events import Heard
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.nine import nine
from nightbell.call.second_thought import takes_back_no
from nightbell.call.step import Ask, Entry, Finish, Say, TakeDigits, TakeNumber
from nightbell.call.turn import CORRECTION_MS, Turn
from nightbell.call.waiting import again, failed_try, go_on, wait_on
from nightbell.call.words import normal, spoken_digits
from nightbell.flow.model import Universal
from nightbell.terms.disposition import Disposition
from nightbell.terms.emergency import entries_of

__all__ = ["flagged", "heard", "speaks_up"]

_NOISE_MS: Final = 250
"""Shorter sounds without words are ignored."""
_SPOKEN_MS: Final = 600
_SPOKEN_DB: Final = 3.0
"""A sound this long and this far above the noise is somebody speaking, though no word of it was understood."""
_SENTENCE_MS: Final = 1000
_MURKY_DB: Final = 15.0
"""Below this, and as long as a sentence, what was not understood may have held a red flag. What does not even
stand out of the noise is the talk of a room: a caller whom it drowns comes to the keys, and then to a person."""


def heard(turn: Turn, event: Heard) -> None:
    """Take one utterance."""
    memory = turn.memory
    if (is_empty(event) and not _is_spoken(event)) or _is_room(turn, event):
        _noise(turn, event)
        return
    memory.engaged = True
    memory.silences = 0
    turn.cancel("noinput")
    turn.cancel("patience")
    turn.took_turn()
    flag = _flag_in(turn, event)
    if flag is not None:
        flagged(turn, flag)
    elif _corrects(turn, event):
        _correct(turn)
    elif (ask := turn.asked) is not None and ask.policy != "nine":
        _judged(turn, ask, event)
    elif isinstance(turn.step, TakeNumber | TakeDigits):
        _digits_said(turn, turn.step, event)
    elif not speaks_up(turn):
        if isinstance(turn.step, Say):
            memory.replays = min(memory.replays + 1, COUNTER_LIMIT)
        wait_on(turn)


def _flag_in(turn: Turn, event: Heard) -> Universal | None:
    """Return the universal that was said; a choice of higher priority keeps those of its own whole phrase."""
    flags = turn.plan.flags[turn.memory.step]
    texts = [text for text in (event.open_text, event.phrase) if text]
    ask = turn.asked
    priorities = turn.tongue.lexicons[ask.id].priorities if ask is not None else None
    if ask is not None and priorities and not turn.memory.confirming:
        phrase = whole_phrase(turn.tongue, ask, event)
        higher = priorities.get(phrase)
        if higher is not None:
            rest = " ".join(text for text in texts if normal(text) != phrase)
            return flags.find(rest) or flags.find(phrase, at_least=higher)
    return flags.find(" ".join(texts))


def _is_spoken(event: Heard) -> bool:
    clear = event.snr_db is not None and event.snr_db >= _SPOKEN_DB
    return clear and event.end_ms - event.start_ms >= _SPOKEN_MS


def _is_room(turn: Turn, event: Heard) -> bool:
    """Tell whether an utterance is the room behind a caller whose voice is known, and holds nothing that counts.

    A whole phrase, digits, an emergency and a "no" taken back are taken from whoever says them, however faintly.
    Free text is not: of the murmur of a room the open recogniser makes sentences, "I don't know" more than any.
    """
    if not event.faint or turn.memory.confirming or _flag_in(turn, event) is not None or _corrects(turn, event):
        return False
    if isinstance(turn.step, TakeNumber | TakeDigits):
        return not _digits_in(event)
    return event.phrase is None


def _judged(turn: Turn, ask: Ask, event: Heard) -> None:
    """Take an utterance for an answer; what noise hid is remembered, and the second time a person is told."""
    memory = turn.memory
    if memory.confirming:
        repeat = whole_phrase(turn.tongue, ask, event) in turn.tongue.again
        in_time = is_typed(event) or event.start_ms >= memory.asked_ms  # nobody confirms what was not asked yet
        yes = in_time and says_yes(turn.tongue, event, ask.timers.confidence_level)
        verdict = confirmation(turn, yes=yes, repeat=repeat)
    else:
        verdict = by_voice(turn.plan, turn.tongue, ask, event, doubt=memory.doubt)
    if verdict.category is None and memory.playing is not None and not memory.playing_must_hear:
        return  # too faint to cut the prompt, and nothing was understood: the question is still being asked
    if verdict.category is None and _is_murky(event):
        before, memory.unheard = memory.unheard, True
        if before and _gets_person(turn, ask):
            return
    answered(turn, ask, verdict)


def _gets_person(turn: Turn, ask: Ask) -> bool:
    """Tell a person of what noise hid twice, and lead there by the screen; tell whether the call is led away.

    What was hidden may be an emergency, and a yes or a key is heard where a sentence is not: so the obligatory
    screen comes first, and leads to a person at its end. Nobody is booked or sent to a message after a page.
    """
    known = turn.floored
    turn.raise_floor(Disposition.DU, turn.step, question="unheard")
    cared_for = turn.step.state == turn.plan.flow.person or turn.memory.words_given
    if known or cared_for or ask.policy == "screen":
        return False
    if turn.memory.screened or (turn.memory.playing is not None and turn.memory.playing_must_hear):
        lead(turn, "person")
    else:
        turn.go("unheard")
    return True


def _is_murky(event: Heard) -> bool:
    noisy = event.snr_db is not None and _SPOKEN_DB <= event.snr_db < _MURKY_DB
    return noisy and event.end_ms - event.start_ms >= _SENTENCE_MS


def speaks_up(turn: Turn) -> bool:
    """Serve a caller who was taken for silent and is not; tell whether it was so (rules 4 and 11).

    Where a person was paged for the silence - not the first silent call, or a patient of these days - it is them.
    """
    step = turn.step
    if isinstance(step, Finish) and step.state == turn.plan.flow.silent:
        lead(turn, "person" if turn.floored else "restart")
        return True
    return False


def _noise(turn: Turn, event: Heard) -> None:
    """Something sounded like speech and was none: wait on, but not for ever."""
    memory = turn.memory
    if event.end_ms - event.start_ms >= _NOISE_MS:
        memory.replays = min(memory.replays + 1, COUNTER_LIMIT)
    if memory.replays < COUNTER_LIMIT or not memory.engaged:
        wait_on(turn)
    elif turn.asked is not None:
        memory.replays = 0
        answered(turn, turn.asked, Verdict(None, "noise"))
    elif isinstance(turn.step, TakeNumber | TakeDigits) and memory.playing is None:
        memory.replays = 0
        failed_try(turn, turn.step, "noise")
    else:
        wait_on(turn)


def _corrects(turn: Turn, event: Heard) -> bool:
    memory = turn.memory
    if not memory.last_no or is_typed(event) or event.start_ms - memory.last_no_ms > CORRECTION_MS:
        return False
    before = turn.tongue.asks.get(memory.last_no)
    return before is not None and takes_back_no(turn.tongue, before, event)


def _correct(turn: Turn) -> None:
    """Take "no ... wait, yes": a yes to the question before, which is not asked again."""
    memory = turn.memory
    step = turn.step_of(memory.last_no)
    memory.last_no = ""
    if not isinstance(step, Ask) or step.floor is None:
        return
    turn.note(step, "yes", "correction")
    turn.raise_floor(step.floor, step, row=step.row)
    if memory.nine:
        _let_words_stand(turn)
        return
    lead(turn, f"correct:{step.id}")


def _let_words_stand(turn: Turn) -> None:
    """Take a 9 as meant: the emergency words are playing already, and a danger was said under them (rule 3)."""
    turn.memory.nine = ""
    turn.raise_floor(Disposition.D0, turn.step, question="key_9")
    wait_on(turn)


def flagged(turn: Turn, universal: Universal) -> None:
    """Act on a universal: raise the floor, page, and lead away unless that would lead nowhere new."""
    memory, step = turn.memory, turn.step
    before = memory.floor
    if universal.floor is not None:
        turn.raise_floor(universal.floor, step, row=universal.row, question=universal.name)
    if universal.slower:
        turn.slow_down()
    if universal.name == "decline_recording":
        memory.recording = "declined"
        turn.keep(on=False, forget=True)
    target = turn.plan.edges[step.id].get(f"universal:{universal.name}")
    if target is None:
        go_on(turn)
        return
    turn.note(step, universal.name, "universal")
    higher = memory.floor is not before
    here = turn.step_of(target).state == step.state
    if memory.nine:
        _let_words_stand(turn)
        return
    if universal.floor is None or (higher and not here):
        lead(turn, f"universal:{universal.name}")
    elif here and isinstance(step, Ask) and step.policy == "screen":
        turn.arrive()
    elif turn.asked is not None or isinstance(step, TakeNumber | TakeDigits):
        again(turn)
    else:
        wait_on(turn)


def _digits_said(turn: Turn, step: Entry, event: Heard) -> None:
    digits = _digits_in(event)
    if len(digits) > 1 and digits in entries_of(turn.plan.flow.clinic.emergency):
        nine(turn)
    elif digits or event.cause != "too_long":
        entered(turn, step, digits, "speech")
    elif turn.memory.playing is None or not turn.memory.playing_must_hear:
        failed_try(turn, step, "max_speech")


def _digits_in(event: Heard) -> str:
    return spoken_digits(event.open_text or event.text)
