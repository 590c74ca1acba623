"""Choosing: which answer is true for a caller - yes or no to a question, or the choice of a menu that fits best.

It reads the flow as a caller's ear would: what a choice can be called by, and which signs a question asks for. It
says nothing and knows no wording but the words that facts go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from nightbell.flow.wording import normal

if TYPE_CHECKING:
    from nightbell.flow.model import Choice
    from nightbell.rehearsal.callers.person import Company, Facts, Person

__all__ = ["Chosen", "choice_for", "is_about_worry", "says_yes_to", "themes_of"]

WORRIED: Final = "worried_after_all"
"""The sign of whoever has any sign: asked whether anything worries them, they say yes."""
Theme = Literal["product", "since", "whom", "intent"]

_PRODUCTS: Final[Mapping[str, tuple[str, ...]]] = {
    "filler": ("filler", "fillers", "dermal filler", "lip filler"),
    "toxin": ("toxin", "botox", "anti wrinkle", "wrinkle injections"),
    "threads": ("threads", "thread", "thread lift"),
    "laser": ("laser", "light", "ipl", "laser or peel", "skin"),
    "peel": ("peel", "chemical peel", "a peel", "skin"),
    "surgery": ("surgery", "operation", "an operation", "my operation", "procedure"),
    "anaesthetic": ("anaesthetic", "anesthetic", "epidural", "spinal", "sedation", "spinal or epidural"),
    "unknown": ("unknown", "not sure", "don't know", "i don't know", "something else", "other"),
    "medicine": ("medicine", "a medicine", "medicines", "tablets", "medication", "a prescription"),
    "none": ("none", "nothing", "no treatment", "something else", "other", "anything else"),
}
_SINCE: Final[Mapping[str, tuple[str, ...]]] = {
    "today": ("today", "this morning", "yesterday", "recent", "days"),
    "days": ("days", "this week", "a few days ago", "within two weeks", "two weeks", "recent"),
    "weeks": ("weeks", "longer", "longer ago", "months", "more than two weeks"),
    "unknown": ("unknown", "not sure", "don't know", "i don't know"),
}
_WHOM: Final[Mapping[str, tuple[str, ...]]] = {
    "self": ("self", "me", "myself", "for myself"),
    "other": ("other", "someone else", "somebody else"),
}
_INTENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "worried": ("worried", "i'm worried", "it hurts", "a problem", "unwell", "treatment", "symptoms"),
    "crisis": ("crisis", "harm", "self harm", "harming myself", "hurting myself", "thoughts of harming myself"),
    "bookings": ("appointments", "an appointment", "booking", "a booking", "book", "bookings"),
    "prices": ("prices", "price", "cost", "how much"),
    "directions": ("directions", "address", "where are you", "parking"),
    "hours": ("hours", "opening hours", "opening times"),
    "aftercare": ("aftercare", "after care", "advice", "a question"),
    "information": ("information", "info"),
    "medication": ("medication", "medicine", "prescription", "prescriptions", "tablets"),
    "message": ("message", "leave a message", "a message"),
    "done": ("enough", "that's all", "that is all", "nothing else", "goodbye", "no thank you"),
    "other": ("other", "anything else", "something else", "none"),
}
_THEMES: Final[Mapping[Theme, Mapping[str, tuple[str, ...]]]] = {
    "product": _PRODUCTS,
    "since": _SINCE,
    "whom": _WHOM,
    "intent": _INTENTS,
}
_VAGUE: Final = ("unknown", "not sure", "don't know", "i don't know", "something else", "other", "anything else")
_CRISIS: Final = "self_harm"
_ONE_LEVEL_UP: Final = frozenset({"child", "pregnant", "intoxicated", "cannot_speak"})
"""Signs of row 32: whoever has one answers as somebody who rings for another."""
_ELSE: Final[Mapping[str, tuple[str, ...]]] = {  # what a kind of call asks for where its own name is no choice
    "prices": ("information",),
    "directions": ("hours", "information"),
    "aftercare": ("information",),
    "negations": ("aftercare", "information"),
    "results": ("message",),
    "changes": ("bookings",),
    "vouchers": ("bookings",),
}


def says_yes_to(signs: frozenset[str], asks: Sequence[str], rows: str, company: Company, row: str) -> bool:
    """Tell whether somebody with these signs says yes to a question.

    Args:
        signs: what the caller truly has.
        asks: the signs that the question asks for; where it names none, its row stands in.
        rows: the question's rows, such as "3, 4".
        company: the vocabulary.
        row: the caller's own row.
    """
    if WORRIED in asks and signs:
        return True
    if asks:
        return bool(signs.intersection(asks))
    named = {each.strip() for each in rows.split(",") if each.strip()}
    asked = any(named.intersection(company.rows_of(sign)) for sign in signs)
    return asked and (row in named or not row)


def is_about_worry(asks: Sequence[str], *, clears: bool) -> bool:
    """Tell whether a yes or no question asks if anything worries the caller."""
    return clears or WORRIED in asks


def themes_of(choices: Sequence[Choice], result: str) -> tuple[Theme, ...]:
    """Return what a menu asks about, the likeliest first.

    Args:
        choices: the ways out of it.
        result: the name that its answer is kept under; it may say.
    """
    for theme in _THEMES:
        if theme != "intent" and result.rpartition(".")[2].startswith(theme):
            return (theme,)
    counted = {
        theme: sum(
            _fits(choice, names) for name, names in values.items() for choice in choices if name != "unknown"
        )
        for theme, values in _THEMES.items()
    }
    return tuple(sorted((theme for theme, count in counted.items() if count), key=lambda theme: -counted[theme]))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choice that is true for a caller."""

    choice: Choice
    name: str
    """Of the short answer that says so."""
    phrases: tuple[str, ...]
    """What the line listens for and is true: others of the choice may say what this caller has not."""


