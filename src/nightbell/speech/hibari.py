"""Hibari, the default voice: neural, offline, about a hundred times faster than speech (hibari-tts, Apache-2.0).

It is random without a seed (the breath in the sound is drawn noise), so a seed is part of the voice. Rendering
blocks, so it runs in one worker thread under a limit. It never downloads: a voice whose file is not there is
ModelMissing. Spelling, level and trimming are not its work.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from nightbell.audio.frame import Samples
from nightbell.audio.resample import to_telephone
from nightbell.errors import ModelCorrupt, ModelMissing, SynthesisFailed

__all__ = ["HibariVoice"]

_PROVIDER: Final = "hibari"
_RENDER_LIMIT_MS: Final = 20_000
"""A prompt takes 30 ms; what takes this long is hung."""


class HibariVoice:
    """One Hibari speaker with a fixed seed."""

    def __init__(
        self, speaker: str = "heart", *, seed: int = 7, speed: float = 1.0, limit_ms: int = _RENDER_LIMIT_MS
    ) -> None:
        """Take a speaker; loading (0.2 s) waits for the first words.

        Args:
            speaker: name in Hibari's list; ``heart`` is in the package, others must have been fetched before.
            seed: the same seed gives the same bytes.
            speed: 1.0 is the speaker's own pace; 0.5 slow, 2.0 fast.
            limit_ms: longest wait for one rendering.
        """
        self._speaker, self._seed, self._speed, self._limit_ms = speaker, seed, speed, limit_ms
        self._turn = asyncio.Lock()
        self._worker = _new_worker()
        self._engine: Any = None
        self._name = f"hibari-{metadata.version('hibari-tts')}-{speaker}-x{speed:g}-seed{seed}-{_arithmetic()}"

    @property
    def name(self) -> str:
        """Package version, speaker, pace, seed, and the libraries whose rounding decides the last bit."""
        return self._name

    async def render(self, words: str) -> Samples:
        """Speak the words, spelled beforehand; 8 kHz mono as the voice gives it.

        Raises:
            ModelMissing: the speaker's file is not on this machine.
            ModelCorrupt: the file is not the one that Hibari published.
            SynthesisFailed: nothing to say, an error inside, or the limit passed.
        """
        if not any(sign.isalnum() for sign in words):
            raise SynthesisFailed("the voice has nothing to say for these words", provider=_PROVIDER)
        async with self._turn:
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout(self._limit_ms / 1000):
                    samples = await loop.run_in_executor(self._worker, self._speak, words)
            except TimeoutError as error:
                self._abandon()
                raise SynthesisFailed(
                    f"the voice took longer than {self._limit_ms} ms",
                    provider=_PROVIDER,
                    hint="the machine is overloaded: free it, or raise render_limit_ms",
                ) from error
        if not len(samples):
            raise SynthesisFailed(
                "the voice has nothing to say for these words", provider=_PROVIDER, hint="write them in English"
            )
        return samples

    async def close(self) -> None:
        """Let go of the worker and the model; a later rendering would load them again."""
        self._abandon()

    def _abandon(self) -> None:
        """Leave a worker that may hang to itself: a thread cannot be ended from outside."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        self._worker = _new_worker()
        self._engine = None

    def _speak(self, words: str) -> Samples:
        if self._engine is None:
            self._engine = _load(self._speaker)
        engine = self._engine
        try:
            sound = engine(words, speed=self._speed, seed=self._seed)
        except Exception as error:
            raise SynthesisFailed(f"the voice failed: {type(error).__name__}", provider=_PROVIDER) from error
        return to_telephone(np.asarray(sound, dtype=np.float32), int(engine.sample_rate))


def _new_worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice")


def _arithmetic() -> str:
    """Name what rounds differently from one installation to the next: a prompt made by another is made anew."""
    from hibari import dsp  # noqa: PLC0415 - heavy, and only this voice needs it

    return f"ort{metadata.version('onnxruntime')}-{dsp.FFT_BACKEND}"


def _load(speaker: str) -> Any:
    from hibari import Hibari, voices  # noqa: PLC0415 - as above

    if speaker not in voices.VOICES:
        known = ", ".join(voices.VOICES)
        raise ModelMissing(f"Hibari has no voice {speaker!r}", provider=_PROVIDER, hint=f"choose one of {known}")
    try:
        path = Path(voices.voice_path(speaker, download_missing=False))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelMissing(
            f"the voice {speaker!r} is not on this machine",
            provider=_PROVIDER,
            hint=f'run `nightbell setup --voice {speaker}`, or set voice_name = "{voices.DEFAULT}"',
        ) from error
    if found != voices.VOICES[speaker]["sha256"]:
        raise ModelCorrupt(
            f"the file of the voice {speaker!r} is damaged",
            provider=_PROVIDER,
            hint=f"install hibari-tts again, or delete {path.name} and run `nightbell setup`",
        )
    try:
        return Hibari(speaker, model=str(path))
    except Exception as error:
        raise ModelCorrupt(
            f"the voice {speaker!r} does not load: {type(error).__name__}",
            provider=_PROVIDER,
            hint="install hibari-tts again",
        ) from error
