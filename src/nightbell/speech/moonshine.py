"""Moonshine: the open recogniser, whole utterances to text, in processes of their own.

Two workers at most, one transcriber each: a transcriber shared by threads returns corrupted text. A worker that
dies or hangs is replaced and its utterance tried once more on the new one; other utterances do not notice. Text is
lower case without punctuation; what is known to be invented for noise comes back as "". It decides nothing about
meaning.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import ModelCorrupt, ModelMissing, RecognitionFailed
from nightbell.speech.decoder_wire import FAILED, READY, Message, pack, unpack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from nightbell.audio.frame import Samples

__all__ = ["MoonshineLimits", "MoonshineRecogniser", "find_model", "plain_words"]

_log = structlog.get_logger(__name__)

_PROVIDER: Final = "moonshine"
_HINT: Final = "install the locked requirements again; nightbell doctor shows what is missing"
_FILES: Final = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
_MODULE: Final = "nightbell.speech.moonshine_worker"
_MOST_WORKERS: Final = 2
_NO_WORD: Final = re.compile(r"[^a-z0-9' ]+")
_INVENTED: Final = frozenset({"you", "you know", "thanks for watching", "thank you for watching"})
"""What the model writes for silence and noise, and no caller answers."""
_FASTEST: Final = 7.0
"""Words a second: hurried speech has five."""
_REPEATED: Final = re.compile(r"(\b[a-z0-9' ]{4,}?)(?: \1){2,}(?: |$)")
"""Anything of at least four letters said three times running: how the model fills noise."""


def find_model() -> Path:
    """Return the folder of the weights inside the installed package, without importing it.

    Raises:
        ModelMissing: The package is not there, or is a version without weights (they left it after 0.0.x).
    """
    found = importlib.util.find_spec("moonshine_voice")
    folder = Path(found.origin).parent / "assets" / "tiny-en" if found and found.origin else None
    if folder is None or not all((folder / name).is_file() for name in _FILES):
        raise ModelMissing("the Moonshine model is not installed", provider=_PROVIDER, hint=_HINT)
    return folder


def plain_words(text: str, seconds: float) -> str:
    """Return the text in lower case without punctuation; "" for what the model invents.

    Args:
        text: As the model wrote it.
        seconds: Length of the sound it was written for.
    """
    words = _plain(text)
    fast = len(words.split()) > max(2.0, seconds * _FASTEST)
    return "" if words in _INVENTED or fast or _REPEATED.search(words) else words


def _plain(text: str) -> str:
    return " ".join(_NO_WORD.sub(" ", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).split())


@dataclass(frozen=True, slots=True)
class MoonshineLimits:
    """How long each step may take, in seconds, and how many utterances may stand in line."""

    start_s: float = 20.0
    """Loading the model: 0.7 s from memory."""
    answer_s: float = 4.0
    """One utterance: 0.03 s for a word, 0.15 s for a sentence, on an idle machine."""
    wait_s: float = 6.0
    """Standing in line; later the caller is asked again anyway."""
    waiting: int = 32
    """Utterances that may stand in line before a new one is refused."""
    stop_s: float = 1.0
    """Ending a worker before it is killed."""


class _Worker:
    """One process with one transcriber."""

    def __init__(self, command: Sequence[str], limits: MoonshineLimits) -> None:
        self._command = command
        self._limits = limits
        self._process: asyncio.subprocess.Process | None = None
        self._number = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def transcribe(self, sound: bytes) -> Message:
        """Return the answer; on any failure the process is killed and RecognitionFailed raised."""
        try:
            await self.start()
            self._number += 1
            async with asyncio.timeout(self._limits.answer_s):
                answer = await self._ask({"kind": "transcribe", "n": self._number}, sound)
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            await self.stop(at_once=True)
            raise RecognitionFailed("the transcriber hung or died", provider=_PROVIDER) from error
        except BaseException:  # a cancelled request leaves an answer on its way: nobody else must read it
            await self.stop(at_once=True)
            raise
        if answer["kind"] == FAILED:
            await self.stop(at_once=True)
            raise RecognitionFailed(f"the transcriber raised {answer.get('why')}", provider=_PROVIDER)
        return answer

    async def start(self) -> None:
        """Start the process and have it load the model, unless it runs."""
        if self.pid is None:
            await self._start()

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        async with asyncio.timeout(self._limits.start_s):
            try:
                hello = await self._read()
            except EOFError as error:
                raise ModelCorrupt("the Moonshine model cannot be read", provider=_PROVIDER, hint=_HINT) from error
        if hello["kind"] != READY:
            raise ModelCorrupt("the Moonshine model cannot be read", provider=_PROVIDER, hint=_HINT)

    async def _ask(self, message: Message, sound: bytes) -> Message:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(pack(message, sound))
        await self._process.stdin.drain()
        answer = await self._read()
        if answer.get("n") != message["n"]:
            raise ValueError("an answer to something else")
        return answer

    async def _read(self) -> Message:
        assert self._process is not None
        assert self._process.stdout is not None
        return unpack(await self._process.stdout.readuntil(b"\n"))

    async def stop(self, *, at_once: bool = False) -> None:
        """End the process; at once, or after what it does."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        if at_once:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        try:
            async with asyncio.timeout(self._limits.stop_s):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class MoonshineRecogniser:
    """The open recogniser, shared by all calls.

    Args:
        workers: Processes, 1 or 2; each holds 190 MB and, while it works, two cores.
        limits: How long each step may take.
        command: What to start as a worker; another one in tests.
        trusting: The sound is known to be words that somebody reads out: nothing is taken for invented.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        limits: MoonshineLimits | None = None,
        command: Sequence[str] | None = None,
        trusting: bool = False,
    ) -> None:
        if not 1 <= workers <= _MOST_WORKERS:
            raise ValueError(f"one or two workers, not {workers}")
        self._limits = limits or MoonshineLimits()
        self._trusting = trusting
        chosen = tuple(command or (sys.executable, "-m", _MODULE, str(find_model())))
        self._workers = [_Worker(chosen, self._limits) for _ in range(workers)]
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._waiting = 0
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the running workers, for health and tests."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    async def transcribe(self, samples: Samples) -> str:
        """Return the words heard, lower case without punctuation, "" for none.

        Args:
            samples: One utterance, 8 kHz int16, shape (n,); what is beyond 30 s is not looked at.

        Raises:
            RecognitionFailed: Two workers in a row failed, too many utterances stand in line, or it is closed.
            ModelCorrupt: The model cannot be read.
        """
        sound = samples.astype("<i2", copy=False).tobytes()
        async with self._worker() as worker:
            try:
                answer = await worker.transcribe(sound)
            except RecognitionFailed:
                _log.warning("transcriber_replaced")
                answer = await worker.transcribe(sound)
        text = str(answer["text"])
        return _plain(text) if self._trusting else plain_words(text, float(answer["seconds"]))

    async def start(self) -> None:
        """Load the model in every worker, so that no caller waits for that: a second, ten on a busy machine.

        Raises:
            RecognitionFailed: a worker did not come up.
            ModelCorrupt: the model cannot be read.
        """
        for worker in self._workers:
            try:
                await worker.start()
            except (TimeoutError, OSError) as error:
                await worker.stop(at_once=True)
                raise RecognitionFailed("the transcriber did not come up", provider=_PROVIDER) from error

    async def close(self) -> None:
        """End the workers; safe to repeat."""
        self._closed = True
        for worker in self._workers:
            await worker.stop()

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """Wait for a free worker. Raises RecognitionFailed."""
        if self._closed:
            raise RecognitionFailed("this recogniser is closed", provider=_PROVIDER)
        if self._waiting >= self._limits.waiting:
            raise RecognitionFailed("too many utterances stand in line", provider=_PROVIDER)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_s):
                worker = await self._free.get()
        except TimeoutError as error:
            raise RecognitionFailed("no transcriber became free in time", provider=_PROVIDER) from error
        finally:
            self._waiting -= 1
        try:
            yield worker
        finally:
            self._free.put_nowait(worker)
