"""The INVITE of a call that we place, and our Contact: no number but the clinic's stands in any header."""

from __future__ import annotations

import re
import secrets
from typing import Final

from nightbell.errors import DialRefused
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.peer import Peer, bracketed

__all__ = ["contact_value", "first_invite"]

_NUMBER: Final = re.compile(r"[+A-Za-z0-9._-]{1,64}")


def first_invite(
    target: str, sdp: str, *, via: str, contact: str, from_number: str, display: str, domain: str, allow: str
) -> Request:
    """Make it.

    Args:
        target: the Request-URI, which the guard has checked.
        sdp: our offer.
        via: the topmost Via.
        contact: our Contact.
        from_number: the clinic's number.
        display: the clinic's name.
        domain: what stands behind the number in From, as a URI writes it.
        allow: the methods that we take.

    Raises:
        DialRefused: the clinic's number is none.
    """
    if not _NUMBER.fullmatch(from_number):
        raise DialRefused("the clinic's number cannot stand in From", provider="sip", hint="write it as +44...")
    name = re.sub(r'[\x00-\x1f\x7f"\\]', "", display)
    headers = Headers()
    headers.add("via", via)
    headers.add("max-forwards", "70")
    headers.add(
        "from", (f'"{name}" ' if name else "") + f"<sip:{from_number}@{domain}>;tag={secrets.token_hex(8)}"
    )
    headers.add("to", f"<{target}>")
    headers.add("call-id", secrets.token_hex(16))
    headers.add("cseq", f"{secrets.randbelow(1_000) + 1} INVITE")
    headers.add("contact", contact)
    headers.add("allow", allow)
    headers.add("content-type", "application/sdp")
    return Request(headers=headers, body=sdp.encode(), method="INVITE", target=target)


def contact_value(host: str, port: int, peer: Peer, user: str) -> str:
    """Return a Contact for a peer."""
    transport = f";transport={peer.transport}" if peer.transport != "udp" else ""
    name = f"{user}@" if user else ""
    return f"<sip:{name}{bracketed(host)}:{port}{transport}>"
