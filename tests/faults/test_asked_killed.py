"""A line that answers requests, killed (SIGKILL) between two of them: the next one goes on with the same call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
from tests.peers.by_request import CALLER, shipped
from tests.peers.obeying import Act, Clock, Obedient
from tests.unit.line.webhook.test_ways import NUMBER, SIGNS_NO, answers

from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

ROOT = Path(__file__).parents[2]


class WrittenClock(Clock):
    """Writes what time it is where the line reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(Instant(time.time_ns() // 1_000_000))
        self.pass_ms(0)

    def pass_ms(self, ms: float) -> None:
        super().pass_ms(ms)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(self.now.ms))
        fresh.replace(self._path)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve; give the address and the process, which is killed at the end."""
    program = [sys.executable, str(ROOT / "tests" / "faults" / "asked_line.py"), str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src"), *sys.path])}
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as line:
        assert line.stdout is not None
        try:
            address = next((said for said in line.stdout if said.startswith("http://")), "").strip()
            assert address
            yield address, line.pid
        finally:
            os.kill(line.pid, signal.SIGKILL)


@pytest.mark.asyncio
@pytest.mark.timeout(240)
async def test_a_call_outlives_the_process_that_answers_it(tmp_path: Path) -> None:
    clock = WrittenClock(tmp_path / "clock")
    script = answers(
        {"reason": Act(keys="1"), "first_screen.signs.breathing": Act(say="yes"), **SIGNS_NO, **NUMBER}
    )
    async with aiohttp.ClientSession() as session:
        carrier = Obedient(session, "", clock, lambda _: names[len(call.turns)])
        call = carrier.call(CALLER, shipped("rosewood").clinic.number)
        names = [
            "opening", "recording_notice", "reason", "first_screen.signs.breathing", "emergency",
            "number.ask.offer", "number.right", "emergency_end",
        ]  # fmt: skip
        for turns in (4, 99):
            with served(tmp_path) as (carrier.here, _):
                if call.asked:  # the last answer never came: it is asked for again
                    path, form, text = call.asked[-1]
                    status, again = await carrier.post(path, form)
                    assert (status, again.count("<Gather")) == (200, text.count("<Gather"))
                    call.answer = again
                while len(call.turns) < turns and not call.over:
                    await carrier.run_one(call, script)
    assert call.over
    assert call.heard == names
    async with await open_sqlite(tmp_path / "records.sqlite3", now=clock.now) as records:
        (record,) = await records.calls()
    assert (record.disposition, record.reason) == (Disposition.D0, "end")
    assert [page.disposition for page in record.pages] == [Disposition.D0]
