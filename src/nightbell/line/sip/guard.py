"""DialGuard: whom a line may ring, the lowest wall of safety rule 2 on SIP; no way leads around it in this room.

A target is rung only when it stands in the list, and never when it is an emergency, crisis or service number in
any spelling. What is refused is told without the number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers

from nightbell.errors import DialRefused, TermError
from nightbell.line.sip.message.uri import Uri
from nightbell.terms.phone import PhoneNumber, must_not_be_rung

__all__ = ["DialGuard"]

_USER: Final = re.compile(r"[+A-Za-z0-9._-]{1,64}")
"""What a target's user part may hold: no pause, no post-dial digits, no parameters."""


@dataclass(frozen=True, slots=True)
class DialGuard:
    """The clinic's list; nothing is allowed until it is listed."""

    numbers: frozenset[str] = frozenset()
    """E.164 numbers of the people on call and of callers who are to be rung back."""
    uris: frozenset[str] = frozenset()
    """Exact SIP addresses without a telephone number: a softphone, or a line that rings itself."""
    country: str = ""
    """ISO 3166 alpha-2, for numbers without a country code."""

    def check(self, target: str) -> Uri:
        """Return the target, read, if it may be rung.

        Raises:
            DialRefused: it may not.
        """
        try:
            uri = Uri.parse(target)
        except ValueError as fault:
            raise self._refused("the target is no SIP address") from fault
        user = uri.user
        if not uri.is_sip or uri.headers or not _USER.fullmatch(user):
            raise self._refused("the target is no plain SIP address")
        digits = user.lstrip("+")
        if digits.replace("-", "").replace(".", "").isdigit():
            if must_not_be_rung(user, self.country):
                raise self._refused("emergency, crisis and service numbers are never rung")
            if self._e164(user) not in self.numbers:
                raise self._refused("the number is not in the clinic's list")
            return uri
        if _plain(uri) not in {_plain(Uri.parse(listed)) for listed in self.uris}:
            raise self._refused("the address is not in the clinic's list")
        return uri

    def _e164(self, user: str) -> str:
        try:
            return PhoneNumber.parse(user, self.country).e164
        except (TermError, phonenumbers.NumberParseException):
            return ""

    @staticmethod
    def _refused(why: str) -> DialRefused:
        return DialRefused(
            why, provider="sip", hint="the caller is told to hang up and dial; check the rota's numbers"
        )


def _plain(uri: Uri) -> tuple[str, str, int]:
    return uri.user, uri.host.lower(), uri.port or 5060
