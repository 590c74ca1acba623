"""Decoder host: a small process that holds the Vosk model and forks one child for each call.

``python -m nightbell.speech.decoder_host MODEL CONTROL`` where CONTROL is the number of an inherited
SOCK_SEQPACKET socket. It says ``ready`` or ``failed`` on it once; then each packet is ``fork`` {key} with a
connected socket, or ``end`` {key}. A child shares the model's memory with the host (copy on write). The host is
single-threaded, else forking were unsafe; it decodes nothing itself. When Nightbell goes, the control socket
closes and the host and its children end.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

from nightbell.audio.frame import RATE
from nightbell.speech.decoder_child import serve
from nightbell.speech.decoder_wire import FAILED, READY, Message, pack, unpack
from nightbell.speech.orphan import die_with_parent

__all__ = ["Host", "main", "model_frequency"]

_PACKET: Final = 4096
_FREQUENCY: Final = re.compile(r"^--sample-frequency=(\d+)", re.MULTILINE)


def model_frequency(model: Path) -> int:
    """Return the samples a second that the model wants; 8000 when its folder does not say."""
    try:
        found = _FREQUENCY.search((model / "conf" / "mfcc.conf").read_text(encoding="utf-8"))
    except OSError:
        return RATE
    return int(found.group(1)) if found else RATE


class Host:
    """Forks, ends and reaps children."""

    def __init__(self, control: socket.socket, engine: Any, model: Any, frequency: int) -> None:
        self._control = control
        self._engine = engine
        self._model = model
        self._frequency = frequency
        self._children: dict[int, str] = {}
        """Process id -> key; only children not yet reaped, so that an id never names somebody else's process."""

    def run(self) -> None:
        """Serve until the control socket closes."""
        wake, woken = socket.socketpair()
        for end in (wake, woken):
            end.settimeout(0)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        with selectors.DefaultSelector() as selector, wake, woken:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if wake in ready:
                    with contextlib.suppress(BlockingIOError):
                        wake.recv(_PACKET)
                    self._reap()
                if self._control in ready and not self._command():
                    break
        for child in list(self._children):
            os.kill(child, signal.SIGKILL)

    def _command(self) -> bool:
        """Carry out one packet; False when the control socket is closed."""
        packet, handed, _, _ = socket.recv_fds(self._control, _PACKET, 1)
        if not packet:
            return False
        message = unpack(packet)
        if message["kind"] == "fork" and handed:
            self._fork(message["key"], socket.socket(fileno=handed[0]))
        elif message["kind"] == "end":
            for child in [child for child, key in self._children.items() if key == message["key"]]:
                os.kill(child, signal.SIGKILL)
        return True

    def _fork(self, key: str, connection: socket.socket) -> None:
        host = os.getpid()
        child = os.fork()
        if child:
            connection.close()
            self._children[child] = key
            return
        status = 1
        try:
            die_with_parent(host)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            connection.sendall(pack({"kind": READY, "n": 0, "pid": os.getpid()}))
            serve(connection, self._engine, self._model, self._frequency)
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while self._children:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            self._children.pop(child, None)


def _load(folder: Path) -> tuple[Any, Any]:
    """Return the engine and the loaded model."""
    import vosk  # noqa: PLC0415  only this process may hold the engine

    vosk.SetLogLevel(-1)  # it prints grammars
    return vosk, vosk.Model(str(folder))


def main(arguments: list[str]) -> int:
    """Load the model, say so, serve."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a Ctrl-C in a terminal reaches the whole group; Nightbell decides
    folder = Path(arguments[0])
    with socket.socket(fileno=int(arguments[1])) as control:
        try:
            engine, model = _load(folder)
        except Exception as error:  # noqa: BLE001  the engine raises a bare Exception for a model that it cannot read
            answer: Message = {"kind": FAILED, "n": 0, "why": type(error).__name__}
            control.send(pack(answer))
            return 1
        gc.freeze()  # or the first collection in a child would copy every page that holds an object
        control.send(pack({"kind": READY, "n": 0}))
        Host(control, engine, model, model_frequency(folder)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
