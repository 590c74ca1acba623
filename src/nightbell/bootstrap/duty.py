"""Bootstrap of duty: the process that gets people, with what this installation has - rows, rotas, a telephone.

It waits for the records to be there: the process that takes calls makes them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from nightbell.bootstrap.carriers import open_carriers
from nightbell.bootstrap.paging import BUSY_MS, HEARTBEAT, PAGES, clinics_of
from nightbell.bootstrap.self_test import run_self_tests
from nightbell.escalation.duty import Duty, DutySettings
from nightbell.escalation.far_telephone import FarTelephone
from nightbell.escalation.last_alarm import LastAlarm
from nightbell.escalation.rotas import Rotas
from nightbell.records.database import shared_records
from nightbell.records.tables import page_sends

if TYPE_CHECKING:
    from nightbell.reception.directory import Entry
    from nightbell.settings import Settings

__all__ = ["open_duty"]

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.2
"""How often records that are not there yet are looked for."""
_DURABLE: Final = "duty.sqlite3"


@asynccontextmanager
async def open_duty(
    settings: Settings,
    run: Path,
    entries: Iterable[Entry],
    *,
    fenced: Callable[[], None],
    stopping: Callable[[], bool] = lambda: False,
) -> AsyncIterator[tuple[Duty, Rotas]]:
    """Open duty once the records are there.

    Args:
        settings: the machine's.
        run: folder of the line's sockets.
        entries: the clinics served.
        fenced: called when another process took over; this one must end.
        stopping: tells whether the line was told to stop, and need not be tested any more.

    Raises:
        RecordsFailed: the records, or duty's own file, cannot be written.
        SettingsError: the address of the records is none.
    """
    served = tuple(entries)
    rotas = Rotas(clinics_of(served))
    telephone = FarTelephone(run / PAGES)
    engines = shared_records(settings.records_url, busy_ms=BUSY_MS)
    while not await asyncio.to_thread(_there, engines[1]):  # noqa: ASYNC110 - another process makes them
        await asyncio.sleep(_LOOK_S)
    beat = run / HEARTBEAT
    if not beat.exists():  # the auditor is opened with the line, and has its usual time for the first look
        await asyncio.to_thread(beat.write_text, str(time.time_ns() // 1_000_000), encoding="ascii")
    async with AsyncExitStack() as stack:
        channels = await stack.enter_async_context(open_carriers(settings))
        bell = LastAlarm(rotas, channels, telephone)
        duty = Duty(
            engines,
            DutySettings(durable=_durable(settings), heartbeat=beat),
            rotas=rotas,
            dialler=telephone,
            callers=telephone,
            channels=channels,
            bell=bell,
            on_fenced=fenced,
        )
        stack.push_async_callback(duty.aclose)
        await duty.open()
        await stack.enter_async_context(run_self_tests(settings, run, served, bell, stopping=stopping))
        yield duty, rotas


def _durable(settings: Settings) -> Path:
    """Return where DBOS's file is: beside the records, for it says what of them is worked on."""
    url = make_url(settings.records_url)
    file = url.database if url.get_backend_name() == "sqlite" else None
    return (Path(file).parent if file else settings.data_dir) / _DURABLE


def _there(engine: Engine) -> bool:
    """Tell whether the newest of the tables that duty writes is there."""
    try:
        with engine.connect() as connection:
            connection.execute(select(page_sends.c.page).limit(1)).all()
    except (SQLAlchemyError, OSError):
        return False
    return True
