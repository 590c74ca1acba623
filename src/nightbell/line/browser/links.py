"""Links: signed links that let somebody else try the line, for so many calls and until an hour.

A link carries what it allows and a signature by the word of the page, so that a command makes one and the line
that runs knows it. How often each was used stands in a file; where that cannot be written, in memory. It knows no
HTTP, and lets nobody in by itself.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import structlog

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["USED", "Link", "Links", "Refused", "signed"]

_log = structlog.get_logger(__name__)

USED: Final = "phone-links.jsonl"
"""File in the data folder: a line for each call by a link."""
_LONGEST: Final = 512
_CONTEXT: Final = b"nightbell browser phone link 1\0"
"""Keeps a signature from being one of anything else that is signed with the same word."""

Refused: TypeAlias = Literal["wrong", "expired", "spent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link allows."""

    id: str
    until_s: int
    """Seconds since 1970."""
    calls: int
    clinic: str = ""
    """The one clinic that it calls; "" for the line's first."""


def signed(word: str, *, until_s: int, calls: int, clinic: str = "", name: str = "") -> str:
    """Return the text of a new link, as it stands behind ``?link=``; ``name``: its id, by chance unless told."""
    told = {"i": name or secrets.token_urlsafe(9), "u": until_s, "n": calls, "c": clinic}
    body = urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{body}.{_signature(word, body)}"


class Links:
    """Knows the links of one word, and how often each was used."""

    def __init__(self, word: str, used: Path | None, *, clock: Callable[[], float] = time.time) -> None:
        """Take what links are signed with, and the file of those that were used; None keeps that in memory."""
        self._word = word
        self._file = used
        self._clock = clock
        self._used: Counter[str] = Counter()
        self._read()

    def look(self, text: str) -> Link | Refused:
        """Return what a link allows, or why it does not."""
        body, _, shown = text.partition(".")
        right = _signature(self._word, body)
        if len(text) > _LONGEST or not hmac.compare_digest(shown.encode("utf-8", "replace"), right.encode()):
            return "wrong"
        link = _link(body)
        if link is None:
            return "wrong"
        if link.until_s <= self._clock():
            return "expired"
        return "spent" if self._used[link.id] >= link.calls else link

    def spend(self, link: Link) -> None:
        """Take one call off a link, before anybody else looks at it."""
        self._used[link.id] += 1

    def give_back(self, link: Link) -> None:
        """Put the call back: none came of it."""
        self._used[link.id] -= 1

    def keep(self, link: Link) -> None:
        """Write down that a call was taken off; it blocks."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([link.id, link.until_s]) + "\n")
        except OSError as error:
            _log.error("link_not_kept", error=type(error).__name__)

    def _read(self) -> None:
        """Read what was used, and let go of what is out of date."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines() if self._file is not None else []
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            _log.error("links_not_read", error=type(error).__name__)
            return
        kept = [line for line in lines if (found := _used(line)) is not None and found[1] > self._clock()]
        self._used.update(found[0] for line in kept if (found := _used(line)) is not None)
        if len(kept) == len(lines) or self._file is None:
            return
        try:
            part = self._file.with_name(f".{self._file.name}")
            part.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
            part.replace(self._file)
        except OSError as error:
            _log.error("link_not_kept", error=type(error).__name__)


def _signature(word: str, body: str) -> str:
    made = hmac.new(word.encode(), _CONTEXT + body.encode("utf-8", "replace"), sha256).digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def _link(body: str) -> Link | None:
    """Read what was signed; None for what another version wrote."""
    try:
        told: Any = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Link(id=str(told["i"]), until_s=int(told["u"]), calls=int(told["n"]), clinic=str(told["c"]))
    except (Base64Error, ValueError, KeyError, TypeError):
        return None


def _used(line: str) -> tuple[str, int] | None:
    """Read a line of the file; None for one that is torn."""
    try:
        name, until = json.loads(line)
        return str(name), int(until)
    except (ValueError, TypeError):
        return None
