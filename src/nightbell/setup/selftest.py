"""Self-test: load the Vosk model and decode half a second of silence, in a process of its own.

Vosk ends its process on a model that it cannot use, so it must not be ours: `python -m nightbell.setup.selftest
DIR` is that process. It exits with 0 when the recogniser gave an answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from nightbell.errors import ModelCorrupt

__all__ = ["LIMIT_S", "try_vosk"]

LIMIT_S: Final = 60.0
"""Loading takes half a second on an idle machine; a busy one with a slow disk gets a hundred times that."""
_SILENCE: Final = bytes(8000)
"""Half a second at 8 kHz, 16 bit."""


def try_vosk(folder: Path, *, python: str = sys.executable, limit_s: float = LIMIT_S) -> None:
    """Return when the model in `folder` decodes.

    Raises:
        ModelCorrupt: it does not, or not in time.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [python, "-m", "nightbell.setup.selftest", str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise ModelCorrupt(
            f"The Vosk model did not answer within {limit_s:.0f} s.", provider="vosk", hint="Try again when idle."
        ) from fault
    if done.returncode != 0:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no reason given")
        raise ModelCorrupt(
            f"The Vosk model does not work (exit {done.returncode}): {last.strip()}",
            provider="vosk",
            hint="nightbell doctor tells whether a file is damaged",
        )


def _decode(folder: str) -> bool:
    import vosk  # noqa: PLC0415 - only the child process may load it

    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(vosk.Model(folder), 8000, json.dumps(["yes", "no"]))
    recogniser.AcceptWaveform(_SILENCE)
    return "text" in json.loads(recogniser.FinalResult())


if __name__ == "__main__":
    sys.exit(0 if _decode(sys.argv[1]) else 1)
