"""Sound alone, ours beside aiortp's: the same sessions, the same callers, the same core."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.benches._calls_load import Caller, Said, percentile
from scripts.figures import Figure

SESSIONS = (150, 300)
SECONDS = 6.0


def sound_alone(say: Callable[[str], None]) -> list[Figure]:
    """Measure both at each size."""
    figures = []
    for sessions in SESSIONS:
        for engine in ("ours", "aiortp"):
            late, cpu = _run(engine, sessions)
            p99 = percentile(late, 99)
            say(f"sound alone, {engine}, {sessions} sessions: p99 {p99 or -1:.1f} ms late")
            figures += [
                Figure(f"sound alone, {engine}: lateness p99 at {sessions}", p99, "ms"),
                Figure(
                    f"sound alone, {engine}: CPU per session at {sessions}", 100 * cpu / sessions, "% of a core"
                ),
            ]
    return figures


def _run(engine: str, sessions: int) -> tuple[list[float], float]:
    callers = []
    for _ in range(sessions):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(0)
        sock.setsockopt(socket.SOL_SOCKET, 35, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        sock.bind(("127.0.0.1", 0))
        callers.append(Caller(sock, (Said(),), (b"\xff" * 160,)))
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.benches._calls_media", engine, "0", "uvloop"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([caller.sock.getsockname()[1] for caller in callers]) + "\n")
    process.stdin.flush()
    for caller, port in zip(callers, json.loads(process.stdout.readline()), strict=True):
        caller.target = ("127.0.0.1", port)
    _pump(callers, 2.0)
    for caller in callers:
        caller.seqs, caller.arrived = [], []
    before, began = _cpu_s(process.pid), time.monotonic()
    _pump(callers, SECONDS)
    cpu = (_cpu_s(process.pid) - before) / (time.monotonic() - began)
    process.stdin.close()
    process.wait(20)
    process.stdout.close()
    late = [ms for caller in callers for ms in caller.late_ms()]
    for caller in callers:
        caller.sock.close()
    return late, cpu


def _pump(callers: list[Caller], seconds: float) -> None:
    began, number = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        number += 1
        time.sleep(max(began + number * 0.005 - time.monotonic(), 0))
        for place, caller in enumerate(callers):
            if place % 4 == number % 4:
                caller.drain()
                caller.send()


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
