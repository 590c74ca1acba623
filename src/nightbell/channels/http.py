"""Http: what SMS, webhook and push have in common - one POST, one limit, and which answers may be tried again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp

from nightbell.errors import ChannelBusy, ChannelFailed

__all__ = ["MOST_BYTES", "post"]

MOST_BYTES: Final = 65_536
"""Most that is read of an answer."""
_LATER: Final = frozenset({408, 425, 429})
"""4xx that say "not now" (RFC 9110 15.5.9, RFC 8470, RFC 6585)."""
_MOST_WAIT_S: Final = 300.0
"""Longest Retry-After that is believed: beyond it, another way to the person is better."""


async def post(
    session: aiohttp.ClientSession,
    url: str,
    *,
    provider: str,
    limit_s: float,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> bytes:
    """Send one POST and return the beginning of the answer's body.

    Args:
        session: its owner closes it.
        url: where to; never shown.
        provider: who it is, for errors.
        limit_s: seconds for all of it.
        headers: beside the usual ones.
        content: as aiohttp takes it: ``data`` or ``json``.

    Raises:
        ChannelBusy: no connection, no answer in time, 408, 425, 429 or 5xx.
        ChannelFailed: any other answer that is no 2xx.
    """
    try:
        async with asyncio.timeout(limit_s):
            async with session.post(url, headers=headers, allow_redirects=False, **content) as answer:
                body = await answer.content.read(MOST_BYTES)
                status, later = answer.status, answer.headers.get("Retry-After")
    except TimeoutError as error:
        raise ChannelBusy(f"no answer within {limit_s:g} s", provider=provider) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # The words of these errors hold the address: only the kind of error goes on.
        raise ChannelBusy(f"no connection ({type(error).__name__})", provider=provider) from None
    if 200 <= status < 300:
        return body
    if status in _LATER or status >= 500:
        raise ChannelBusy(f"answered {status}", provider=provider, retry_after_s=_seconds(later))
    raise ChannelFailed(f"answered {status}", provider=provider, hint="look at its credentials and its address")


def _seconds(later: str | None) -> float | None:
    """Read Retry-After: seconds or a date (RFC 9110 10.2.3); nonsense is none."""
    if not later:
        return None
    try:
        found = float(later)
    except ValueError:
        try:
            when = parsedate_to_datetime(later)
        except ValueError:
            return None
        found = (
            when.timestamp() - time.time()
            if when.tzinfo
            else (when.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()
        )
    return min(max(found, 0.0), _MOST_WAIT_S) if found == found else None  # noqa: PLR0124 - nan is no wait
