"""Doubt: whether free words leave a question open - "I can't tell", "I haven't looked", "could be". English.

A screen counts it as yes (rule 4). The phrases of a flow's own ``not_sure`` are not its business; a soft no ("not
that I know of", "I wouldn't say so", "I can't say I have") is no doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nightbell.flow.wording import word_set

__all__ = ["leaves_open"]


_NOT: Final = word_set(
    "not never isn't wasn't haven't hasn't hadn't don't doesn't didn't can't cannot couldn't wouldn't aren't"
)
_UNABLE: Final = word_set("can't cannot couldn't")
_BETWEEN: Final = word_set(
    "really honestly quite be too entirely even actually yet been in to so totally completely"
)
"""What may stand between a "not" and what is not known."""
_KNOWN: Final = word_set("sure certain know remember looked checked tried measured measuring counted timed timing")
_FOR_THE_UNABLE: Final = word_set("say tell judge")
_TO_KNOW: Final = word_set("say tell know judge")
_HARD: Final = word_set("hard difficult tricky impossible early soon")
_MAY: Final = word_set("might could may")
_MAY_BE: Final = word_set("be have")
_JUST: Final = word_set("just well still only even")
_BETTER: Final = word_set("worse better")
_WHOLE: Final = (
    ("who", "knows"),
    ("no", "idea"),
    ("no", "clue"),
    ("a", "clue"),
    ("it", "depends"),
    ("that", "depends"),
    ("two", "minds"),
    ("fifty", "fifty"),
    ("would", "i", "know"),
    ("should", "i", "know"),
    ("lost", "track"),
)
_SOFT_NO: Final = {
    ("can't", "tell"): word_set("the any a apart"),
    ("can't", "say"): word_set("i i've i'd that so it it's there there's he she we they the any a"),
    ("couldn't", "say"): word_set("i that so he she we they"),
}
"""What goes on with a no: "I can't tell the difference", "I can't say I have"."""


def leaves_open(words: Sequence[str]) -> bool:
    """Tell whether words, spelt as ``words_of`` spells them, say that somebody does not know."""
    if any(tuple(words[at : at + len(whole)]) == whole for whole in _WHOLE for at in range(len(words))):
        return True
    if words[:1] == ("depends",) or words[:2] == ("well", "depends"):
        return True
    return any(_unknown(words, at) or _hard_to_say(words, at) or _may_be(words, at) for at in range(len(words)))


def _unknown(words: Sequence[str], at: int) -> bool:
    """Tell of "can't be certain", "haven't looked", "couldn't tell you"; not of "not that I know of"."""
    if words[at] not in _NOT:
        return False
    next_ = at + 1
    while next_ < len(words) and words[next_] in _BETWEEN:
        next_ += 1
    if next_ >= len(words):
        return False
    if words[next_] in _KNOWN:
        return True
    after = words[next_ + 1] if next_ + 1 < len(words) else ""
    unable = words[at] in _UNABLE and words[next_] in _FOR_THE_UNABLE
    return unable and after not in _SOFT_NO.get((words[at], words[next_]), ())


def _hard_to_say(words: Sequence[str], at: int) -> bool:
    hard = words[at] in _HARD and len(words) > at + 2
    return hard and words[at + 1] == "to" and words[at + 2] in _TO_KNOW


def _may_be(words: Sequence[str], at: int) -> bool:
    """Tell of "it might be", "could just be"; not of "could be worse"."""
    rest = words[at + 1 :]
    if rest and rest[0] in _JUST:
        rest = rest[1:]
    better = len(rest) > 1 and rest[1] in _BETTER
    return words[at] in _MAY and bool(rest) and rest[0] in _MAY_BE and not better
