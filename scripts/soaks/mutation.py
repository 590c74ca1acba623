"""Every clinic made worse in one place at a time, on every core: what no rule, no proof and no script notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from scripts.figures import Figure

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 30.0
_ROOT: Final = Path(__file__).resolve().parents[2]
_LIMIT_S: Final = 7200


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Try every mutant of every clinic, phrases left out, and tell what survived."""
    figures: list[Figure] = []
    for clinic in sorted(path.parent.name for path in (_ROOT / "flows").glob("*/flow.yaml")):
        began = time.monotonic()
        told = _mutate(clinic)
        for one in told["survivors"]:
            mark = "SAFETY " if one["safety"] else ""
            say(f"{mark}{one['place']} {one['operator']}: {one['what']}; {one['why']}")
        took = f"{told['mutants']} mutants, {time.monotonic() - began:.0f} s on {os.cpu_count()} cores"
        for name, least in (("safety_edges", 100.0), ("all_edges", 90.0), ("loading_edges", None)):
            share = told[name]
            percent = 100 * share["noticed"] / share["of"] if share["of"] else 100.0
            about = f"{clinic}: {name.replace('_', ' ')} noticed"
            figures.append(Figure(about, percent, "%", at_least=least, peer=f"{share['of']} of {took}"))
    return figures


def _mutate(clinic: str) -> dict[str, Any]:
    command = [sys.executable, "-c", "from nightbell.cli.app import main; main()", "mutate", f"flows/{clinic}"]
    done = subprocess.run(
        [*command, "--json"],
        cwd=_ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
