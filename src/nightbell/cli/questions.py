"""Questions: the seven things that a new clinic is asked, what each answer may be, and what it is taken to mean.

An answer is read by the same rules whether it is typed or stands in a file. Nothing is asked that another answer
tells: the clinic's own number tells the country, and with it the clock, the holidays and the emergency number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import phonenumbers

from nightbell.calendar.week import EXAMPLE, read_week
from nightbell.cli.country import Country, Site, read_site
from nightbell.errors import TermError
from nightbell.terms.phone import PhoneNumber

__all__ = ["QUESTIONS", "Answers", "Contact", "Question", "answers_of", "title_of"]

SOLO: Final = "solo"
_LONGEST: Final = 60
"""Letters of a name that callers hear: the emergency words must be over within 12 s (DESIGN rule 1)."""
_SPOKEN: Final = re.compile(r"[^\W\d_](?:[\w .,'&()\N{RIGHT SINGLE QUOTATION MARK}-]*[\w.)])?")
_NO_MOBILE: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is rung; never told to a caller."""

    number: PhoneNumber
    name: str = ""

    def __repr__(self) -> str:
        return f"Contact({self.number!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Everything that a new folder needs."""

    title: str
    site: Site
    hours: Mapping[str, tuple[str, ...]]
    mobile: Contact
    deputy: Contact | None
    """None: nobody else, the clinic is solo."""
    emergency_department: str
    eye_unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question."""

    name: str
    """Key of the answers file."""
    ask: str
    why: str
    """What it is for, and how to answer."""
    read: Callable[[str, Mapping[str, Any]], Any]
    """Answer and the answers before it to what it means; raises TermError."""
    default: Callable[[Mapping[str, Any]], str] = lambda _: ""
    """What Enter alone stands for, by the answers before; empty where there is no such thing."""


def title_of(folder: str) -> str:
    """Return what a clinic is likely to be called, by its folder: ``harbour-street`` is Harbour Street Clinic."""
    words = [word.capitalize() for word in re.split(r"[-_]+", folder) if word]
    return " ".join(words if words and words[-1] == "Clinic" else [*words, "Clinic"])


def answers_of(given: Mapping[str, Any]) -> Answers:
    """Return what the answers to all questions mean together."""
    return Answers(
        title=given["name"],
        site=given["country"],
        hours=given["hours"],
        mobile=given["mobile"],
        deputy=given["deputy"],
        emergency_department=given["emergency_department"],
        eye_unit=given["eye_unit"],
    )


def _name(text: str, _: Mapping[str, Any]) -> str:
    name = " ".join(text.split())
    if not name:
        raise TermError("nothing was typed", hint="the name, as you would say it on the telephone")
    if any(sign.isdigit() for sign in name):
        raise TermError("a name with digits", hint="write numbers as words; callers hear them read out")
    if len(name) > _LONGEST:
        raise TermError(f"longer than {_LONGEST} letters", hint="the short name that people know")
    if not _SPOKEN.fullmatch(name):
        raise TermError(f"{name!r} holds a sign that cannot be said", hint="letters, spaces, and ' & - . , ( )")
    return name


def _site(text: str, before: Mapping[str, Any]) -> Site:
    site = read_site(text)
    if not site.country.has_holidays:
        raise TermError(
            f"the public holidays of {site.country.name} are not known",
            hint="without them the line cannot tell when the clinic is shut",
        )
    return site if site.country.emergency else replace(site, country=_with_emergency(site.country, before))


def _with_emergency(country: Country, before: Mapping[str, Any]) -> Country:
    given = str(before.get("emergency", ""))
    if not given:
        raise TermError(
            f"the number of an ambulance in {country.name} is not known",
            hint="stop, and start again with --emergency and the number that people there dial",
        )
    if not phonenumbers.is_emergency_number(given, country.code):
        raise TermError(f"{given} is no emergency number of {country.name}", hint="start again with the right one")
    return replace(country, emergency=given)


def _hours(text: str, _: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return read_week(text)


def _contact(text: str, before: Mapping[str, Any]) -> Contact:
    site: Site = before["country"]
    at = re.search(r"[+(\d]", text)
    if at is None:
        raise TermError(
            "there is no number", hint=f"the mobile's number; {site.country.name}'s need no country code"
        )
    digits = re.match(r"[+\d\s().\-/]+", text[at.start() :])
    typed = digits.group() if digits else ""
    number = PhoneNumber.parse(typed, site.country.code)
    if number == site.number:
        raise TermError("this is the clinic's own number", hint="a page to it would ring the line that sends it")
    if phonenumbers.number_type(phonenumbers.parse(number.e164)) in _NO_MOBILE:
        raise TermError("this is no mobile", hint="a page is a call and a text message; give a mobile")
    name = (text[: at.start()] + text[at.start() + len(typed) :]).strip(" ,:;-")
    return Contact(number, _name(name, before) if name else "")


def _deputy(text: str, before: Mapping[str, Any]) -> Contact | None:
    if text.strip().lower() in {SOLO, "none", "no", "nobody"}:
        return None
    deputy = _contact(text, before)
    if deputy.number == before["mobile"].number:
        raise TermError("this is your own mobile", hint="a second person's, or solo")
    return deputy


QUESTIONS: Final = (
    Question(
        name="name",
        ask="What do callers know your clinic as?",
        why="It is the first thing they hear.",
        read=_name,
        default=lambda before: str(before["folder"]),
    ),
    Question(
        name="country",
        ask="Which number do callers ring?",
        why=(
            "The clinic's public number with its country: +44 20 7946 0142, or England 020 7946 0142. It "
            "tells the emergency number, the holidays and the clock."
        ),
        read=_site,
    ),
    Question(
        name="hours",
        ask="When is the clinic open?",
        why=f"Such as {EXAMPLE}. Days you leave out are closed.",
        read=_hours,
        default=lambda _: "mon-fri 09:00-17:30",
    ),
    Question(
        name="mobile",
        ask="What is your mobile number?",
        why="It rings when a caller needs a clinician. No caller is ever told it. Add your name if you like.",
        read=_contact,
    ),
    Question(
        name="deputy",
        ask="Who is rung when you do not answer?",
        why="A deputy's mobile, or: solo. A solo line says so, and sends callers on rather than let them wait.",
        read=_deputy,
        default=lambda _: SOLO,
    ),
    Question(
        name="emergency_department",
        ask="Which emergency department is nearest?",
        why="Its name as people say it. Callers are sent there when nobody can be reached.",
        read=_name,
    ),
    Question(
        name="eye_unit",
        ask="Which eye unit is nearest?",
        why="For a caller whose sight has changed. Enter alone: the same place.",
        read=_name,
        default=lambda before: str(before["emergency_department"]),
    ),
)
"""In the order they are asked."""
