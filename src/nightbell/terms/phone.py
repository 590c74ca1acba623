"""PhoneNumber: a number that can be rung, read by Google's rules, and the numbers that never are.

``is_emergency_or_crisis`` is the lowest wall of DESIGN rule 2: a number it knows is refused here, so that no
channel and no line can ring or text one. A number shows itself masked; asking for its digits is explicit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import phonenumbers

from nightbell.errors import TermError
from nightbell.terms.masking import masked

__all__ = ["CRISIS", "PhoneNumber", "is_emergency_or_crisis", "must_not_be_rung"]

EMERGENCY: Final = frozenset({"000", "08", "100", "101", "102", "103", "104", "105", "106", "107", "108", "110"}
    | {"111", "112", "113", "114", "115", "117", "118", "119", "120", "122", "123", "127", "128", "140", "141"}
    | {"144", "190", "191", "192", "193", "194", "195", "197", "198", "199", "911", "991", "992", "993", "994"}
    | {"995", "997", "998", "999", "1122", "10111", "10177"})  # fmt: skip
"""Emergency numbers of any country: short numbers that no patient and no clinician has."""

CRISIS: Final = frozenset({
    "116123",  # Samaritans and their sisters, EU harmonised
    "116111",  # child helpline, EU harmonised
    "116006",  # victims of crime, EU harmonised
    "116117",  # medical on-call service
    "116000",  # missing children
    "988",  # Suicide and Crisis Lifeline, US and CA
    "18002738255",  # the Lifeline's long number
    "131114",  # Lifeline, AU
    "1300659467",  # Suicide Call Back Service, AU
    "08001111",  # Childline, GB
    "08006895652",  # National Suicide Prevention Helpline, GB
    "08454647",  # the former NHS Direct
    "85258",  # Shout, text, GB
    "741741",  # Crisis Text Line, US
    "1737",  # Need to talk?, NZ
    "0508828865",  # Suicide Crisis Helpline, NZ
    "08001110111",  # telephone counselling, DE
    "08001110222",  # telephone counselling, DE
    "1813",  # Zelfmoordlijn, BE
    "113",  # Zelfmoordpreventie, NL
    "3114",  # suicide prevention, FR
})  # fmt: skip
"""Crisis and medical help lines, as dialled at home."""

SHORTEST_SUBSCRIBER: Final = 7
"""Digits: anything shorter is a service, and no service is ever rung."""


def _dialled(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")


def is_emergency_or_crisis(text: str, country: str = "") -> bool:
    """Tell whether a number as written or dialled is an emergency or crisis number, of any country.

    Args:
        text: digits with any punctuation, with or without a country code.
        country: ISO 3166 alpha-2; adds what Google's list knows of it and strips its code.
    """
    digits = _dialled(text)
    forms = {digits}
    abroad = digits if text.strip().startswith("+") else ""
    for prefix in ("00", "011"):
        if digits.startswith(prefix) and len(digits) > len(prefix) + 1:
            abroad = digits.removeprefix(prefix)
    forms.update(_without_country(abroad))
    code = str(phonenumbers.country_code_for_region(country)) if country else ""
    if code and digits.startswith(code):
        forms.add(digits.removeprefix(code))
    if code:
        forms.add(code + digits)
    for form in tuple(forms):
        forms.add("0" + form)
    if forms & (EMERGENCY | CRISIS):
        return True
    if not country:
        return False
    return any(phonenumbers.is_emergency_number(form, country) for form in forms)


def must_not_be_rung(text: str, country: str = "") -> bool:
    """Tell whether a number may not be rung or texted: emergency, crisis, or too short for a subscriber."""
    return is_emergency_or_crisis(text, country) or len(_dialled(text)) < SHORTEST_SUBSCRIBER


def _without_country(digits: str) -> set[str]:
    return {
        digits[length:]
        for length in (1, 2, 3)
        if len(digits) > length and int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    }


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A telephone number that may be rung."""

    e164: str
    """``+`` and digits."""

    @classmethod
    def parse(cls, text: str, country: str) -> PhoneNumber:
        """Read a number as typed, keyed or received.

        Args:
            text: with country code, or as dialled within ``country``.
            country: ISO 3166 alpha-2.

        Raises:
            TermError: no possible number of that country, or one that must never be rung. The message never
                holds the number.
        """
        if must_not_be_rung(text, country):
            raise TermError(
                "an emergency, crisis or service number cannot be a number to ring",
                hint="the caller is told to hang up and dial it; give a subscriber's number",
            )
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException as error:
            raise TermError("no telephone number", hint="digits, with + and the country code if abroad") from error
        reason = phonenumbers.is_possible_number_with_reason(number)
        if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
            raise TermError(f"no telephone number of {country}", hint="too few or too many digits")
        found = cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        if must_not_be_rung(found.e164) or must_not_be_rung(found.national_digits, country):
            raise TermError("an emergency or crisis number cannot be a number to ring", hint="give a subscriber's")
        return found

    @property
    def national(self) -> str:
        """As written at home: ``020 7946 0000``."""
        number = phonenumbers.parse(self.e164)
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))

    @property
    def national_digits(self) -> str:
        """As dialled at home, digits only."""
        return _dialled(self.national)

    @property
    def masked(self) -> str:
        """The last three digits: ``...000``."""
        return masked(self.e164)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked})"
