"""Decoder process: the near side of the Vosk host. Starts it, asks it for decoders, notices when either is gone.

A ``DecoderHost`` is shared by all calls, a ``DecoderLink`` (in ``decoder_link``) belongs to one. Nothing of the
engine is loaded into this process. The one second try is a new host for one that died; one that does not answer is
put aside, and the next decoder comes from a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import structlog

from nightbell.errors import ModelCorrupt, ModelMissing, RecognitionFailed
from nightbell.speech.decoder_link import PROVIDER, DecoderLink
from nightbell.speech.decoder_wire import LINE_LIMIT, READY, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Self

__all__ = ["DecoderHost", "DecoderLimits", "DecoderLink"]

_log = structlog.get_logger(__name__)

_NEEDED: Final = ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst", "ivector/final.ie")
"""Files without which the model is no model; both known packagings have them."""
_SETUP_HINT: Final = "run `nightbell setup`"
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A process with threads must not fork, and a decoder of one call must not take every core."""


@dataclass(frozen=True, slots=True)
class DecoderLimits:
    """How long each step may take, in seconds; what takes longer counts as hung."""

    start_s: float = 30.0
    """Loading the model: 0.3 s from memory, tens of seconds from a slow disk at boot."""
    open_s: float = 3.0
    """Forking a child and making a recogniser: 10 to 30 ms, more when every call opens at once."""
    answer_s: float = 2.0
    """Decoding one piece of sound: under 1 ms. Two seconds late, a caller has begun to speak again."""
    stop_s: float = 2.0
    """Ending the host before it is killed."""


class DecoderHost:
    """The process that holds the model; started when first needed, and again after it died.

    Args:
        model: Folder of the Vosk model.
        limits: How long each step may take.
        module: What to run as the host; another one in tests.
    """

    def __init__(
        self,
        model: Path,
        *,
        limits: DecoderLimits | None = None,
        module: str = "nightbell.speech.decoder_host",
    ) -> None:
        self.limits = limits or DecoderLimits()
        self.starts = 0
        """How many times the host was started, for health and tests."""
        self._model = model
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None
        self._aside: tuple[asyncio.subprocess.Process, socket.socket] | None = None
        """A host that hung: the decoders it forked before still work, and end with it."""
        self._lock = asyncio.Lock()
        self._known: dict[str, bool] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the running host, else None."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Load the model, if it is not loaded: do it before the first call.

        Raises:
            ModelMissing: The folder is not there, or lacks a file.
            ModelCorrupt: The engine cannot read the model.
            RecognitionFailed: The host did not come up in time.
        """
        async with self._lock:
            if self.pid is None:
                await self._stop()
                await self._start()

    async def link(self) -> DecoderLink:
        """Fork a decoder for a call.

        Raises:
            RecognitionFailed: It did not come up in time, or the host is broken beyond one new start.
            ModelMissing, ModelCorrupt: As ``start``.
        """
        await self.start()
        try:
            return await self._link()
        except OSError:  # the host died between being asked whether it lives and the fork: once more, on a new one
            _log.warning("decoder_host_gone")
            await self._renew()
        except RecognitionFailed:
            await self._put_aside()
            raise
        try:
            return await self._link()
        except OSError as error:
            raise RecognitionFailed("the decoder host keeps dying", provider=PROVIDER) from error

    async def known(self, words: Iterable[str], link: DecoderLink) -> frozenset[str]:
        """Return those words that the model knows; each is asked for once in the life of this object."""
        asked = frozenset(words)
        unasked = sorted(asked - self._known.keys())
        if unasked:
            answer = await link.ask({"kind": "known", "words": unasked}, limit_s=self.limits.answer_s)
            found = frozenset(answer["words"])
            self._known.update((word, word in found) for word in unasked)
        return frozenset(word for word in asked if self._known[word])

    def kill(self, key: str) -> None:
        """Have the host kill one decoder. A host that is gone took its decoders along."""
        for control in (self._control, self._aside[1] if self._aside else None):
            if control is not None:
                with contextlib.suppress(OSError):
                    control.send(pack({"kind": "end", "n": 0, "key": key}))

    async def close(self) -> None:
        """End the host and every decoder; safe to repeat."""
        async with self._lock:
            await self._stop()
            await self._stop_aside()

    async def _put_aside(self) -> None:
        """Leave a host that does not answer to the calls it serves; one at most, an older one is ended."""
        async with self._lock:
            if self._process is None or self._control is None:
                return
            await self._stop_aside()
            _log.warning("decoder_host_hung")
            self._aside = self._process, self._control
            self._process = self._control = None

    async def _renew(self) -> None:
        async with self._lock:
            await self._stop()
            await self._start()

    async def _start(self) -> None:
        lacking = [name for name in _NEEDED if not (self._model / name).is_file()]
        if lacking:
            raise ModelMissing(
                f"the Vosk model is not set up: {lacking[0]} is missing", provider=PROVIDER, hint=_SETUP_HINT
            )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._module,
                str(self._model),
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=os.environ | _ONE_THREAD,
            )
        ours.settimeout(0)
        self._control = ours
        self.starts += 1
        try:
            async with asyncio.timeout(self.limits.start_s):
                packet = await asyncio.get_running_loop().sock_recv(ours, LINE_LIMIT)
        except TimeoutError as error:
            await self._stop()
            raise RecognitionFailed("the decoder host did not come up in time", provider=PROVIDER) from error
        except BaseException:
            await self._stop()
            raise
        if not packet or unpack(packet)["kind"] != READY:
            await self._stop()
            raise ModelCorrupt("the Vosk model cannot be read", provider=PROVIDER, hint=_SETUP_HINT)
        _log.info("decoder_host_started", starts=self.starts)

    async def _stop(self) -> None:
        """Close the control socket, which ends the host."""
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is not None:
            await self._end(process)

    async def _stop_aside(self) -> None:
        aside, self._aside = self._aside, None
        if aside is not None:
            process, control = aside
            control.close()
            await self._end(process)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Wait for a host whose control socket is closed; kill it where that is not enough."""
        try:
            async with asyncio.timeout(self.limits.stop_s):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _link(self) -> DecoderLink:
        """Fork a decoder.

        Raises:
            OSError: The host is gone.
            RecognitionFailed: The decoder did not come up in time.
        """
        if self._control is None:
            raise ConnectionResetError
        key = uuid4().hex
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        try:
            with theirs:
                socket.send_fds(self._control, [pack({"kind": "fork", "n": 0, "key": key})], [theirs.fileno()])
            async with asyncio.timeout(self.limits.open_s):
                reader, writer = await asyncio.open_unix_connection(sock=ours, limit=LINE_LIMIT)
                try:
                    hello = unpack(await reader.readuntil(b"\n"))
                except BaseException:
                    writer.close()
                    raise
        except TimeoutError as error:
            ours.close()
            self.kill(key)
            raise RecognitionFailed("no decoder came up in time", provider=PROVIDER) from error
        except EOFError as error:
            raise ConnectionResetError from error
        except BaseException:
            ours.close()
            self.kill(key)
            raise
        return DecoderLink(self, key, reader, writer, int(hello["pid"]))
