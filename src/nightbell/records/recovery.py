"""Recovery: after a restart every call that was found open is closed as interrupted, and a person is paged.

How a session takes an Interrupted event is handed in. What it returns is checked: whatever it forgot, or could not
do, is done here, so that no call stays open and none is left without a page. It rings nobody by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from nightbell.call.effects import Close, Effect, Escalate, RingBack
from nightbell.call.events import Event, Interrupted
from nightbell.errors import NightbellError, RecordsFailed
from nightbell.records.port import CallRecord, OpenCall, Records
from nightbell.terms.disposition import Disposition, highest
from nightbell.terms.instant import Instant

__all__ = ["RECOVERY_LIMIT_MS", "Recoverable", "Recovery", "recover"]

Recoverable: TypeAlias = Callable[[str, str, Event], tuple[Sequence[Effect], str]]
"""(content of the flow version, saved session, event) to (effects, session after it)."""

RECOVERY_LIMIT_MS: Final = 5000
"""How long one closing may take; no caller hears it."""
_RING_BACKS: Final = 3
_RING_BACK_WITHIN_MS: Final = 600_000
"""Three times in ten minutes (DESIGN section 4, rule 6)."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a recovery did, by call id."""

    by_session: tuple[str, ...]
    """Closed by their own session."""
    by_fallback: tuple[str, ...]
    """Closed here, because their session could not be used or left out what must be."""
    failed: tuple[str, ...]
    """Still open: the records did not take it."""


async def recover(
    records: Records,
    handle: Recoverable,
    *,
    now: Instant,
    limit_ms: int = RECOVERY_LIMIT_MS,
    only: str | None = None,
    spared: Callable[[CallRecord, int], bool] = lambda _record, _now_ms: False,
) -> Recovery:
    """Close every open call. Run it after the spill was replayed and before the first call is taken.

    While calls are taken, ``only`` names the one whose conversation is no more. ``spared`` tells which calls may
    go on without it; who asks for that sees to them.

    Raises:
        RecordsFailed: the open calls cannot be read.
    """
    by_session: list[str] = []
    by_fallback: list[str] = []
    failed: list[str] = []
    for waiting in await records.open_calls():
        record = waiting.record
        if (only is not None and record.call != only) or spared(record, now.ms):
            continue
        event = Interrupted(
            clinic=record.clinic,
            call=record.call,
            seq=record.last_seq + 1,
            at_utc=max(now.ms, record.last_at.ms),
            audio_ms=record.audio_ms,
        )
        content = await records.flow(record.flow)
        handled = _by_session(waiting, content or "", event, handle)
        effects, session = handled or (_fallback(waiting), waiting.session)
        try:
            await records.append(event, effects, session, limit_ms=limit_ms)
        except RecordsFailed as error:
            _log.error("records.recovery_failed", code=error.code)
            failed.append(record.call)
        else:
            (by_session if handled else by_fallback).append(record.call)
    if by_session or by_fallback or failed:
        _log.warning("records.recovered", sessions=len(by_session), fallbacks=len(by_fallback), failed=len(failed))
    return Recovery(by_session=tuple(by_session), by_fallback=tuple(by_fallback), failed=tuple(failed))


def _by_session(
    waiting: OpenCall, content: str, event: Event, handle: Recoverable
) -> tuple[Sequence[Effect], str] | None:
    """Let the session end its call; None when it cannot, or would leave out the outcome or the page."""
    try:
        effects, session = handle(content, waiting.session, event)
    except NightbellError as error:
        _log.warning("records.session_unusable", code=error.code)
        return None
    except Exception as error:  # noqa: BLE001 - a fault in one session must not leave its caller without a page
        _log.error("records.session_broke", error=type(error).__name__)
        return None
    closes = [effect for effect in effects if isinstance(effect, Close)]
    paged = bool(waiting.record.pages) or any(isinstance(effect, Escalate) for effect in effects)
    least = highest(waiting.record.floor, Disposition.DU)
    assert least is not None
    if len(closes) == 1 and closes[0].reason == "interrupted" and closes[0].disposition.at_least(least) and paged:
        return effects, session
    _log.warning("records.session_incomplete", closes=len(closes), paged=paged)
    return None


def _fallback(waiting: OpenCall) -> tuple[Effect, ...]:
    """Page, ring back and close, without a session."""
    record = waiting.record
    disposition = highest(record.floor, Disposition.DU)
    assert disposition is not None
    first = record.next_effect
    return (
        Escalate(call=record.call, n=first, disposition=disposition, state="", question="interrupted"),
        RingBack(
            call=record.call,
            n=first + 1,
            times=_RING_BACKS,
            within_ms=_RING_BACK_WITHIN_MS,
            then="page",
            number=record.caller,
        ),
        Close(call=record.call, n=first + 2, disposition=disposition, state="", reason="interrupted"),
    )
