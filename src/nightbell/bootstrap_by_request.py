"""Bootstrap of calls by requests: what such a call is made of, an older version of its flow included.

People are paged and rung as for any call. The two are brought together by ringing the caller back: a SIP leg of a
person cannot be joined with a caller whose sound is at a carrier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.conversation.by_request.happening import Parts
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.limits import Limits
from nightbell.reception.correspondents import Correspondents
from nightbell.speech.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from nightbell.bootstrap import Nightbell
    from nightbell.conversation.world import World
    from nightbell.reception.directory import Entry
    from nightbell.reception.reception import Reception
    from nightbell.settings import Settings

__all__ = ["correspondents"]


def correspondents(
    settings: Settings, night: Nightbell, reception: Reception, followed: Callable[[World], World]
) -> Correspondents:
    """Return the calls by requests of a line; ``followed`` has what becomes of their pages told to them."""
    carrier = settings.http.twilio
    speech = dict(carrier.speech) if carrier is not None else {}

    async def parts(clinic: str, flow: str, entry: Entry | None) -> Parts | None:
        served = (each for each in reception.directory.entries if each.flow.clinic.name == clinic)
        entry = entry or next(served, None)
        desk = await night.desk(flow, entry.folder) if entry is not None else None
        if desk is None:
            return None
        return Parts(
            plan=desk.plan,
            prompts=desk,
            records=night.records,
            world=followed(desk.world),
            clock=SystemClock(),
            safe_text=safe_text(desk.plan.flow.clinic.emergency),
            speech=speech,
            limits=Limits(commit_ms=settings.commit_limit_ms),
        )

    return Correspondents(reception, night.records, parts=parts, close=night.close_interrupted)
