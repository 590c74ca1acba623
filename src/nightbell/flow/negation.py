"""Negation: whether a caller denies what the words name - "no blisters", "I can't see any spots".

Pure text, without punctuation: recognisers write none. In doubt nothing is denied: a "not" reaches over words of a
list alone (``CARRIED``), and not over a hedge ("I'm not sure"), relief that fails ("nothing helps the pain"), a
new clause ("it's not going away, it's white") or a sign with a "not" of its own ("I don't feel well, can't
breathe"); and what is so by now is not denied ("no pain until today").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from nightbell.flow import negation_words as lists
from nightbell.flow.wording import bare

__all__ = ["denied", "near_a_not"]

_REACH: Final = 3
"""A "not" this many words before a phrase still governs it; each "or" on the way carries it one item further."""
_BEHIND: Final = 4
"""How many words behind a sign can say that it is so by now."""
_ITEM: Final = 5
"""Words of one item of a list with "or" that a "not" reaches over, at most."""


def denied(words: tuple[str, ...], start: int, end: int, skipped: tuple[int, ...]) -> bool:
    """Tell whether words ``start`` to ``end`` are denied; ``skipped`` are those between them that a gap passed."""
    if (
        words[end - 1] == "see"
        and words[end : end + 1] == ("any",)
        and lists.SIGNS & set(words[end + 1 : end + 3])
    ):
        return _sees_none(words, end)
    inside = any(_denies_within(words, at, end, skipped) for at in skipped)
    return (inside or _denied_before(words, start, end)) and not _is_undone(words, start, end, skipped)


def near_a_not(words: Sequence[str], start: int) -> bool:
    """Tell whether any "not" stands shortly before, whatever it denies: "it can't be botox"."""
    return any(word in lists.NEGATIVE or word == "without" for word in words[max(0, start - _REACH - 1) : start])


def _sees_none(words: Sequence[str], end: int) -> bool:
    """Tell whether it is marks of the skin that are not seen; "any difference between light and dark" is none."""
    sign = next(at for at in (end + 1, end + 2) if at < len(words) and words[at] in lists.SIGNS)
    rest = words[sign + 1 : sign + 4]
    if not rest or rest[0] not in lists.SIGHT_AFTER:
        return True
    return rest[0] in {"on", "in", "or", "and"} and bool(lists.SEEN_ON & set(rest))


def _denies_within(words: Sequence[str], at: int, end: int, skipped: tuple[int, ...]) -> bool:
    """Tell whether a word in a gap denies what comes after the gap."""
    if words[at] not in lists.NOT and words[at] not in lists.BARE_NO:
        return False
    after = next((number for number in range(at + 1, end) if number not in skipped), end)
    if _says_its_own(words, at, after) or any(_breaks(words, number, end) for number in range(at + 1, after)):
        return False
    if words[at] in lists.BARE_NO:
        return _no_reaches(words, at, after)
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
        if bare(word) in lists.NOT:  # "nothing's"
            return not _says_its_own(words, at, start) and not _hedged(words, at, start)
        if word in lists.BARE_NO:
            return not _says_its_own(words, at, start) and _no_reaches(words, at, start)
        if word in {"can't", "couldn't"} and words[at + 1] == "see" and at + 1 < start:
            return True
        if word in lists.OR or word in lists.LINKS:
            reach += _REACH
    return False


def _says_its_own(words: Sequence[str], at: int, start: int) -> bool:
    """Tell whether the sign has a "not" of its own, and no link to the one before: "no, can't breathe"."""
    own = start < len(words) and words[start] in lists.NEGATIVE
    return own and not any(word in lists.LINKS for word in words[at + 1 : start])


def _begins_a_clause(words: Sequence[str], at: int) -> bool:
    """Tell whether a noun with its verb begins here: "it doesn't hurt, my lip's white" denies no white lip."""
    if bare(words[at]) == words[at]:
        return False
    before = at - 2 if at > 0 and words[at - 1] in lists.OWNERS else at - 1
    return before < 0 or words[before] not in lists.LINKS


def _breaks(words: Sequence[str], at: int, end: int) -> bool:
    """Tell whether a new clause begins here, over which a "not" before it does not reach."""
    word = words[at]
    if word in lists.BOUNDARY:
        return True
    if at > 0 and words[at - 1] in lists.LINKS:
        return False
    if word in lists.PEOPLE:
        return at + 1 < len(words)
    if word in lists.SUBJECTS:
        return at + 1 < len(words) and words[at + 1] in lists.VERBS
    owned = word in lists.OWNERS and any(after in lists.VERBS for after in words[at + 2 : end])
    return owned or word in lists.CONTRACTED


def _no_reaches(words: Sequence[str], at: int, start: int) -> bool:
    """Tell whether a bare "no" holds up to ``start``: "no pus or", "no real"; "no, gone white" is an answer."""
    between = words[at + 1 : start]
    if not between and _is_an_answer(words, at, start):
        return False
    *others, last = _items(between)
    short = all(len(item) <= 2 for item in others)
    return short and all(word in lists.ADJECTIVES for word in last) and not _is_doubted(words, at)


def _items(between: Sequence[str]) -> list[list[str]]:
    """Split a list with "or" into what it lists, the last item as far as it goes."""
    items: list[list[str]] = [[]]
    for word in between:
        if word in lists.OR:
            items.append([])
        else:
            items[-1].append(word)
    return items


def _is_an_answer(words: Sequence[str], at: int, start: int) -> bool:
    """Tell whether the "no" before a sign answers a question: "no, gone white", "no, legs are numb"."""
    if words[at] == "without":
        return at > 0 and words[at - 1] in lists.NOT
    return bool(set(words[start : start + 1]) & lists.VERBAL or set(words[start + 1 : start + 2]) & lists.FINITE)


def _hedged(words: Sequence[str], at: int, start: int) -> bool:
    """Tell whether a "not" denies something else than what begins at ``start``."""
    following = words[at + 1 : start + 1]
    if words[at] == "never" and any(word in lists.MORE_THAN_EVER for word in words[at + 1 : at + 9]):
        return True
    if _means_the_opposite(words, at) or _is_doubted(words, at):
        return True
    if words[start : start + 1] in {("last",), ("survive",)} or words[start : start + 2] == ("get", "through"):
        return True  # "I won't last the night"
    if len(following) > 1 and following[0] in lists.GOING and following[1] in {"away", "down", "off", "back"}:
        return True
    if any(word in lists.RELIEF for word in following):
        return True
    between = following[:-1] if start < len(words) else following
    return not _carries(between, words[at], into=words[start : start + 1] in {("in",), ("into",), ("inside",)})


def _means_the_opposite(words: Sequence[str], at: int) -> bool:
    """Tell whether a "not" says that it is so: "not usually", "not half", "didn't mean to", "you didn't say"."""
    after = words[at + 1 : at + 3]
    if not after:
        return False
    if after[0] in lists.HEDGED or (after[0] == "half" and after[1:] != ("as",)):
        return True
    if after[0] in {"mean", "meant"} and after[1:] == ("to",):
        return True
    if words[at] in {"didn't", "never"} and after[0] in lists.TELLS:
        return True
    if after[0] == "to" and lists.TRYING & set(words[max(0, at - 2) : at]):
        return True
    return words[at] in {"nothing", "none"} and at > 0 and words[at - 1] in lists.PREDICATES


def _is_doubted(words: Sequence[str], at: int) -> bool:
    """Tell whether a "not" is itself in doubt: "I can't say there's no ...", "I hope it isn't", "is it"."""
    back = words[max(0, at - 6) : at]
    if {"hope", "hoping"} & set(back) or ("tell", "me") in pairwise(back) or back[-1:] == ("why",):
        return True
    for place, word in enumerate(back):
        before = set(back[max(0, place - 2) : place])
        if word in lists.DOUBTS and (before & lists.NEGATIVE or "how" in back[:place]):
            return True
    return words[-2:] in lists.TAGS


def _carries(between: Sequence[str], no: str, *, into: bool) -> bool:
    """Tell whether a "not" reaches over these words; ``into`` is that the sign begins where a pain is."""
    *others, last = _items(between)
    if any(len(item) > _ITEM for item in others):
        return False
    for place, word in enumerate(last):
        before = last[place - 1] if place else ""
        following = last[place + 1] if place + 1 < len(last) else ""
        match word:
            case "more":
                carried = not before or before in {"any", "much", "getting"}
            case "like":
                carried = before in lists.LOOKS_LIKE or (not before and no == "nothing")
            case "want":
                carried = following in {"", "to", "any", "a", "that"}
            case "pain":
                carried = into and not following
            case _:
                carried = word in lists.CARRIED or (word in lists.BODY and before in lists.OWNERS)
        if not carried:
            return False
    return True


def _is_undone(words: Sequence[str], start: int, end: int, skipped: tuple[int, ...]) -> bool:
    """Tell whether what is denied was so until now alone, or elsewhere: "not this morning", "except my eye"."""
    area = [*(words[at] for at in skipped), *words[end : end + _BEHIND]]
    behind = words[end : end + _BEHIND]
    if (
        ("like", "this") in pairwise(behind)
        or lists.UNTIL & set(area)
        or any(two in lists.TAKEN_BACK for two in pairwise(area))
    ):
        return True
    near = (words[at] for at in (*skipped, *range(start - 1, max(-1, start - 6), -1)))
    no = next((word for word in near if word in lists.NOT or word in lists.BARE_NO), "")
    if no in lists.BARE_NO and "yesterday" in behind and lists.BOUNDARY & set(behind):
        return True
    then = lists.EARLIER & set(behind) or {("this", "morning"), ("when", "i")} & set(pairwise(behind))
    if (no in lists.PAST_NOT and then) or (no in {"haven't", "hasn't"} and "before" in behind):
        return True
    return any(
        words[at] in {"but", "it", "it's"}
        and lists.GOES_ON & {words[n] for n in range(at + 1, end) if n not in skipped}
        for at in skipped
    )
