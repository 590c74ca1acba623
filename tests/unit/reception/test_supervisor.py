"""The supervisor, over small children: started, noticed when they die, started again, stopped."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nightbell.reception.supervisor import Child, Supervisor

pytestmark = pytest.mark.asyncio

CHILD = """
import asyncio, json, os, signal, sys
socket, mode = sys.argv[1:3]
terms = 0
async def main():
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    def term():
        global terms
        terms += 1
        with open(socket + ".terms", "a") as file:
            file.write("TERM\\n")
        if mode == "quick" or terms > 1:
            over.set()
    def hup():
        with open(socket + ".terms", "a") as file:
            file.write("HUP\\n")
    loop.add_signal_handler(signal.SIGTERM, term)
    loop.add_signal_handler(signal.SIGHUP, hup)
    loop.add_reader(0, lambda: os.read(0, 1) or over.set())
    async def answer(reader, writer):
        path = (await reader.readline()).split()[1]
        body = b'{"ready": true, "calls": 2}' if path == b"/readyz" else b"toy_calls 2\\n"
        head = b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n"
        writer.write(head % len(body) + body)
        await writer.drain()
        writer.close()
    async with await asyncio.start_unix_server(answer, socket):
        await over.wait()
if not os.read(0, 1):
    sys.exit(0)
with open(socket + ".pids", "a") as file:
    file.write(f"{os.getpid()}\\n")
if mode == "dies":
    sys.exit(1)
if mode == "usage":
    sys.exit(2)
asyncio.run(main())
"""


@pytest.fixture
def toy(tmp_path: Path) -> Callable[[str, str], Child]:
    script = tmp_path / "child.py"
    script.write_text(CHILD)

    def make(name: str, mode: str) -> Child:
        socket = tmp_path / name
        return Child(name, [sys.executable, str(script), str(socket), mode], socket, stop_s=5)

    return make


@asynccontextmanager
async def running(
    *children: Child, spare_s: float = 60.0, mind_s: float = 60.0
) -> AsyncIterator[tuple[Supervisor, asyncio.Task[int]]]:
    supervisor = Supervisor(children, spare_s=spare_s, mind_s=mind_s)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, task
    finally:
        supervisor.stop()
        supervisor.stop()
        async with asyncio.timeout(10):
            await task


async def ready(supervisor: Supervisor, limit_s: float = 10) -> dict[str, object]:
    async with asyncio.timeout(limit_s):
        while not (told := await supervisor.ready())["ready"]:  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.02)
    return told


def told(child: Child) -> list[str]:
    path = Path(f"{child.socket}.terms")
    return path.read_text().split() if path.exists() else []


async def until(true: Callable[[], object], limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)


async def test_all_children_ready_is_ready_and_what_they_tell_is_passed_on(
    toy: Callable[[str, str], Child],
) -> None:
    calls, duty = toy("calls", "quick"), toy("duty", "quick")
    async with running(calls, duty) as (supervisor, _):
        found = await ready(supervisor)
        assert json.dumps(found["children"]) == json.dumps(
            {
                "calls": {"ready": True, "pid": calls.pid, "starts": 1, "calls": 2},
                "duty": {"ready": True, "pid": duty.pid, "starts": 1, "calls": 2},
            }
        )
        metrics = await supervisor.metrics()
        assert metrics.count("toy_calls 2\n") == 2
        assert 'nightbell_child_starts_total{child="duty"} 1' in metrics


async def test_a_child_that_is_killed_is_noticed_and_started_again_and_the_other_is_left_alone(
    toy: Callable[[str, str], Child],
) -> None:
    calls, duty = toy("calls", "quick"), toy("duty", "quick")
    async with running(calls, duty) as (supervisor, _):
        await ready(supervisor)
        first, other = calls.pid, duty.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: calls.starts == 2 and calls.pid not in {None, first})
        await ready(supervisor)
        assert duty.pid == other


async def test_a_spare_takes_over_from_a_child_that_is_killed(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "quick")
    async with running(child, spare_s=0.1) as (supervisor, _):
        await ready(supervisor)
        await until(lambda: child.spare is not None)
        assert child.spare is not None
        assert child.pid is not None
        spare = child.spare[0].pid
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: child.pid == spare)
        await ready(supervisor)
        await until(lambda: child.spare is not None)
        third = child.spare[0]
    assert third.returncode is not None, "no spare is left behind"


async def test_a_spare_that_died_is_not_relied_on(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "quick")
    async with running(child, spare_s=0.1) as (supervisor, _):
        await ready(supervisor)
        await until(lambda: child.spare is not None)
        assert child.spare is not None
        assert child.pid is not None
        spare = child.spare[0]
        spare.kill()
        await spare.wait()
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: child.starts == 2)
        await ready(supervisor)
        assert child.pid != spare.pid


async def test_a_child_that_hangs_is_killed_and_started_again(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "quick")
    async with running(child, mind_s=0.02) as (supervisor, _):
        await ready(supervisor)
        hung = child.pid
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        await until(lambda: child.starts == 2, 60)
        await ready(supervisor)
        assert child.pid != hung


async def test_a_child_that_keeps_dying_is_started_ever_more_slowly(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "dies")
    async with running(child) as (supervisor, _):
        await until(lambda: child.starts == 4)
        assert child.wait_s >= 1.0
        assert not (await supervisor.ready())["ready"]


async def test_a_child_that_is_set_wrongly_ends_the_line(toy: Callable[[str, str], Child]) -> None:
    wrong, other = toy("calls", "usage"), toy("duty", "quick")
    async with running(wrong, other) as (_, task):
        async with asyncio.timeout(10):
            assert await asyncio.shield(task) == 2
        assert wrong.starts == 1
        assert other.pid is None


async def test_the_first_term_drains_and_the_second_stops(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "slow")
    async with running(child) as (supervisor, task):
        await ready(supervisor)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: told(child) == ["HUP"])
        os.kill(os.getpid(), signal.SIGTERM)
        await until(lambda: told(child) == ["HUP", "TERM"])
        assert child.pid is not None
        assert not (await supervisor.ready())["ready"], "what drains takes no calls"
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await asyncio.shield(task) == 0
        assert child.pid is None


async def test_a_child_that_does_not_stop_is_killed(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "slow")
    child.stop_s = 0.2
    async with running(child) as (supervisor, task):
        await ready(supervisor)
        supervisor.stop()
        async with asyncio.timeout(10):
            await asyncio.shield(task)
        assert child.process is not None
        assert child.process.returncode == -signal.SIGKILL


async def test_a_child_ends_when_the_supervisor_is_gone(toy: Callable[[str, str], Child]) -> None:
    child = toy("calls", "slow")
    async with running(child) as (supervisor, _):
        await ready(supervisor)
        process = child.process
        assert process is not None
        os.close(child.pipe)
        child.pipe = os.open(os.devnull, os.O_RDONLY)
        async with asyncio.timeout(10):
            await process.wait()
