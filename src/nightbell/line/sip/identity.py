"""Who calls whom: the caller's number by trust and wish, and the number that was dialled.

A number that the trunk vouches for (P-Asserted-Identity, RFC 3325) wins over From, and counts only from a trusted
address. Who asks for privacy, or calls as anonymous (RFC 3323), is withheld: the call then has no number at all;
nor has one whom an older gateway marks as private in Remote-Party-ID.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nightbell.errors import TermError
from nightbell.line.sip.message.address import Address
from nightbell.terms.phone import PhoneNumber

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Request
    from nightbell.line.sip.message.uri import Uri

__all__ = ["called_number", "caller_number"]

_WITHHELD: Final = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "withheld", ""})
_SEPARATORS: Final = re.compile(r"[-.()\s]")


def caller_number(request: Request, *, trusted: bool, country: str) -> str | None:
    """Return the caller's number as E.164; None when withheld, or no number that could be rung back."""
    asked = ",".join(request.headers.fields("privacy"))
    wishes = {part.strip().lower() for part in re.split(r"[;,]", asked)}
    if wishes & {"id", "user", "header", "full"} or _private(request):
        return None
    sender = request.sender
    if sender.uri.user.lower() in _WITHHELD or sender.uri.host.lower().endswith("anonymous.invalid"):
        return None
    if trusted:
        for value in request.headers.all("p-asserted-identity"):
            try:
                found = _number(Address.parse(value).uri, country)
            except ValueError:
                continue
            if found:
                return found
    return _number(sender.uri, country)


def called_number(request: Request, own_users: frozenset[str] = frozenset()) -> str:
    """Return the number that was dialled, as the trunk wrote it, without separators.

    Args:
        request: the INVITE.
        own_users: users under which we are registered. A trunk rings those at their contact and writes the dialled
            number into To.
    """
    uri = request.uri
    user = _user(uri)
    if user in own_users:
        told = _user(request.recipient.uri)
        return told or user
    return user


def _private(request: Request) -> bool:
    """Tell whether Remote-Party-ID says that the caller is not to be shown (draft-ietf-sip-privacy-04)."""
    for value in request.headers.all("remote-party-id"):
        try:
            found = Address.parse(value)
        except ValueError:
            continue
        ours = (found.param("party") or "calling").lower() == "calling"
        if ours and (found.param("privacy") or "off").lower() not in {"off", "name"}:
            return True
    return False


def _user(uri: Uri) -> str:
    user = uri.user.partition(";")[0]
    return _SEPARATORS.sub("", user) if re.fullmatch(r"[+0-9()\s.-]+", user) else user


def _number(uri: Uri, country: str) -> str | None:
    user = _user(uri)
    if not re.fullmatch(r"\+?[0-9]{3,20}", user):
        return None
    try:
        return PhoneNumber.parse(user, country).e164
    except TermError:
        return None
