"""Directory: which clinic a called number belongs to. A value: a reload makes a new one, live calls keep theirs.

A number is known in every form that a trunk may send it: E.164, with the country code alone, with an international
prefix, as dialled at home. A clinic's name is known too, for a PBX's own extensions and for tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nightbell.errors import SettingsError, TermError
from nightbell.flow.model import Flow
from nightbell.terms.phone import PhoneNumber

__all__ = ["Directory", "Entry"]

_INTERNATIONAL: Final = ("", "00", "011")
_USER: Final = re.compile(r"^(?:sips?:|tel:)?(?P<user>[^@;?]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One clinic that is served."""

    flow: Flow
    folder: Path
    draft: bool
    """Its wording is not signed, or other words than were signed."""

    def caller(self, text: str | None) -> str | None:
        """Return a caller's number as E.164 by this clinic's country; None when withheld or no number."""
        if not text:
            return None
        try:
            return PhoneNumber.parse(text, self.flow.clinic.country).e164
        except TermError:
            return None


class Directory:
    """Called number to clinic."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take the clinics that are served.

        Raises:
            SettingsError: two of them have one name or number, or a number is none.
        """
        self.entries = tuple(entries)
        self._places: dict[str, Entry] = {}
        for entry in self.entries:
            for form in _forms(entry):
                other = self._places.setdefault(form, entry)
                if other is not entry:
                    raise SettingsError(
                        f"{entry.folder} and {other.folder} are called by the same number or name",
                        hint="each clinic that one line serves has a number of its own",
                    )

    def find(self, called: str) -> Entry | None:
        """Return the clinic that was called.

        Args:
            called: a SIP or tel URI, its user part, or a number as dialled.
        """
        match = _USER.match(called.strip())
        user = match["user"].strip() if match else ""
        digits = re.sub(r"[\s().\-]", "", user)
        if re.fullmatch(r"\+?\d+", digits):
            return self._places.get(digits.removeprefix("+"))
        return self._places.get(user.lower())


def _forms(entry: Entry) -> set[str]:
    clinic = entry.flow.clinic
    try:
        number = PhoneNumber.parse(clinic.number, clinic.country)
    except TermError as error:
        raise SettingsError(f"the number of {entry.folder} is none", hint="see number: in clinic.yaml") from error
    digits = number.e164.removeprefix("+")
    forms = {prefix + digits for prefix in _INTERNATIONAL}
    return forms | {number.national_digits, clinic.name.lower()}
