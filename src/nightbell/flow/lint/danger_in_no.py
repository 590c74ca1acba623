"""NB347: words of danger, or of a yes, that count as a no. What "not sure" counts as is NB327's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Path
from nightbell.flow.lint.phrases import heard_by, place_of
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english
from nightbell.flow.model import Screen
from nightbell.flow.wording import normal

__all__ = ["RULE"]

_YES: Final = (
    "yes, yeah, yep, yes please, a bit, a little, a tiny bit, slightly, sometimes, i think so, probably, "
    "possibly, kind of, sort of, of course, definitely, i do, i am, it is, it does"
)
_MEANS_YES: Final = frozenset(phrase.strip() for phrase in _YES.split(","))
"""What people say who mean yes, and what is a yes about danger."""
_UNSURE: Final = frozenset(["not sure", "i'm not sure", "i am not sure", "i don't know", "don't know"])
_DENIES: Final = frozenset(["no", "not", "none", "never", "nothing", "nope", "without", "neither", "cannot"])


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    if not is_english(flow.languages[0]):
        return
    yield from _among(subject, flow.no, (), ("answers", "no"))
    for state in flow.states:
        for question in state.questions if isinstance(state, Screen) else ():
            path: Path = ("states", state.name, "questions", question.name, "hear_no")
            yield from _among(subject, question.hear_no, question.hear_yes, path)
            for phrase in question.hear_no:
                if normal(phrase) in _UNSURE | {normal(known) for known in flow.not_sure}:
                    yield _finding(subject, phrase, path, "means that the caller does not know")


def _among(subject: Subject, phrases: tuple[str, ...], signs: tuple[str, ...], path: Path) -> Iterator[Finding]:
    flags = [flag for flag in subject.flow.universals if flag.floor is not None and flag.floor.pages]
    for phrase in phrases:
        words = normal(phrase).split()
        flag = next((flag.name for flag in flags if heard_by(flag, phrase)), "")
        if normal(phrase) in _MEANS_YES:
            yield _finding(subject, phrase, path, "means yes")
        elif flag:
            yield _finding(subject, phrase, path, f"is the red flag {flag!r}")
        elif not _denies(words):
            sign = next((sign for sign in signs if _within(normal(sign).split(), words)), "")
            if sign:
                yield _finding(subject, phrase, path, f"says the sign {sign!r}")


def _denies(words: list[str]) -> bool:
    return any(word in _DENIES or word.endswith("n't") for word in words)


def _within(sign: list[str], words: list[str]) -> bool:
    """Tell whether the words of a sign stand in a phrase one after the other."""
    return bool(sign) and any(words[at : at + len(sign)] == sign for at in range(len(words)))


def _finding(subject: Subject, phrase: str, path: Path, what: str) -> Finding:
    place = place_of(subject, phrase, *path)
    hint = "move it to the yes: of these answers a no sends the caller on, and a yes costs a call at most"
    return Finding(place, RULE.code, f"{phrase!r} counts as a no, and {what}", hint)


RULE = Rule(
    code="NB347",
    about=Code(
        "A danger that counts as a no",
        "Whoever answers a safety question with 'a bit' or names the sign itself has said yes. Among the phrases "
        "of a no such words turn a caller in danger away.",
    ),
    source="DESIGN 4.4; clinical R8",
    find=_find,
)
