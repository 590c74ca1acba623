"""Uri: where a request goes, read strictly (RFC 3261 section 19.1 and 25.1).

Written by hand because aiosipua cuts a URI at the first semicolon, which may stand in the user part (ADR 0018).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

__all__ = ["HOST", "Uri"]

HOST: Final = r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9.])?"
_SIP: Final = re.compile(
    rf"(?P<scheme>sips?):(?:(?P<user>[^@\s<>\"]+)@)?(?P<host>{HOST})(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<params>(?:;[^;?\s<>\"@]+)*)(?:\?(?P<headers>[^\s<>\"]*))?",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>[^\s<>\"]+)")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Uri:
    """One URI; ``text`` is how it was written."""

    text: str
    scheme: str
    user: str
    """The user part with escapes undone and without a password; for other schemes everything after the colon."""
    host: str
    port: int | None
    params: tuple[tuple[str, str], ...]
    headers: str

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Read a URI.

        Raises:
            ValueError: it is none, or one with bytes that no URI holds.
        """
        if _BAD_ESCAPE.search(text):
            raise ValueError("an escape that is none in a URI")
        if found := _SIP.fullmatch(text):
            port = int(found["port"]) if found["port"] else None
            if port is not None and not 0 < port < 65_536:
                raise ValueError("no such port in a URI")
            params = tuple(_param(part) for part in found["params"].split(";")[1:])
            user = unquote((found["user"] or "").partition(":")[0])
            headers = found["headers"] or ""
            return cls(text, found["scheme"].lower(), user, found["host"], port, params, headers)
        if (found := _OTHER.fullmatch(text)) and found["scheme"].lower() not in {"sip", "sips"}:
            return cls(text, found["scheme"].lower(), unquote(found["rest"]), "", None, (), "")
        raise ValueError("no URI")

    @property
    def is_sip(self) -> bool:
        """True for the schemes that we take calls on."""
        return self.scheme in {"sip", "sips"}

    def param(self, name: str) -> str | None:
        """Return a parameter's value, empty for one without; None when it is not there."""
        return next((value for key, value in self.params if key == name), None)


def _param(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.lower(), unquote(value)
