"""Durable: DBOS keeps every escalation going - one workflow each, named like it, until it is closed.

What a workflow does is ``Runner.work``, which knows everything from the log; so a workflow that is run again goes
on where the log stops, and has no steps that could be replayed wrongly. DBOS holds which work there is, whose it
is, and hands a dead process's work on. Its database is a file of its own, set to WAL before the first launch: its
default journal on a shared file held commits up for 600 ms. See docs/adr/0025.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import structlog
from dbos import DBOS, SetWorkflowID

from nightbell.errors import Fenced, RecordsFailed

__all__ = ["APPLICATION_VERSION", "Durable", "prepare_file"]

APPLICATION_VERSION: Final = "escalations-1"
"""Not computed from the code: an update in the night must find the work of the version before."""
QUEUE: Final = "escalations"
_POLL_S: Final = 0.05
_CHUNK: Final = 200
"""Workflows that are put back at once: the most urgent first, so that they run while the rest is put back."""
_BROKEN_S: Final = 2.0
"""Pause after a fault of our own, seconds, before the same is tried again."""

_log = structlog.get_logger(__name__)


def prepare_file(path: Path) -> str:
    """Make DBOS's own database, in WAL mode, and return its address.

    Raises:
        RecordsFailed: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
    except (OSError, sqlite3.Error) as error:
        raise RecordsFailed(
            "the file of what must happen later cannot be written", provider=str(path), hint="is there space?"
        ) from error
    return f"sqlite:///{path}"


class Durable:
    """One launch of DBOS in this process."""

    def __init__(self, address: str, *, executor: str, work: Callable[[str], Awaitable[None]]) -> None:
        """Configure DBOS; nothing runs before ``launch``.

        Args:
            address: of DBOS's own database.
            executor: this start's own id.
            work: works on one escalation until it is closed.
        """
        logging.getLogger("dbos").setLevel(logging.ERROR)
        self._executor = executor
        DBOS.destroy(destroy_registry=True)
        self._dbos = DBOS(
            config={
                "name": "nightbell",
                "system_database_url": address,
                "executor_id": executor,
                "application_version": APPLICATION_VERSION,
                "console_log_level": "ERROR",
                "enable_otlp": False,
                "use_listen_notify": False,
            }
        )

        async def escalation(name: str) -> None:
            await _until_done(name, work)

        self._workflow: Any = DBOS.workflow(name="escalation", max_recovery_attempts=None)(escalation)
        self._known: set[str] = set()

    async def launch(self) -> None:
        """Begin; the running loop becomes the one that escalations are worked on in."""
        DBOS.launch()
        await DBOS.register_queue_async(QUEUE, polling_interval_sec=_POLL_S)

    async def begin(self, escalation: str) -> None:
        """Work on an escalation, unless that was begun before, here or elsewhere."""
        if escalation in self._known:
            return
        self._known.add(escalation)
        try:
            with SetWorkflowID(escalation):
                await DBOS.start_workflow_async(self._workflow, escalation)
        except Exception:
            self._known.discard(escalation)
            raise

    async def take_over(self, dead: Sequence[str], order: Iterable[str]) -> int:
        """Go on with what fenced executors had, in the order given; return how much it was.

        Args:
            dead: executors that were fenced before.
            order: escalations, the most urgent first.
        """
        if not dead:
            return 0
        found = await DBOS.list_workflows_async(
            status=["PENDING"], executor_id=list(dead), load_input=False, load_output=False
        )
        pending = {status.workflow_id for status in found}
        ordered = [each for each in order if each in pending]
        ordered += sorted(pending - set(ordered))  # closed, and not yet ended: it ends by itself
        for start in range(0, len(ordered), _CHUNK):
            chunk = ordered[start : start + _CHUNK]
            await DBOS.resume_workflows_async(chunk, queue_name=QUEUE)
            self._known.update(chunk)
        if ordered:
            _log.warning("escalation.taken_over", executors=len(dead), escalations=len(ordered))
        return len(ordered)

    async def adopt(self, idle: Sequence[str], alive: set[str]) -> int:
        """Go on with those of ``idle`` that DBOS gives to an executor which is not alive; return how many.

        A process that was fenced while it slept may begin a workflow after its work was taken over: nobody would
        look at that one again.
        """
        found = await DBOS.list_workflows_async(
            workflow_ids=list(idle), status=["PENDING"], load_input=False, load_output=False
        )
        owner = {status.workflow_id: status.executor_id for status in found}
        orphans = [each for each in idle if each in owner and owner[each] not in alive]
        if orphans:
            _log.warning("escalation.adopted", escalations=len(orphans))
            await DBOS.resume_workflows_async(orphans, queue_name=QUEUE)
        return len(orphans)

    async def aclose(self) -> None:
        """Let go; what runs is gone on with by who takes over."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="durable-close") as own:
            await loop.run_in_executor(own, lambda: DBOS.destroy(destroy_registry=True))
        # DBOS made its own pool the loop's, and has shut it down: the loop gets another.
        loop.set_default_executor(ThreadPoolExecutor())


async def _until_done(name: str, work: Callable[[str], Awaitable[None]]) -> None:
    """Work until it is done: a workflow that ends with an error is never run again, so none does."""
    while True:
        try:
            await work(name)
        except Fenced:
            _log.error("escalation.fenced", escalation=name)
            await asyncio.Event().wait()  # this process ends; to return would tell DBOS that the work is done
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller still waits for somebody
            _log.error("escalation.broke", escalation=name, error=type(error).__name__)
            await asyncio.sleep(_BROKEN_S)
        else:
            return
