"""Signature: whether a request was signed with the account's token, as Twilio signs them. Pure.

X-Twilio-Signature is the base64 of an HMAC-SHA1 over the address as the carrier saw it and, for a form, its
names and values in the order of their names. A JSON body is told by ``bodySHA256`` in the address. A proxy
rewrites scheme, host and port, so the address is made of the public one in the settings, never of what the request
says of itself; it is tried with and without its port, because the carrier leaves a usual one out or not.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha1, sha256
from typing import Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

__all__ = ["is_signed", "sign"]

_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_PORT: Final = re.compile(r"(.*[^:]):([0-9]+)")
_LONGEST: Final = 64
"""A signature has 28 characters."""


def sign(token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a request to an address.

    Args:
        token: the account's secret.
        url: the whole address, query included.
        form: names and values of a form's body. Of a name that stands there twice each value counts once.
    """
    words = "".join(name + value for name, value in sorted(set(form)))
    return b64encode(hmac.digest(token.encode(), (url + words).encode("utf-8", "replace"), sha1)).decode("ascii")


def is_signed(
    token: str, signature: str, url: str, *, form: Sequence[tuple[str, str]] = (), body: bytes | None = None
) -> bool:
    """Tell whether a request bears the signature that it should; takes as long for a wrong one.

    Args:
        token: the account's secret; "" signs nothing.
        signature: as it came.
        url: the address by the settings' public one, query included.
        form: what a form's body says.
        body: the body where it is no form; its hash must stand in the address.
    """
    good = bool(token) and len(signature) <= _LONGEST
    if body is not None:
        told = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[-1]
        good &= hmac.compare_digest(told.encode("utf-8", "replace"), sha256(body).hexdigest().encode())
    matches = [
        hmac.compare_digest(sign(token, one, form).encode(), signature.encode("utf-8", "replace"))
        for one in _with_and_without_port(url)
    ]
    return good and any(matches)


def _with_and_without_port(url: str) -> tuple[str, str]:
    """Return both; the name is left as it stands, capitals and all, because the carrier signs it so."""
    parts = urlsplit(url)
    found = _PORT.fullmatch(parts.netloc)
    host, port = (found[1], found[2]) if found else (parts.netloc, str(_PORTS.get(parts.scheme, 443)))
    return (
        urlunsplit(parts._replace(netloc=host)),
        urlunsplit(parts._replace(netloc=f"{host}:{port}")),
    )
