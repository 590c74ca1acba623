"""Promise maker: which call-back a disposition earns, and how its time is said to the caller. Pure.

It decides nothing about who rings, stores nothing, and reads no clock. Words only, no digits: a voice says them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["DEFAULTS_MS", "NextOpening", "PromiseRules", "make_promise", "spoken_time"]

NextOpening = Callable[[Instant], Instant | None]
"""The clinic's next opening after an instant; None when its calendar has none."""

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_ROUND_MS: Final = 5 * _MINUTE_MS
"""Times are said to five minutes: "ten forty three" is not remembered."""
_SHORT_MS: Final = 15 * _MINUTE_MS
"""A promise shorter than this is said to the minute: five would take most of it away."""
_DAY_MS: Final = 24 * _HOUR_MS

DEFAULTS_MS: Final[Mapping[Disposition, int]] = MappingProxyType(
    {
        Disposition.D0: 5 * _MINUTE_MS,
        Disposition.D1: 5 * _MINUTE_MS,
        Disposition.DM: 5 * _MINUTE_MS,
        Disposition.D2: 30 * _MINUTE_MS,
        Disposition.DU: 30 * _MINUTE_MS,
        Disposition.D3: 4 * _HOUR_MS,
        Disposition.D4: _HOUR_MS,
        Disposition.D5: _HOUR_MS,
    }
)
"""From the call; D4 and D5 from the next opening (DESIGN section 3)."""

_AFTER_OPENING: Final = frozenset({Disposition.D4, Disposition.D5})
_NUMBERS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty")
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
    "nineteenth", "twentieth",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_AFTERNOON: Final = 12
_EVENING: Final = 17
_NIGHT: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRules:
    """What a clinic promises."""

    from_number: str
    """The clinic's own number, the only one a caller hears."""
    zone: str
    """IANA name of the clinic's zone."""
    who: str = "a clinician"
    """The role that rings, as spoken."""
    who_office: str = "someone from the clinic"
    """The role that rings about administration (D5)."""
    within_ms: Mapping[Disposition, int] = field(default_factory=dict)
    """What differs from DEFAULTS_MS."""


def make_promise(
    disposition: Disposition, now: Instant, rules: PromiseRules, *, next_opening: NextOpening
) -> Promise:
    """Return the promise that this disposition earns now.

    The deadline is rounded down, never up: thirty minutes are not thirty-four (DESIGN section 3). D4 and D5 count
    from the next opening; a clinic whose calendar has none is given a day.
    """
    start = now
    if disposition in _AFTER_OPENING:
        start = next_opening(now) or now.plus(ms=_DAY_MS)
    within = rules.within_ms.get(disposition, DEFAULTS_MS[disposition])
    due = start.ms + within
    step = _ROUND_MS if within >= _SHORT_MS else _MINUTE_MS
    by = Instant(due // step * step)
    return Promise(
        who=rules.who_office if disposition is Disposition.D5 else rules.who,
        from_number=rules.from_number,
        by=by,
        by_spoken=spoken_time(by, now=now, zone=rules.zone),
    )


def spoken_time(when: Instant, *, now: Instant, zone: str) -> str:
    """Say an instant as people in ``zone`` say it at ``now``: "ten forty five tonight".

    From tomorrow on the weekday is said, and from a week on the date. In the hour that the clocks give twice it
    says which of the two is meant.
    """
    there = ZoneInfo(zone)
    local = when.datetime().astimezone(there)
    today = now.datetime().astimezone(there)
    days = (local.date() - today.date()).days
    weekday = _WEEKDAYS[local.weekday()]
    if local.hour == 0:
        # Nobody agrees which day midnight belongs to: the night it is in is said, with the weekday that begins.
        said = _midnight(local)
        if days == 0 or (days == 1 and today.hour >= _AFTERNOON):
            said += " tonight"
        elif days < 7:
            said += f", when {weekday} begins"
        else:
            said += f", when {weekday}, the {_date(local)} begins"
    elif days == 0:
        said = f"{_clock(local)} {_part_of_today(local)}"
    elif local.hour == 12 and local.minute == 0 and days == 1:
        said = f"twelve noon tomorrow, {weekday}"
    elif days == 1:
        said = f"{_clock(local)} tomorrow {_part(local.hour)}, {weekday}"
    elif days < 7:
        said = f"{_clock(local)} on {weekday} {_part(local.hour)}"
    else:
        said = f"{_clock(local)} on {weekday} {_part(local.hour)}, the {_date(local)}"
    return said + _which_of_two(local)


def _clock(local: datetime) -> str:
    """Say hour and minute on a clock of twelve hours; noon has its own word."""
    if local.hour == 12 and local.minute == 0:
        return "twelve noon"
    hour = _NUMBERS[local.hour % 12 or 12]
    if local.minute == 0:
        return f"{hour} o'clock"
    if local.minute < 10:
        return f"{hour} oh {_NUMBERS[local.minute]}"
    return f"{hour} {_number(local.minute)}"


def _midnight(local: datetime) -> str:
    if local.minute == 0:
        return "midnight"
    return f"{_number(local.minute)} minutes past midnight"


def _number(value: int) -> str:
    if value < 20:
        return _NUMBERS[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]} {_NUMBERS[ones]}" if ones else _TENS[tens]


def _date(local: datetime) -> str:
    """Say the day of the month and the month."""
    day = local.day
    if day <= 20:
        ordinal = _ORDINALS[day - 1]
    elif day == 30:
        ordinal = "thirtieth"
    else:
        tens, ones = divmod(day, 10)
        ordinal = f"{_TENS[tens]} {_ORDINALS[ones - 1]}"
    return f"{ordinal} of {_MONTHS[local.month - 1]}"


def _part(hour: int) -> str:
    if hour < _AFTERNOON:
        return "morning"
    if hour < _EVENING:
        return "afternoon"
    return "evening" if hour < _NIGHT else "night"


def _part_of_today(local: datetime) -> str:
    if local.hour == 12 and local.minute == 0:
        return "today"
    return "tonight" if local.hour >= _NIGHT else f"this {_part(local.hour)}"


def _which_of_two(local: datetime) -> str:
    """Tell the first from the second of an hour that the clocks give twice."""
    before, after = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if before is None or after is None or before <= after:
        return ""
    return ", after the clocks go back" if local.fold else ", before the clocks go back"
