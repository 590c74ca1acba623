"""Bootstrap of the records: they are opened, what a spill kept is put in, and what a crash left is put right."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

import structlog

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.call.session import Session
from nightbell.conversation.clock import SystemClock
from nightbell.errors import RecordsFailed
from nightbell.flow.archive import flow_from_json
from nightbell.reception.adoption import is_spared
from nightbell.records.absent import AbsentRecords
from nightbell.records.database import open_records
from nightbell.records.guarded import GuardedRecords
from nightbell.records.mending import Mending
from nightbell.records.port import CallRecord, Records
from nightbell.records.recovery import recover
from nightbell.records.spill import Spill, replay
from nightbell.settings import Settings

__all__ = ["close_interrupted", "records_of", "recovered"]

_log = structlog.get_logger(__name__)


async def records_of(settings: Settings, stack: AsyncExitStack) -> tuple[GuardedRecords, RecordsFailed | None]:
    """Open the records, or what stands in for them, with the spill behind; put right what a crash left.

    What fails while they are open is put right by a task of the stack's.
    """
    now, spill = SystemClock().at(0), Spill(settings.spill_dir)
    stack.callback(spill.close)
    try:
        plain = await open_records(settings.records_url, now=now)
    except RecordsFailed as error:
        _log.critical("records_missing", code=error.code, provider=error.provider)
        return GuardedRecords(AbsentRecords(error), spill), error
    mending = Mending(
        lambda: replay(settings.spill_dir, plain, now=SystemClock().at(0)), partial(close_interrupted, plain)
    )
    records = GuardedRecords(plain, spill, mending)
    stack.push_async_callback(records.aclose)
    spared = is_spared if settings.http.listen and settings.http.twilio is not None else _none
    for step in (replay(settings.spill_dir, plain, now=now), recover(plain, recovered, now=now, spared=spared)):
        try:
            await step
        except RecordsFailed as error:
            _log.critical("not_put_right", code=error.code, provider=error.provider)
            mending.spilled()
    task = asyncio.create_task(mending.run(), name="mending")
    stack.push_async_callback(_ended, task)
    return records, None


async def close_interrupted(records: Records, call: str) -> None:
    """Close the record of a call whose conversation is no more, as after a restart: a page, ring-backs, DU.

    Raises:
        RecordsFailed: it is open still.
    """
    done = await recover(records, recovered, now=SystemClock().at(0), only=call)
    if done.failed:
        raise RecordsFailed("a call could not be closed", provider="records", hint="look at the disk")


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def recovered(content: str, saved: str, event: Event) -> tuple[Sequence[Effect], str]:
    """Have the session of a call that a process left behind take an event; see ``records.recovery``."""
    session = Session.load(compile_flow(flow_from_json(content)), saved)
    return session.handle(event), session.save()


def _none(_record: CallRecord, _now_ms: int) -> bool:
    return False
