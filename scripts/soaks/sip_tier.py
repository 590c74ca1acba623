"""Every call script of Rosewood over real SIP and RTP, twelve at a time, with the verdicts of the audio tier."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from scripts.figures import Figure
from scripts.told import told_by

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 25.0
_LIMIT_S: Final = 3600


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Rehearse all of it on a line that is served."""
    began = time.monotonic()
    calls = told_by("rehearse", "flows/rosewood", "--tier", "sip", limit_s=_LIMIT_S)["calls"]
    for call in calls:
        if not call["passed"]:
            say(f"{call['script']}: {call['failures']}")
    passed = sum(call["passed"] for call in calls)
    return [
        Figure("scripts played over SIP", len(calls), at_least=24),
        Figure("passed", passed, at_least=len(calls)),
        Figure("all of them", time.monotonic() - began, "s", peer=f"{os.cpu_count()} cores"),
    ]
