"""Every call script of every clinic with sound; every red flag once more in a kitchen and a street, at 10 dB."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final

from scripts.figures import Figure
from scripts.told import ROOT, told_by

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 40.0
_LIMIT_S: Final = 3600
_NOISES: Final = ("", "kitchen", "street")
"""What is laid under the callers; nothing but what a script itself has, first."""
_SEED: Final = 11


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Rehearse all of it, clinic by clinic, and tell what failed and why."""
    figures: list[Figure] = []
    for clinic in sorted(path.parent.name for path in (ROOT / "flows").glob("*/flow.yaml")):
        for noise in _NOISES:
            began = time.monotonic()
            calls = _rehearse(clinic, noise)
            for call in calls:
                if not call["passed"]:
                    say(f"{clinic}: {call['script']}: {call['failures']}")
            passed = sum(call["passed"] for call in calls)
            about = f"{clinic}, {noise} at 10 dB" if noise else clinic
            peer = f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores"
            figures.append(
                Figure(f"{about}: scripts that pass", passed, f"of {len(calls)}", at_least=len(calls), peer=peer)
            )
            say(f"{about}: {passed} of {len(calls)} pass")
    return figures


def _rehearse(clinic: str, noise: str) -> list[dict[str, Any]]:
    under = ["--noise", noise, "--seed", str(_SEED)] if noise else []
    told = told_by("rehearse", f"flows/{clinic}", "--tier", "audio", *under, limit_s=_LIMIT_S)
    calls: list[dict[str, Any]] = told["calls"]
    return calls
