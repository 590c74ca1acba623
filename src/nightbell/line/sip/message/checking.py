"""What a request asks for and we do not do: the refusals of RFC 3261 section 8.2, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.line.sip.message.body import SDP, description

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Request

__all__ = ["ALLOW", "KNOWN", "Refusal", "refusal"]

ALLOW: Final = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO")
KNOWN: Final = frozenset(
    {*ALLOW, "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "MESSAGE", "UPDATE"}
)
"""Methods that RFCs define: what we do not take of these is 405, the rest is 501."""

_ACCEPT: Final = ("accept", f"{SDP}, multipart/mixed")
_KEYS: Final = frozenset({"application/dtmf-relay", "application/dtmf", "text/plain", ""})


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a request is refused."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""


def refusal(request: Request) -> Refusal | None:
    """Return why a request that could be read is refused, or None."""
    method = request.method
    if method in {"ACK", "CANCEL"}:
        return None
    if method not in ALLOW:
        return Refusal(405 if method in KNOWN else 501, (("allow", ", ".join(ALLOW)),))
    found = _parts(request) or _hops(request)
    if found is not None:
        return found
    wanted = request.headers.all("require")  # Proxy-Require asks the proxies on the way (section 20.29)
    if wanted:
        return Refusal(420, tuple(("unsupported", option) for option in wanted))
    return _body(request)


def _parts(request: Request) -> Refusal | None:
    try:
        uri = request.uri
        # One that cannot be read is refused; a missing one is not: older gateways leave it out.
        _ = request.contact
    except ValueError:
        return Refusal(400)
    if not uri.is_sip and uri.scheme != "tel":
        return Refusal(416)
    if uri.headers:
        return Refusal(400, reason="Headers in the Request-URI")
    if (branch := request.via.branch) and branch == "z9hG4bK":
        return Refusal(400, reason="Branch without a name")
    return None


def _hops(request: Request) -> Refusal | None:
    hops = request.headers.get("max-forwards").strip()
    if not hops:
        return None
    if not (hops.isascii() and hops.isdigit() and len(hops) <= 6 and int(hops) <= 255):
        return Refusal(400, reason="Max-Forwards")
    return None  # 0 is for who would pass it on (RFC 4475 section 3.3.11): here it has arrived


def _body(request: Request) -> Refusal | None:
    kind, method = request.content_type, request.method
    optional = "optional" in request.headers.get("content-disposition").lower()
    encoding = request.headers.get("content-encoding").strip().lower()
    if request.body and encoding not in {"", "identity"}:
        return Refusal(415, (("accept-encoding", "identity"),))
    if method == "INVITE":
        accepts = [value.partition(";")[0].strip().lower() for value in request.headers.all("accept")]
        if accepts and not {SDP, "application/*", "*/*"} & set(accepts):
            return Refusal(406)
        if request.body and description(request) is None and not optional:
            return Refusal(415, (_ACCEPT,))
    if method == "INFO" and request.body and kind not in _KEYS and not optional:
        return Refusal(415, (("accept", "application/dtmf-relay, application/dtmf"),))
    return None