def choice_for(person: Person, choices: Sequence[Choice], result: str) -> Chosen | None:
    """Return the choice that is true for a caller; None where none is."""
    for theme in themes_of(choices, result):
        for value in _values(person, theme):
            names = _THEMES[theme].get(value, (value,))
            fitting = [choice for choice in choices if _fits(choice, names)]
            if fitting:
                return _chosen(min(fitting, key=lambda choice: _rank(choice, names)), value, names)
    vague = [choice for choice in choices if _fits(choice, _VAGUE)]
    return _chosen(vague[0], "not_sure", _VAGUE) if vague else None


def _chosen(choice: Choice, value: str, names: Sequence[str]) -> Chosen:
    wanted = {normal(name) for name in names}
    return Chosen(choice, value, tuple(each for each in choice.hear if normal(each) in wanted) or choice.hear[:1])


def _values(person: Person, theme: Theme) -> Iterable[str]:
    facts: Facts = person.facts
    match theme:
        case "product":
            medicine = ("medicine",) if "medication" in person.signs else ()
            known = ("unknown", "filler") if facts.product == "unknown" else (facts.product, "none")
            return (*medicine, *known)
        case "since":
            return (facts.since,)
        case "whom":
            return ("other" if facts.whom == "other" or person.signs & _ONE_LEVEL_UP else "self",)
        case "intent":
            if _CRISIS in person.signs:  # a menu that names it is a question that asks for it
                return ("crisis", "worried", "other")
            if person.kind == "hidden_in_booking":
                return ("bookings", "other", "worried")
            if not person.negative:
                return ("worried",)
            return (person.group, *_ELSE.get(person.group, ()), "done", "other", "message", "bookings")


def _fits(choice: Choice, names: Sequence[str]) -> bool:
    return _rank(choice, names) < len(names)


def _rank(choice: Choice, names: Sequence[str]) -> int:
    """Return which of the names is the choice's own, or how many there are."""
    called = {choice.name, choice.name.replace("_", " "), *(normal(phrase) for phrase in choice.hear)}
    return next(
        (number for number, name in enumerate(names) if name in called or normal(name) in called), len(names)
    )
