"""The line under load, in a process of its own: everything `nightbell serve` joins, on one core and one loop.

``python -m scripts.benches._calls_server FOLDER CORE LOOP`` says on standard output, as JSON, where it listens; it
answers each line of its standard input with what it measured, and lives until the end of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import structlog
import uvloop

from nightbell.bootstrap.line import open_line
from nightbell.bootstrap.nightbell import open_nightbell
from nightbell.flow.load import load_flow
from nightbell.reception.directory import Directory, Entry
from nightbell.reception.memory import put_aside
from nightbell.settings import Settings, load_settings
from nightbell.settings_line import Listen, RtpSettings, ServeSettings, SipSettings

CALLER = "+447700900123"
"""Whose calls over a stream are taken, though the wording is not signed."""
ROSEWOOD = Path(__file__).resolve().parents[2] / "flows" / "rosewood"


def settings_in(folder: Path) -> Settings:
    """Return settings of a line whose caps are out of the way; prompts and models are the machine's."""
    usual = load_settings()
    usual.prompts_dir.mkdir(parents=True, exist_ok=True)
    if not (folder / "prompts").exists():
        (folder / "prompts").symlink_to(usual.prompts_dir.resolve())
    return usual.model_copy(
        update={
            "data_dir": folder,
            "spill_dir": folder / "spill",
            "models": usual.models_dir,
            "records": None,
            "speech_calls": int(os.environ.get("BENCH_SPEECH_CALLS", "24")),
            "sip": SipSettings(listen=(Listen(transport="udp", host="127.0.0.1", port=0),)),
            "rtp": RtpSettings(first_port=20_000, last_port=23_999),
            "serve": ServeSettings(
                calls=2000,
                test_numbers=(CALLER,),
                calls_per_s=float(os.environ.get("BENCH_RATE", "1000")),
                burst=int(os.environ.get("BENCH_BURST", "1000")),
                source_calls_per_s=float(os.environ.get("BENCH_RATE", "1000")),
                source_burst=int(os.environ.get("BENCH_BURST", "1000")),
            ),
        }
    )


async def serve(folder: Path) -> None:
    """Take calls until the end of standard input."""
    settings = settings_in(folder)
    flow = load_flow(ROSEWOOD)
    async with open_nightbell(settings) as night:
        await night.prepare(flow, ROSEWOOD)
        put_aside()
        directory = Directory([Entry(flow=flow, folder=ROSEWOOD, draft=True)])
        async with open_line(settings, night, directory) as line:
            told_first = {"port": line.agent.address()[1], "http": line.web.http, "pid": os.getpid()}
            print(json.dumps(told_first), flush=True)
            loop = asyncio.get_running_loop()
            while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
                ticker = line.engine.ticker
                told: dict[str, Any] = {
                    "lateness_p99_ms": ticker.lateness_ms(99),
                    "legs": line.engine.legs,
                    "left_out": ticker.left_out,
                    "failed": ticker.failed,
                    "held": line.held,
                    "tasks": len(asyncio.all_tasks()),
                }
                if word == "fresh":
                    ticker.late_s.clear()
                print(json.dumps(told), flush=True)


def main() -> None:
    """Pin, then serve."""
    folder, core, loop = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    os.sched_setaffinity(0, {core})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if loop == "uvloop":
        uvloop.run(serve(folder))
    else:
        asyncio.run(serve(folder))


if __name__ == "__main__":
    main()
