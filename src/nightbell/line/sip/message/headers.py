"""Headers: the header fields of one message in order, by any spelling of their names (RFC 3261 section 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nightbell.line.sip.message.address import split_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Headers"]

_COMPACT: Final = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "d": "request-disposition",
    "e": "content-encoding", "f": "from", "i": "call-id", "j": "reject-contact", "k": "supported",
    "l": "content-length", "m": "contact", "o": "event", "r": "refer-to", "s": "subject", "t": "to",
    "u": "allow-events", "v": "via", "x": "session-expires", "y": "identity",
}  # fmt: skip
"""The short forms that IANA lists."""

_PRETTY: Final = {
    "call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate", "mime-version": "MIME-Version",
    "p-asserted-identity": "P-Asserted-Identity",
}  # fmt: skip


class Headers:
    """Names are kept in lower case and in full; values as they were written, unfolded."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: list[tuple[str, str]] = []
        for name, value in fields:
            self.add(name, value)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def get(self, name: str) -> str:
        """Return the first value under a name, or nothing."""
        for key, value in self._fields:
            if key == name:
                return value
        return ""

    def has(self, name: str) -> bool:
        """Tell whether there is one of that name, be it empty."""
        return any(key == name for key, _ in self._fields)

    def fields(self, name: str) -> list[str]:
        """Return the values under a name, one for each line."""
        return [value for key, value in self._fields if key == name]

    def all(self, name: str) -> list[str]:
        """Return the members of a header that is a list, whether on one line or several."""
        return [part for value in self.fields(name) for part in split_list(value)]

    def add(self, name: str, value: str) -> None:
        """Append one.

        Raises:
            ValueError: a line break would make it more than one header.
        """
        if "\r" in value or "\n" in value or "\0" in value:
            raise ValueError("a header's value cannot hold a line break")
        key = name.strip().lower()
        self._fields.append((_COMPACT.get(key, key), value))

    def set(self, name: str, value: str) -> None:
        """Replace all of that name by one, in the first one's place."""
        key = name.lower()
        place = next((place for place, (known, _) in enumerate(self._fields) if known == key), len(self._fields))
        self._fields = [field for field in self._fields if field[0] != key]
        self.add(name, value)
        self._fields.insert(place, self._fields.pop())

    def remove(self, name: str) -> None:
        """Take all of that name away."""
        self._fields = [field for field in self._fields if field[0] != name]

    def copy(self) -> Headers:
        """Return headers that change apart from these."""
        found = Headers()
        found._fields = list(self._fields)
        return found

    def lines(self) -> str:
        """Return them as they go over the wire, each line ended."""
        return "".join(f"{_pretty(name)}: {value}\r\n" for name, value in self._fields)


def _pretty(name: str) -> str:
    return _PRETTY.get(name) or "-".join(part.capitalize() for part in name.split("-"))
