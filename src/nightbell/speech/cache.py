"""Cache of rendered prompts on disk, named by content: the same words, voice and pipeline are the same file.

A file is the sha256 of its sound, then the sound (16-bit little-endian, 8 kHz). It is written beside its place
and moved there, so a reader never sees half of one; a damaged file is noticed, dropped and rendered again.
A folder that cannot be written costs speed, never a prompt: that is logged once. It renders nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from nightbell.audio.frame import Samples

__all__ = ["PIPELINE", "PromptCache", "cache_key"]

PIPELINE: Final = "1"
"""Raise it when spelling, level or trimming change what a prompt sounds like."""
_SUM_BYTES: Final = 32

log = structlog.get_logger(__name__)


def cache_key(voice: str, words: str) -> str:
    """Return the name of what these spelled words sound like in that voice."""
    return hashlib.sha256(f"{PIPELINE}\0{voice}\0{words}".encode()).hexdigest()


class PromptCache:
    """A folder of rendered prompts; ``None`` keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._warned = False

    def get(self, key: str) -> Samples | None:
        """Return what is kept under the key, or None: not there, not readable or damaged."""
        if self._folder is None:
            return None
        try:
            data = self._path(self._folder, key).read_bytes()
        except OSError:
            return None
        kept, sound = data[:_SUM_BYTES], data[_SUM_BYTES:]
        if len(sound) == 0 or len(sound) % 2 or hashlib.sha256(sound).digest() != kept:
            log.warning("prompt_cache_damaged", key=key)
            return None
        return np.frombuffer(sound, dtype="<i2").astype(np.int16)

    def put(self, key: str, samples: Samples) -> None:
        """Keep the sound under the key; a folder that refuses is logged once and otherwise ignored."""
        if self._folder is None:
            return
        sound = samples.astype("<i2").tobytes()
        path = self._path(self._folder, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, hashlib.sha256(sound).digest() + sound)
        except OSError as error:
            if not self._warned:
                self._warned = True
                log.warning("prompt_cache_not_writable", folder=str(self._folder), reason=error.strerror)

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / f"{key}.pcm"


def _write(path: Path, data: bytes) -> None:
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
