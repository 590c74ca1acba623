"""SignedForms: a carrier's requests, read only when they bear its signature; how it is told to go elsewhere."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from nightbell.line.media_stream.signature import is_signed

__all__ = ["SIGNATURE", "SignedForms", "elsewhere", "xml"]

_log = structlog.get_logger(__name__)

SIGNATURE: Final = "X-Twilio-Signature"
_LONGEST: Final = 128
"""Characters of an id or a number that are looked at."""
_FIELDS: Final = 200
"""Fields of a form; a carrier sends some thirty."""


class SignedForms:
    """Reads the requests of one account."""

    def __init__(self, token: str, account: str, public_url: str) -> None:
        """Take what signatures are held against; an account of "" is any that the signature vouches for."""
        self._token = token
        self._account = account
        self._public_url = public_url

    async def read(self, request: web.Request) -> dict[str, str]:
        """Return a signed form.

        Raises:
            HTTPForbidden: it is not signed, or by another account.
            HTTPBadRequest: it is no form, or says not which call.
        """
        body = await request.read()
        url = self._public_url + request.raw_path
        signature = request.headers.get(SIGNATURE, "")
        if request.content_type == "application/x-www-form-urlencoded":
            pairs = _pairs(body)
            good = is_signed(self._token, signature, url, form=pairs)
        else:
            pairs = []
            good = is_signed(self._token, signature, url, body=body)
        form = dict(pairs)
        if not good or self._account not in {"", form.get("AccountSid", self._account)}:
            _log.warning("webhook_not_signed")
            raise web.HTTPForbidden
        if not form.get("CallSid") or any(
            len(form.get(name, "")) > _LONGEST for name in ("CallSid", "From", "To")
        ):
            raise web.HTTPBadRequest
        return form


def elsewhere(wait_s: int) -> web.HTTPServiceUnavailable:
    """Return the answer that has the carrier go to the number's fallback, as a trunk goes to its overflow."""
    return web.HTTPServiceUnavailable(headers={"Retry-After": str(wait_s)})


def xml(text: str) -> web.Response:
    """Return TwiML as an answer."""
    return web.Response(text=text, content_type="application/xml", charset="utf-8")


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise web.HTTPBadRequest from error
