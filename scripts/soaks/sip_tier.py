"""Every call script of Rosewood over real SIP and RTP, twelve at a time, with the verdicts of the audio tier."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.figures import Figure

from nightbell.errors import LineFailed

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 25.0
_ROOT: Final = Path(__file__).resolve().parents[2]
_LIMIT_S: Final = 3600


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Rehearse all of it on a line that is served."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nightbell-soak-") as report:
        command = [sys.executable, "-c", "from nightbell.cli.app import main; main()", "rehearse"]
        words = [str(_ROOT / "flows" / "rosewood"), "--tier", "sip", "--json", "--report", report]
        done = subprocess.run(
            [*command, *words],
            cwd=_ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        if not done.stdout:
            raise LineFailed("the rehearsal did not take place", provider="serve", hint=done.stderr[-300:])
        calls = json.loads(done.stdout.splitlines()[-1])["calls"]
    for call in calls:
        if not call["passed"]:
            say(f"{call['script']}: {call['failures']}")
    passed = sum(call["passed"] for call in calls)
    return [
        Figure("scripts played over SIP", len(calls), at_least=24),
        Figure("passed", passed, at_least=len(calls)),
        Figure("all of them", time.monotonic() - began, "s", peer=f"{os.cpu_count()} cores"),
    ]
