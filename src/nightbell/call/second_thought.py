"""SecondThought: whether what is said right after a no takes it back - "well, a bit", "it did earlier".

Who begins within ``CORRECTION_MS`` of their no has not heard the next question yet: it is the one before that they
go on about. It names no floor and leads nowhere: that is ``hearing``'s business. English, beside a flow's phrases.
"""

from __future__ import annotations

from typing import Final

from nightbell.call.doubt import leaves_open
from nightbell.call.events import Heard
from nightbell.call.spotting import contains, phrases_of, places, spelt
from nightbell.call.step import Ask
from nightbell.call.tongue import Tongue
from nightbell.call.words import words_of
from nightbell.flow.negation import denied
from nightbell.flow.wording import word_set

__all__ = ["takes_back_no"]


_HEARD_DB: Final = 6.0
"""Below this signal-to-noise ratio free words are the room's: of its murmur recognisers make "I don't know"."""
_SHORT: Final = 6
"""Words of the closed recogniser that may be a second thought: it makes long chains of the talk of a room."""
_BEFORE: Final = word_set("well but actually just wait hang on or oh er erm um hm hmm so then")
_AFTER: Final = word_set("actually though then er erm um")
"""What a second thought begins and ends with, and is none alone."""
_SUBJECTS: Final = word_set("it there i she he they we that")
_IS_SO: Final = word_set("is are am was were has have had does do did")
_AT_TIMES: Final = word_set("sometimes occasionally slightly earlier yesterday")
_WHEN: Final = _AT_TIMES | word_set("before once now today")
_ONLY: Final = word_set("when if at on after")


def takes_back_no(tongue: Tongue, ask: Ask, event: Heard) -> bool:
    """Tell whether an utterance says yes, or not sure, to a question just answered no.

    The whole of it may be any phrase of the question's; among other words only a bare "yes", doubt and what this
    question alone takes for a yes are, because "a bit" and the like go on about something else as often as not.
    """
    taken = {spelt(phrase) for phrase in phrases_of(ask, "yes", "not_sure")}
    if event.phrase is not None:
        return words_of(event.phrase) in taken
    if event.snr_db is not None and event.snr_db < _HEARD_DB:
        return False
    closed = words_of(event.text)
    for heard in (words_of(event.open_text or ""), closed if len(closed) <= _SHORT else ()):
        if heard and not any(contains(heard, phrase) for phrase in phrases_of(ask, "no")):
            rest = _without_around(heard)
            if rest in taken or _is_so(rest) or leaves_open(heard) or _says_yes(tongue, ask, heard):
                return True
    return False


def _says_yes(tongue: Tongue, ask: Ask, heard: tuple[str, ...]) -> bool:
    """Tell of a bare yes, a doubt, or an undenied phrase of the question's own, anywhere."""
    usual = [phrase for phrase in phrases_of(ask, "yes") if " " not in phrase]
    if any(contains(heard, phrase) for phrase in (*usual, *phrases_of(ask, "not_sure"))):
        return True
    own = (phrase for phrase in phrases_of(ask, "yes") if phrase not in tongue.answers.yes)
    return any(not denied(heard, at.start, at.stop, ()) for phrase in own for at in places(heard, phrase))


def _is_so(rest: tuple[str, ...]) -> bool:
    """Tell of "it did earlier", "sometimes", "only when I press on it", "a little bit"."""
    if rest[:1] == ("only",) and len(rest) > 1 and rest[1] in _ONLY:
        return True
    if rest in {("a", "little", "bit"), ("only", "a", "bit")} or (rest and _AT_TIMES.issuperset(rest)):
        return True
    kept = tuple(word for word in rest if word not in _WHEN)
    return len(kept) == 2 and kept[0] in _SUBJECTS and kept[1] in _IS_SO


def _without_around(heard: tuple[str, ...]) -> tuple[str, ...]:
    begins = next((at for at, word in enumerate(heard) if word not in _BEFORE), len(heard))
    ends = len(heard)
    while ends > begins and heard[ends - 1] in _AFTER:
        ends -= 1
    return heard[begins:ends]
