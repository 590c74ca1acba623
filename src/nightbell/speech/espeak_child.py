"""The process that pyttsx3 lives in: one line of JSON in, one rendering, one line of JSON out.

It stands apart because pyttsx3 crashes under threads, loses the first of two queued files, swallows write errors
and prints to standard output. Here it meets one job at a time, and what it prints goes to standard error. It ends
when its standard input does. The parent is ``nightbell.speech.espeak``; nothing else starts it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any, Final

_SETTLE_S: Final = 2.0
"""espeak-ng takes settings in a thread of its own and in 3 of 100 starts ends with the default pace: it is asked
until the pace stands, this long at most."""
_LOOK_S: Final = 0.005
_STEADY_LOOKS: Final = 4

__all__ = ["main", "serve"]


def serve(jobs: IO[str], replies: IO[str], speaker: str, rate: int) -> int:
    """Say hello, then answer jobs until there are no more; return the exit code."""

    def reply(**fields: str) -> None:
        replies.write(json.dumps(fields) + "\n")
        replies.flush()

    try:
        engine = _engine(speaker, rate)
    except TimeoutError as error:
        reply(failed=str(error))
        return 4
    except Exception as error:  # noqa: BLE001 - whatever keeps the engine from starting is told to the parent
        reply(missing=f"{type(error).__name__}: {error}")
        return 3
    reply(ready="yes")
    for line in jobs:
        job = json.loads(line)
        try:
            engine.save_to_file(job["words"], job["path"])
            engine.runAndWait()
        except Exception as error:  # noqa: BLE001 - the parent decides what a failure means
            reply(failed=type(error).__name__)
            continue
        if Path(job["path"]).is_file():
            reply(done=job["path"])
        else:
            reply(failed="no file was written")
    return 0


def _engine(speaker: str, rate: int) -> Any:
    import pyttsx3  # noqa: PLC0415 - it loads espeak-ng, which may be missing

    engine = pyttsx3.init("espeak")
    driver = engine.proxy._driver  # noqa: SLF001 - the engine's own queue would hand settings over with the words
    driver.setProperty("voice", speaker)
    driver.setProperty("rate", rate)
    deadline = time.monotonic() + _SETTLE_S
    steady = 0
    while steady < _STEADY_LOOKS:
        if time.monotonic() > deadline:
            raise TimeoutError("espeak-ng does not take its settings")
        if driver.getProperty("rate") == rate:
            steady += 1
        else:
            steady = 0
            driver.setProperty("rate", rate)
        time.sleep(_LOOK_S)
    return engine


def main() -> int:
    """Take speaker and rate from the command line; keep standard output for replies alone."""
    speaker, rate = sys.argv[1], int(sys.argv[2])
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return serve(sys.stdin, replies, speaker, rate)


if __name__ == "__main__":
    sys.exit(main())
