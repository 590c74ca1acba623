"""Plays espeak's child without espeak: speaks its lines of JSON, and goes wrong where the words tell it to."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from nightbell.audio.wav import write_wav


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    if "missing" in sys.argv:
        say(json.dumps({"missing": "OSError: libespeak-ng.so.1"}))
        return
    say(json.dumps({"ready": "yes", "pid": os.getpid()}))
    for line in sys.stdin:
        job = json.loads(line)
        words = job["words"]
        if words == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if words == "hang":
            signal.pause()
        if words == "nonsense":
            say("espeak says hello")
            continue
        if words == "swallow":
            say(json.dumps({"failed": "no file was written"}))
            continue
        if words == "half":
            Path(job["path"]).write_bytes(b"RIFF\0\0")
        else:
            seed = np.frombuffer(words.encode(), dtype=np.uint8)
            write_wav(Path(job["path"]), np.random.default_rng(seed).normal(0, 3000, 8000).astype(np.int16))
        say(json.dumps({"done": job["path"]}))


if __name__ == "__main__":
    main()
