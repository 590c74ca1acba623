"""What a verb of nightbell tells as JSON, in a process of its own: benches and soaks judge it as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from nightbell.errors import ProviderError

__all__ = ["ROOT", "told_by"]

ROOT: Final = Path(__file__).resolve().parents[1]


def told_by(*words: str, limit_s: float) -> dict[str, Any]:
    """Run a verb with --json and return what it told; a rehearsal's recordings go away with it.

    Raises:
        ProviderError: it told nothing.
    """
    command = [sys.executable, "-c", "from nightbell.cli.app import main; main()", *words, "--json"]
    with tempfile.TemporaryDirectory(prefix="nightbell-told-") as report:
        where = ["--report", report] if words[0] == "rehearse" else []
        done = subprocess.run(
            [*command, *where],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    if not done.stdout:
        raise ProviderError(f"{words[0]} told nothing", provider="nightbell", hint=done.stderr[-300:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
