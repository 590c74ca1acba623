"""Negation: whether a caller denies what the words name - "no blisters", "I can't see any spots".

Pure text. In doubt nothing is denied: a hedge ("I'm not sure"), relief that fails ("nothing helps the pain") and a
new clause ("it's not going away, it's white") end the reach of a "not".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nightbell.flow.wording import bare

__all__ = ["denied"]

_REACH: Final = 3
"""A "not" this many words before a phrase still governs it; each "or" on the way carries it one item further."""
_NOT: Final = frozenset(
    [
        "not",
        "never",
        "isn't",
        "aren't",
        "wasn't",
        "weren't",
        "hasn't",
        "haven't",
        "hadn't",
        "doesn't",
        "don't",
        "didn't",
        "won't",
        "wouldn't",
        "nothing",
        "none",
        "neither",
        "nor",
    ]
)
_BARE_NO: Final = frozenset({"no", "without"})
_OR: Final = frozenset({"or", "nor"})
_ADJECTIVES: Final = frozenset(
    ["any", "real", "more", "actual", "visible", "new", "bad", "big", "much", "sign", "signs", "of", "longer"]
)
"""Words that may stand between "no" and what it denies: "no real pain", "no sign of blisters"."""
_BOUNDARY: Final = frozenset(
    ["but", "and", "because", "so", "then", "now", "except", "although", "though", "however"]
)
_CONTRACTED: Final = frozenset(
    [
        "it's",
        "i'm",
        "i've",
        "he's",
        "he'd",
        "she's",
        "she'd",
        "they're",
        "they've",
        "there's",
        "that's",
        "you're",
        "we're",
        "we've",
    ]
)
_SUBJECTS: Final = frozenset(["it", "i", "he", "she", "they", "there", "that", "which", "mine"])
_OWNERS: Final = frozenset(["my", "her", "his", "the", "our", "their"])
_VERBS: Final = frozenset(
    [
        "is",
        "are",
        "am",
        "was",
        "were",
        "has",
        "have",
        "had",
        "looks",
        "look",
        "looked",
        "feels",
        "felt",
        "hurts",
        "went",
        "goes",
        "got",
        "gets",
        "keeps",
        "started",
        "turned",
        "turns",
        "came",
        "can",
        "can't",
        "couldn't",
        "just",
        "still",
    ]
)
_LINKS: Final = frozenset(["like", "say", "that", "mean"])
""""It doesn't look like it's white": these carry a "not" over into the clause after them."""
_SIGNS: Final = frozenset(
    [
        "blister",
        "blisters",
        "spot",
        "spots",
        "scab",
        "scabs",
        "pus",
        "redness",
        "rash",
        "swelling",
        "bruise",
        "bruises",
        "bruising",
        "mark",
        "marks",
        "lump",
        "lumps",
        "change",
        "changes",
        "difference",
        "sign",
        "signs",
        "pattern",
    ]
)
"""Not to see any of these is no loss of sight: "I can't see any blisters"."""
_HEDGED: Final = frozenset(["sure", "certain", "know", "think", "only", "just", "sleep", "stop", "help", "wait"])
"""After "not" these turn it into something else: unsure, or "not only"."""
_RELIEF: Final = frozenset(
    [
        "doing",
        "help",
        "helps",
        "helping",
        "helped",
        "work",
        "works",
        "working",
        "worked",
        "touch",
        "touches",
        "touching",
        "ease",
        "eases",
        "easing",
        "stop",
        "stops",
        "stopping",
        "relieve",
        "relieves",
        "better",
        "settle",
        "settles",
        "settling",
        "settled",
        "improve",
        "improving",
        "improved",
        "right",
        "normal",
        "okay",
        "sleep",
        "slept",
        "sleeping",
    ]
)
"""What is denied here is relief, and that denies no sign: "nothing helps the pain", "it isn't right"."""
_MORE_THAN_EVER: Final = frozenset(["so", "such", "this", "worse", "like"])
""""Never been so painful": a "never" before these says more, not less."""


def denied(words: tuple[str, ...], start: int, end: int, skipped: tuple[int, ...]) -> bool:
    """Tell whether words ``start`` to ``end`` are denied; ``skipped`` are those between them that a gap passed."""
    if words[end - 1] == "see" and words[end : end + 1] == ("any",) and _SIGNS & set(words[end + 1 : end + 3]):
        return True
    return any(_denies_within(words, at, end, skipped) for at in skipped) or _denied_before(words, start, end)


def _denies_within(words: Sequence[str], at: int, end: int, skipped: tuple[int, ...]) -> bool:
    """Tell whether a word in a gap denies what comes after the gap."""
    if words[at] not in _NOT and words[at] not in _BARE_NO:
        return False
    after = next((number for number in range(at + 1, end) if number not in skipped), end)
    if any(_breaks(words, number, end) for number in range(at + 1, after)):
        return False
    if words[at] in _BARE_NO:
        return _reaches_over(words[at + 1 : after])
    return not _hedged(words, at, after)


def _denied_before(words: Sequence[str], start: int, end: int) -> bool:
    if _breaks(words, start, end) or _begins_a_clause(words, start):
        return False
    reach, at = _REACH, start
    while at > 0 and reach > 0:
        at, reach = at - 1, reach - 1
        word = words[at]
        if _breaks(words, at, end):
            return False
        if word in _NOT:
            return not _hedged(words, at, start)
        if word in _BARE_NO:
            return _reaches_over(words[at + 1 : start])
        if word in {"can't", "couldn't"} and words[at + 1] == "see" and at + 1 < start:
            return True
        if word in _OR or word in _LINKS:
            reach += 2
    return False


def _begins_a_clause(words: Sequence[str], at: int) -> bool:
    """Tell whether a noun with its verb begins here: "it doesn't hurt, my lip's white" denies no white lip."""
    if bare(words[at]) == words[at]:
        return False
    before = at - 2 if at > 0 and words[at - 1] in _OWNERS else at - 1
    return before < 0 or words[before] not in _LINKS


def _breaks(words: Sequence[str], at: int, end: int) -> bool:
    """Tell whether a new clause begins here, over which a "not" before it does not reach."""
    word = words[at]
    if word in _BOUNDARY:
        return True
    if at > 0 and words[at - 1] in _LINKS:
        return False
    if word in _SUBJECTS:
        return at + 1 < len(words) and words[at + 1] in _VERBS
    return word in _CONTRACTED or (word in _OWNERS and any(after in _VERBS for after in words[at + 2 : end]))


def _reaches_over(between: Sequence[str]) -> bool:
    """Tell whether a bare "no" still holds after these words: "no pus or", "no real"."""
    items: list[list[str]] = [[]]
    for word in between:
        if word in _OR:
            items.append([])
        else:
            items[-1].append(word)
    return all(len(item) <= 2 for item in items[:-1]) and all(word in _ADJECTIVES for word in items[-1])


def _hedged(words: Sequence[str], at: int, start: int) -> bool:
    """Tell whether a "not" denies something else than what begins at ``start``."""
    following = words[at + 1 : start + 1]
    if words[at] == "never" and any(word in _MORE_THAN_EVER for word in words[at + 1 : at + 5]):
        return True
    if at + 1 < len(words) and words[at + 1] in _HEDGED:
        return True
    gone = (
        len(following) > 1 and following[0] in {"go", "going", "gone"} and following[1] in {"away", "down", "off"}
    )
    return gone or any(word in _RELIEF for word in following)
