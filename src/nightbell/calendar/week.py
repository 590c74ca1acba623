"""Week: opening hours as a person types them on one line, read into days and spans.

``mon-fri 9:00-17:30, sat 10am-2pm``. It says which word it did not understand. It knows no holidays and no zone:
that is ``calendar.hours``, which reads the spans that come out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from typing import Final

from nightbell.calendar.hours import DAYS, Span
from nightbell.errors import TermError

__all__ = ["EXAMPLE", "read_week", "week_as_text"]

EXAMPLE: Final = "mon-fri 09:00-17:30, sat 10:00-14:00"
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SETS: Final = {"weekdays": DAYS[:5], "weekends": DAYS[5:], "daily": DAYS, "every day": DAYS}
_DASH: Final = r"\s*(?:-|\N{EN DASH}|\bto\b|\buntil\b)\s*"
_CLOCK: Final = r"\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm)?"
_SPAN: Final = re.compile(rf"({_CLOCK}){_DASH}({_CLOCK})(?![\w:.])")
_DAY: Final = re.compile(r"every day|[a-z]+")
_FILLING: Final = re.compile(r"[\s,;:&]+|\band\b|\bopen\b")


def read_week(text: str) -> dict[str, tuple[str, ...]]:
    """Read a week.

    Args:
        text: days, then their hours; ``mon-fri 09:00-12:30 13:30-17:30; sat 10-14``, ``weekdays 9am to 5.30pm``.

    Returns:
        Every day that is open, ``mon`` first, to its spans as clinic.yaml writes them, ``09:00-17:30``.

    Raises:
        TermError: a word that means nothing here, hours without a day or the other way round, spans that overlap.
    """
    week: dict[str, list[Span]] = {}
    days: list[str] = []
    hours_seen = True
    for sign in _signs(text.lower()):
        if isinstance(sign, Span):
            if not days:
                raise TermError("hours without a day", hint=f"say the day first: {EXAMPLE}")
            for day in days:
                week.setdefault(day, []).append(sign)
            hours_seen = True
        elif not sign:  # closed
            days, hours_seen = [], True
        else:
            days = [*sign] if hours_seen else [*days, *sign]
            hours_seen = False
    if days and not hours_seen:
        raise TermError(f"no hours for {days[-1]}", hint=f"say from when to when: {EXAMPLE}")
    if not week:
        raise TermError("no hours at all", hint=f"such as {EXAMPLE}")
    return {day: _in_order(day, week[day]) for day in DAYS if day in week}


def week_as_text(week: dict[str, tuple[str, ...]]) -> str:
    """Return a week on one line, days with the same hours together."""
    groups: list[tuple[list[str], tuple[str, ...]]] = []
    for day, spans in week.items():
        neighbours = bool(groups) and DAYS.index(groups[-1][0][-1]) == DAYS.index(day) - 1
        if neighbours and groups[-1][1] == spans:
            groups[-1][0].append(day)
        else:
            groups.append(([day], spans))
    return ", ".join(
        (days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}") + " " + " ".join(spans) for days, spans in groups
    )


def _signs(text: str) -> Iterator[tuple[str, ...] | Span]:
    """Yield days (one, all of a range, none for "closed") and spans in the order of the text."""
    at = 0
    while at < len(text):
        filling, span, day = _FILLING.match(text, at), _SPAN.match(text, at), _DAY.match(text, at)
        if filling:
            at = filling.end()
        elif span:
            yield _span(span)
            at = span.end()
        elif day:
            first, at = _days(day.group()), day.end()
            dash = re.compile(_DASH).match(text, at)
            last = _DAY.match(text, dash.end()) if dash else None
            if last is None or not first:
                yield first
            else:
                ends = _days(last.group())
                if not ends:
                    raise TermError("closed until when?", hint=f"such as {EXAMPLE}; other days are closed anyway")
                yield _range(first[0], ends[0])
                at = last.end()
        else:
            raise TermError(f"{text[at:].split(maxsplit=1)[0]!r} is not understood", hint=f"such as {EXAMPLE}")


def _days(word: str) -> tuple[str, ...]:
    if word in _SETS:
        return _SETS[word]
    if word == "closed":
        return ()
    found = [day for day, name in zip(DAYS, _NAMES, strict=True) if len(word) >= 3 and f"{name}s".startswith(word)]
    if not found:
        raise TermError(f"{word!r} is no day", hint=f"days are {', '.join(DAYS)}")
    return (found[0],)


def _range(first: str, last: str) -> tuple[str, ...]:
    begin, end = DAYS.index(first), DAYS.index(last)
    return DAYS[begin : end + 1] if begin <= end else DAYS[begin:] + DAYS[: end + 1]


def _span(found: re.Match[str]) -> Span:
    first, last = found.group(1), found.group(2)
    opens, closes = _clock(first), _clock(last)
    half = not re.search(r"am|pm|[:.]", first + last)
    if half and closes <= opens <= time(12) and closes < time(12):
        raise TermError(
            f"{found.group()!r} may mean the morning or the evening", hint="write 09:00-17:30, or 9am-5pm"
        )
    if opens >= closes:
        raise TermError(f"{found.group()!r} ends before it begins", hint="write 09:00-17:30; until 23:59 at most")
    return Span(opens, closes)


def _clock(text: str) -> time:
    digits = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", text.strip())
    if digits is None:
        raise TermError(f"{text!r} is no time", hint="write 09:00")
    hour, minute, half = int(digits.group(1)), int(digits.group(2) or 0), digits.group(3)
    if half and not 1 <= hour <= 12:
        raise TermError(f"{text.strip()!r} is no time", hint="write 09:00, or 9am")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError as error:
        raise TermError(f"{text.strip()!r} is no time", hint="write 09:00; 23:59 is the last") from error


def _in_order(day: str, spans: list[Span]) -> tuple[str, ...]:
    ordered = sorted(spans)
    for before, after in pairwise(ordered):
        if after.opens < before.closes:
            raise TermError(f"two hours of {day} overlap", hint=f"such as {EXAMPLE}")
    return tuple(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in ordered)
