"""eSpeak: pyttsx3 over espeak-ng, the voice that runs anywhere; each rendering in a process of its own.

One process for one job, because pyttsx3 crashes under threads, and because espeak-ng's sound depends on what it
said before: only a fresh one gives the same bytes for the same words. A child that hangs or dies is ended, and its
job raises; it is not tried again behind the caller's back. espeak-ng is Debian's and may be missing: that is
ModelMissing with the line that installs it. Callers understand it less well than Hibari.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import structlog

from nightbell.audio.frame import Samples
from nightbell.audio.wav import read_wav
from nightbell.errors import AudioError, ModelMissing, SynthesisFailed

__all__ = ["EspeakVoice"]

_PROVIDER: Final = "espeak"
_RENDER_LIMIT_MS: Final = 20_000
"""A prompt takes 30 ms; what takes this long is hung."""
_START_LIMIT_MS: Final = 10_000
_END_LIMIT_MS: Final = 2_000
"""Longest wait for a killed child to be gone."""
_INSTALL: Final = "sudo apt-get install espeak-ng && pip install 'nightbell[espeak]'"

log = structlog.get_logger(__name__)


class EspeakVoice:
    """One espeak-ng speaker at one pace."""

    def __init__(
        self,
        speaker: str = "gmw/en",
        *,
        words_per_minute: int = 160,
        limit_ms: int = _RENDER_LIMIT_MS,
        start_limit_ms: int = _START_LIMIT_MS,
        command: Sequence[str] | None = None,
    ) -> None:
        """Take a speaker; nothing is started yet.

        Args:
            speaker: espeak-ng's name of the voice.
            words_per_minute: its pace.
            limit_ms: longest wait for one rendering.
            start_limit_ms: longest wait for the process to be ready.
            command: the program to start in place of the usual child.
        """
        self._command = command or (
            *(sys.executable, "-m", "nightbell.speech.espeak_child"),
            *(speaker, str(words_per_minute)),
        )
        self._limit_ms, self._start_limit_ms = limit_ms, start_limit_ms
        self._turn = asyncio.Lock()
        self._child: Process | None = None
        self._name = f"pyttsx3-{_version()}-espeak-{speaker.replace('/', '.')}-{words_per_minute}wpm"

    @property
    def name(self) -> str:
        """Package version, speaker and pace; espeak-ng cannot be given a seed, and a fresh one needs none."""
        return self._name

    async def render(self, words: str) -> Samples:
        """Speak the words, spelled beforehand; 8 kHz mono as the voice gives it.

        Raises:
            ModelMissing: espeak-ng or pyttsx3 is not installed.
            SynthesisFailed: nothing to say, the child died, said nonsense or passed its limit.
        """
        if not any(sign.isalnum() for sign in words):
            raise SynthesisFailed("the voice has nothing to say for these words", provider=_PROVIDER)
        async with self._turn:
            with tempfile.TemporaryDirectory(prefix="nightbell-voice-") as folder:
                return await self._job(words, Path(folder) / "out.wav")

    async def close(self) -> None:
        """End a job under way, if there is one; a later rendering works again."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            child.kill()
        async with asyncio.timeout(_END_LIMIT_MS / 1000):
            await child.communicate()

    async def _job(self, words: str, path: Path) -> Samples:
        try:
            child = await self._start()
            answer = await self._ask(child, {"words": words, "path": str(path)})
        finally:
            await self.close()
        if "done" not in answer:
            raise SynthesisFailed("espeak failed to render a prompt", provider=_PROVIDER)
        try:
            return await asyncio.to_thread(read_wav, path, name="espeak's file")
        except AudioError as error:
            raise SynthesisFailed("espeak wrote no usable sound", provider=_PROVIDER) from error

    async def _start(self) -> Process:
        self._child = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        hello = await self._line(self._child, self._start_limit_ms)
        if "missing" in hello:
            log.warning("espeak_missing", reason=str(hello["missing"]))
            raise ModelMissing("espeak-ng is not installed on this machine", provider=_PROVIDER, hint=_INSTALL)
        if "ready" not in hello:
            raise SynthesisFailed("espeak did not start", provider=_PROVIDER)
        return self._child

    async def _ask(self, child: Process, job: dict[str, str]) -> dict[str, Any]:
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(job).encode() + b"\n")
            await child.stdin.drain()
        except OSError as error:
            raise SynthesisFailed("espeak's process died", provider=_PROVIDER) from error
        return await self._line(child, self._limit_ms)

    async def _line(self, child: Process, limit_ms: int) -> dict[str, Any]:
        assert child.stdout is not None
        try:
            async with asyncio.timeout(limit_ms / 1000):
                line = await child.stdout.readline()
        except TimeoutError as error:
            raise SynthesisFailed(f"espeak did not answer within {limit_ms} ms", provider=_PROVIDER) from error
        if not line:
            raise SynthesisFailed("espeak's process died", provider=_PROVIDER)
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise SynthesisFailed("espeak's process answered nonsense", provider=_PROVIDER) from error
        return answer if isinstance(answer, dict) else {}


def _version() -> str:
    try:
        return metadata.version("pyttsx3")
    except metadata.PackageNotFoundError:
        return "none"
