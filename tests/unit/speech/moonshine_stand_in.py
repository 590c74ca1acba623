"""A stand-in worker for the open recogniser: behaves as the first byte of the sound says.

``e`` echoes, ``h`` hangs, ``d`` dies, ``r`` says that it raised, ``1`` dies the first time only (a file
remembers).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from nightbell.speech.decoder_wire import FAILED, READY, pack, read_message

if __name__ == "__main__":
    mark = Path(sys.argv[1])
    if len(sys.argv) > 2:
        sys.stdout.buffer.write(pack({"kind": FAILED, "n": 0, "why": "OSError"}))
        sys.exit(1)
    sys.stdout.buffer.write(pack({"kind": READY, "n": 0}))
    sys.stdout.buffer.flush()
    while (message := read_message(sys.stdin.buffer)) is not None:
        order = message["payload"][:1].decode()
        if order == "h":
            signal.pause()
        if order == "d" or (order == "1" and not mark.exists()):
            mark.touch()
            os._exit(1)
        kind = FAILED if order == "r" else "transcribe"
        text = f"Heard {len(message['payload'])}, by worker."
        sys.stdout.buffer.write(pack({"kind": kind, "n": message["n"], "text": text, "seconds": 9.0}))
        sys.stdout.buffer.flush()
