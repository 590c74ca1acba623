"""Spelling for the ear: numbers, times and dates as words, before any voice sees them.

Every digit is spelt here, because a voice reads digits its own way: Hibari takes 3/4 for March the fourth and
a phone number for a quantity. The digit 0 is "zero", never "oh": in the telephone's band "oh" is close to "four",
and callers repeat what they hear to a recogniser that knows "zero" best. In clock times "oh five" stays, as no
one repeats those. Pure: it knows no voice, no clinic and no clock.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from unicodedata import decimal

import phonenumbers

__all__ = [
    "DIGIT_WORDS",
    "MONTHS",
    "WEEKDAYS",
    "cardinal",
    "clock",
    "day",
    "digit_groups",
    "digits",
    "number",
    "ordinal",
    "spell",
]

DIGIT_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_ORDINALS: Final = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"} | {
    "nine": "ninth",
    "twelve": "twelfth",
}
MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
WEEKDAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905
_MONTH_FIRST: Final = frozenset({"US", "PH", "PR"})
"""Countries that write 11/22 for the twenty-second of November (CLDR short date patterns)."""
_ONE_BY_ONE: Final = frozenset({"000", "111", "112", "116", "911", "988", "999"})
"""Three digits that are a number to dial whatever stands before them."""
_UNITS: Final = {"ml": "millilitre", "mg": "milligram", "mm": "millimetre", "cm": "centimetre", "km": "kilometre"}
_MONEY: Final = {"£": "pound", "$": "dollar", "€": "euro"}

_DATE: Final = re.compile(r"\b(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4}))\b")
_TIME: Final = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})\b", re.IGNORECASE)
_DIALLED: Final = re.compile(r"\b(dial|call|ring|phone|text|press|key)(\s+)(\d{3,})\b", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\w.,:])\+?\(?\d[\d ()\-]{5,}\d\b(?![:.,]\d)")
_ORDINAL: Final = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b", re.IGNORECASE)
_MEASURE: Final = re.compile(rf"\b(\d+(?:\.\d+)?)\s?({'|'.join(_UNITS)})\b", re.IGNORECASE)
_SUM: Final = re.compile(r"([£$€])(\d+(?:,\d{3})*)(?:\.(\d\d)\b)?")
_NUMBER: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_ALWAYS_OPEN: Final = re.compile(r"\b24/7\b")
_SPAN: Final = re.compile(r"(?<=\d|m)\s?[-\u2013]\s?(?=\d)")


def cardinal(value: int) -> str:
    """Return a count below a million as words: 124 is "one hundred and twenty four"."""
    if value < 10:
        return DIGIT_WORDS[value]
    if value < 20:
        return _TEENS[value - 10]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens - 2] + (f" {DIGIT_WORDS[ones]}" if ones else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        return f"{DIGIT_WORDS[hundreds]} hundred" + (f" and {cardinal(rest)}" if rest else "")
    thousands, rest = divmod(value, 1000)
    joint = " and " if rest < 100 else " "
    return f"{cardinal(thousands)} thousand" + (f"{joint}{cardinal(rest)}" if rest else "")


def ordinal(value: int) -> str:
    """Return a place below a thousand as words: 22 is "twenty second"."""
    head, _, last = cardinal(value).rpartition(" ")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    else:
        last = last.removesuffix("y") + "ieth" if last.endswith("y") else f"{last}th"
    return f"{head} {last}".strip()


def digits(text: str) -> str:
    """Return every digit of the text as a word: "999" is "nine nine nine"."""
    return " ".join(DIGIT_WORDS[int(sign)] for sign in text if sign.isdecimal())


def digit_groups(text: str, country: str) -> tuple[str, ...]:
    """Split a telephone number into the groups in which its country says it.

    A number of the clinic's own country is given in national form (a caller at home dials no +44); a number of
    another country keeps its country code, and its first group is the code with "+" before it.
    Emergency numbers and anything that is no telephone number come in groups of three, the last of up to four.
    """
    plain = re.sub(r"[^\d+]", "", text)
    if len(plain) > 4:
        try:
            parsed = phonenumbers.parse(plain, country)
        except phonenumbers.NumberParseException:
            parsed = None
        if parsed is not None and phonenumbers.is_possible_number(parsed):
            home = phonenumbers.country_code_for_region(country) == parsed.country_code
            form = (
                phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
            )
            groups = re.findall(r"\+?\d+", phonenumbers.format_number(parsed, form))
            if len(groups) > 1:
                return tuple(groups)
    bare = plain.lstrip("+")
    if len(bare) <= 4:
        return (bare,) if bare else ()
    cut = [bare[i : i + 3] for i in range(0, len(bare), 3)]
    if len(cut[-1]) == 1:
        cut[-2:] = [cut[-2] + cut[-1]]
    return tuple(cut)


def number(text: str, country: str) -> str:
    """Return a telephone number as words, digit by digit, with a comma (a short pause) between groups."""
    groups = digit_groups(_western(text), country)
    return ", ".join(("plus " if group.startswith("+") else "") + digits(group) for group in groups)


def clock(hour: int, minute: int) -> str:
    """Return a time of day (0-24 h, 0-59 min) as words, sure to be taken for morning or evening."""
    if (hour, minute) in {(0, 0), (24, 0)}:
        return "midnight"
    if (hour, minute) == (12, 0):
        return "midday"
    if hour == 0 and minute:
        return f"{cardinal(minute)} minute{'s' if minute > 1 else ''} past midnight"
    half = "a.m." if hour < 12 else "p.m."
    past = "" if minute == 0 else f" oh {cardinal(minute)}" if minute < 10 else f" {cardinal(minute)}"
    return f"{cardinal((hour - 1) % 12 + 1)}{past} {half}"


def day(value: date) -> str:
    """Return a date as words: "Sunday the twenty second of November"."""
    return f"{WEEKDAYS[value.weekday()]} the {ordinal(value.day)} of {MONTHS[value.month - 1]}"


def spell(text: str, country: str) -> str:
    """Return the text with no digit left in it, each number said as what it is.

    Args:
        text: words as the owner wrote them.
        country: the clinic's country (ISO 3166 alpha-2): decides 3/4/2026 and the form of telephone numbers.
    """
    text = _western(" ".join(text.split()))
    text = _ALWAYS_OPEN.sub("twenty four hours a day, seven days a week", text)
    text = _DATE.sub(lambda hit: _date_words(hit, country), text)
    text = _PHONE.sub(lambda hit: number(hit[0], country), text)
    text = _DIALLED.sub(lambda hit: f"{hit[1]}{hit[2]}{number(hit[3], country)}", text)
    text = _SPAN.sub(" to ", text)
    text = _TIME.sub(_time_words, text)
    text = _ORDINAL.sub(lambda hit: ordinal(int(hit[1])), text)
    text = _MEASURE.sub(lambda hit: f"{_amount(hit[1])} {_plural(_UNITS[hit[2].lower()], hit[1])}", text)
    text = _SUM.sub(_sum_words, text)
    text = text.replace("%", " percent").replace("&", " and ")
    text = _NUMBER.sub(lambda hit: f" {_amount(hit[0])} ", text)
    return re.sub(r"\s+([,.;:!?)])", r"\1", " ".join(text.split()))


def _western(text: str) -> str:
    """Write the decimal digits of any script as 0-9; what follows knows no others."""
    return "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in text)


def _sum_words(hit: re.Match[str]) -> str:
    small = f" {_amount(str(int(hit[3])))}" if hit[3] and int(hit[3]) else ""
    return f"{_amount(hit[2])} {_plural(_MONEY[hit[1]], hit[2])}{small}"


def _plural(word: str, amount: str) -> str:
    return word if amount == "1" else f"{word}s"


def _amount(written: str) -> str:
    """Say a bare number: quantities as such, years as years, codes and long numbers digit by digit."""
    whole, _, part = written.partition(".")
    plain = whole.replace(",", "")
    if part:
        return f"{_amount(plain)} point {digits(part)}"
    if plain in _ONE_BY_ONE or len(plain) > 6 or (len(plain) > 1 and plain.startswith("0")):
        return digits(plain)
    if len(plain) == 4 and "," not in whole and plain[:2] in {"19", "20"} and plain[2] != "0":
        return f"{cardinal(int(plain[:2]))} {cardinal(int(plain[2:]))}"
    if len(plain) > 4 and "," not in whole:
        return digits(plain)
    return cardinal(int(plain))


def _date_words(hit: re.Match[str], country: str) -> str:
    if hit[1]:
        year, month, dayed = int(hit[1]), int(hit[2]), int(hit[3])
    else:
        first, second, year = int(hit[4]), int(hit[5]), int(hit[6])
        month, dayed = (first, second) if country.upper() in _MONTH_FIRST else (second, first)
        if month > 12:  # it can be read one way only
            month, dayed = dayed, month
    try:
        return day(date(year, month, dayed))
    except ValueError:
        return digits(hit[0])


def _time_words(hit: re.Match[str]) -> str:
    hour, minute = int(hit[1] or hit[4]), int(hit[2] or hit[5] or 0)
    half = (hit[3] or "").lower()
    if minute > 59 or hour > 24 or (hour == 24 and minute) or (half and not 1 <= hour <= 12):
        return digits(hit[0])
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return clock(hour, minute)
