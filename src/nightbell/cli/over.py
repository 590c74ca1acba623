"""What carries the calls of a rehearsal on a served line: SIP, a carrier's media stream, or a PBX's AudioSocket.

The secrets are made for the one rehearsal, and the line that knows them listens on loopback.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from nightbell.bootstrap_caller import open_caller
from nightbell.bootstrap_stream_caller import carrier_calls, pbx_calls

if TYPE_CHECKING:
    from nightbell.cli.served_line import Line
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.telephone import Phone

__all__ = ["CARRIERS", "Over", "Placing", "Secrets", "open_place"]

Placing: TypeAlias = "Callable[[str | None, str], Awaitable[Phone]]"
Over: TypeAlias = Literal["sip", "media_stream", "audiosocket"]
CARRIERS: Final[tuple[Over, ...]] = get_args(Over)
_PUBLIC: Final = "https://line.example.org"
_ACCOUNT: Final = "AC-rehearsal"


class Secrets:
    """What both ends of one rehearsal know."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.key = secrets.token_urlsafe(24)

    def environment(self) -> Mapping[str, str]:
        """Return what the served line is told."""
        return {
            "NIGHTBELL_HTTP__LISTEN": "127.0.0.1:0",
            "NIGHTBELL_HTTP__PUBLIC_URL": _PUBLIC,
            "NIGHTBELL_HTTP__TWILIO__ACCOUNT": _ACCOUNT,
            "NIGHTBELL_HTTP__TWILIO__TOKEN": self.token,
            "NIGHTBELL_HTTP__PBX__AUDIOSOCKET": "127.0.0.1:0",
            "NIGHTBELL_HTTP__PBX__KEY": self.key,
        }


@asynccontextmanager
async def open_place(
    over: Over, line: Line, flow: Flow, known: Secrets, standing: Mapping[str, Any]
) -> AsyncIterator[Placing]:
    """Open what places calls, as ``ServedLine.place``.

    Args:
        over: what carries them.
        line: the served line.
        flow: the clinic whose number is called.
        known: the secrets that it was told.
        standing: what it tells of itself.
    """
    number = flow.clinic.number
    here = f"http://{standing.get('http', '')}"
    if over == "media_stream":
        async with carrier_calls(here, _PUBLIC, token=known.token, account=_ACCOUNT, called=number) as place:
            yield place
    elif over == "audiosocket":
        sound = str(standing.get("audiosocket", ""))
        async with pbx_calls(here, sound, key=known.key, called=number) as place:
            yield place
    else:
        target = f"sip:{number}@{line.address}"
        async with open_caller(target, country=flow.clinic.country) as caller:
            yield caller.place
