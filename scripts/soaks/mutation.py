"""Every clinic made worse in one place at a time, on every core: what no rule, no proof and no script notices."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from scripts.figures import Figure
from scripts.told import ROOT, told_by

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 30.0
_LIMIT_S: Final = 7200


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Try every mutant of every clinic, phrases left out, and tell what survived."""
    figures: list[Figure] = []
    for clinic in sorted(path.parent.name for path in (ROOT / "flows").glob("*/flow.yaml")):
        began = time.monotonic()
        told = told_by("mutate", f"flows/{clinic}", limit_s=_LIMIT_S)
        for one in told["survivors"]:
            mark = "SAFETY " if one["safety"] else ""
            say(f"{mark}{one['place']} {one['operator']}: {one['what']}; {one['why']}")
        for operator, share in told["by_operator"].items():
            say(f"{clinic} {operator}: {share['noticed']} of {share['of']}, {share['same']} change no call")
        took = f"{told['mutants']} mutants, {time.monotonic() - began:.0f} s on {os.cpu_count()} cores"
        for name, least in (("safety_edges", 100.0), ("all_edges", 90.0), ("loading_edges", None)):
            share = told[name]
            percent = 100 * share["noticed"] / share["of"] if share["of"] else 100.0
            about = f"{clinic}: {name.replace('_', ' ')} noticed"
            figures.append(Figure(about, percent, "%", at_least=least, peer=f"{share['of']} of {took}"))
    return figures
