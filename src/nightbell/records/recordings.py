"""Recordings: a call's audio, kept only while the caller lets us (rule 13), sealed second by second.

A file begins with one line of JSON and goes on with chunks of at most a second: two channels of mu-law, sealed
with AES-GCM under the clinic's key. A file is begun by the first sample that may be kept, so a declined call has
none. It takes no part in the call: when the disk fails, the recording ends and the call goes on.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nightbell.audio.frame import RATE, SAMPLES_PER_MS, Samples
from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.errors import AudioError, RecordNotFound, RecordsFailed
from nightbell.records.keyring import Keyring

__all__ = ["ENDING", "Recorder", "Recording", "TwoChannels"]

ENDING: Final = ".nbrec"
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,95}")
"""What a clinic and a call may be called in a path: nothing that leaves its folder."""
_VERSION: Final = 1
_NONCE_BYTES: Final = 12
_HEAD: Final = struct.Struct(">II")
"""Before each chunk: its start in call audio milliseconds, and how many sealed bytes follow."""
_CHUNK_LIMIT: Final = 2 * RATE + _NONCE_BYTES + 16
"""A second of two channels, the nonce and the tag; more is no chunk."""

TwoChannels = npt.NDArray[np.int16]
"""Samples of shape (n, 2) at 8 kHz: the caller, then the line."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Chunk:
    start_ms: int
    sealed: bytes


class Recording:
    """One call's audio as it comes. Feed it all the call; it keeps what may be kept."""

    def __init__(self, path: Path, *, clinic: str, call: str, keyring: Keyring, goes_on: bool = False) -> None:
        self._path = path
        self._goes_on = goes_on
        self._clinic = clinic
        self._call = call
        self._keyring = keyring
        self._file: BinaryIO | None = None
        self._cipher: AESGCM | None = None
        self._keeping = False
        self._failed = False
        self._chunks = 0
        self._start_ms = 0
        self._caller: list[Samples] = []
        self._line: list[Samples] = []
        self._held = 0

    @property
    def failed(self) -> bool:
        """True once the disk or the key let the recording down."""
        return self._failed

    def keep(self, *, on: bool) -> None:
        """Keep the audio from here on, or stop; what was kept stays."""
        if not on:
            self._flush()
        self._keeping = on

    def feed(self, caller: Samples, line: Samples, *, at_ms: int) -> None:
        """Take what both sides said in the same stretch of time.

        Args:
            caller: samples, shape (n,).
            line: samples, shape (n,), what was sent to the caller.
            at_ms: position of the first sample in the call's audio.
        """
        if not self._keeping or self._failed:
            return
        if len(caller) != len(line):
            raise AudioError("the two channels differ in length", hint="feed both sides of the same tick")
        if self._held and at_ms != self._start_ms + self._held // SAMPLES_PER_MS:
            self._flush()  # a piece is missing: what follows stands for itself
        if not self._held:
            self._start_ms = at_ms
        self._caller.append(caller)
        self._line.append(line)
        self._held += len(caller)
        if self._held >= RATE:
            self._flush()

    def discard(self) -> None:
        """Remove what was kept: the caller declined after all."""
        self._keeping = False
        self._held = 0
        self._caller.clear()
        self._line.clear()
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write the last part of a second and let go of the file; safe to repeat."""
        self._flush()
        if self._file is not None:
            try:
                os.fsync(self._file.fileno())
                self._file.close()
            except OSError as error:
                self._fail(error)
            self._file = None

    def _flush(self) -> None:
        if not self._held or self._failed:
            return
        both = np.stack([np.concatenate(self._caller), np.concatenate(self._line)])
        start = self._start_ms
        self._caller.clear()
        self._line.clear()
        self._held = 0
        try:
            for first in range(0, both.shape[1], RATE):
                part = both[:, first : first + RATE]
                self._write(start + first // SAMPLES_PER_MS, part)
        except (OSError, RecordsFailed) as error:
            self._fail(error)

    def _write(self, start_ms: int, part: TwoChannels) -> None:
        if self._file is None:
            self._begin()
        assert self._file is not None
        assert self._cipher is not None
        plain = encode_mulaw(np.ascontiguousarray(part[0])) + encode_mulaw(np.ascontiguousarray(part[1]))
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain, _bound_to(self._call, self._chunks, start_ms))
        self._file.write(_HEAD.pack(start_ms, len(sealed)) + sealed)
        self._file.flush()
        self._chunks += 1

    def _begin(self) -> None:
        if self._goes_on and self._path.is_file():
            self._go_on()
            return
        key_id, key = self._keyring.current(self._clinic)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "wb")
        head = {"v": _VERSION, "clinic": self._clinic, "call": self._call, "key": key_id, "law": "mulaw"}
        self._file.write(json.dumps(head).encode() + b"\n")
        self._cipher = AESGCM(key)

    def _go_on(self) -> None:
        """Write behind what is there; a last chunk that was cut short makes room."""
        file = self._path.open("r+b")
        head = _head(file, self._path, clinic=self._clinic, call=self._call)
        end = file.tell()
        for _ in _chunks(file):
            self._chunks, end = self._chunks + 1, file.tell()
        file.seek(end)
        file.truncate()
        self._file, self._cipher = file, AESGCM(self._keyring.key(self._clinic, str(head.get("key", ""))))

    def _fail(self, error: Exception) -> None:
        self._failed = True
        self._keeping = False
        _log.error("recordings.failed", error=type(error).__name__)


class Recorder:
    """The folder of recordings: begins them, and gives them back in clear."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._keyring = keyring

    def begin(self, clinic: str, call: str) -> Recording:
        """Return the recording of one call; no file is made before audio may be kept."""
        return Recording(self.path(clinic, call), clinic=clinic, call=call, keyring=self._keyring)

    def add(self, clinic: str, call: str, caller: Samples, *, at_ms: int) -> None:
        """Seal sound of a caller that was recorded elsewhere; the same at the same place is kept once.

        Args: the call, which may have a recording already; samples, shape (n,); where in its audio they begin.

        Raises:
            RecordsFailed: it is not kept.
        """
        path = self.path(clinic, call)
        missing = set(range(at_ms, at_ms + len(caller) // SAMPLES_PER_MS, 1000))
        if path.is_file():
            with path.open("rb") as file:
                _head(file, path, clinic=clinic, call=call)
                missing -= {chunk.start_ms for chunk in _chunks(file)}
        if not missing:
            return
        recording = Recording(path, clinic=clinic, call=call, keyring=self._keyring, goes_on=True)
        recording.keep(on=True)
        recording.feed(caller, np.zeros(len(caller), np.int16), at_ms=at_ms)
        recording.close()
        if recording.failed:
            raise RecordsFailed("a recording could not be kept", provider=str(path), hint="look at its disk")

    def path(self, clinic: str, call: str) -> Path:
        """Return where a call's recording is or would be.

        Raises:
            RecordNotFound: a name that could leave the folder.
        """
        for name in (clinic, call):
            if not _NAME.fullmatch(name) or ".." in name:
                raise RecordNotFound("no recording can have that name", hint="give the call's id as it is listed")
        return self._folder / clinic / f"{call}{ENDING}"

    def export(self, clinic: str, call: str) -> TwoChannels:
        """Return a call's audio, shape (n, 2): caller and line; where nothing was kept it is silent.

        The first sample is the call's first audio millisecond. A last chunk that was cut short by a crash is left
        out: each chunk stands for itself.

        Raises:
            RecordNotFound: nothing was kept of this call.
            RecordsFailed: the key is missing, or the file was altered.
        """
        path = self.path(clinic, call)
        if not path.is_file():
            raise RecordNotFound("there is no recording of this call", hint="it was declined, or not kept")
        with path.open("rb") as file:
            head = _head(file, path, clinic=clinic, call=call)
            cipher = AESGCM(self._keyring.key(clinic, str(head.get("key", ""))))
            parts: list[tuple[int, TwoChannels]] = []
            for number, chunk in enumerate(_chunks(file)):
                nonce, sealed = chunk.sealed[:_NONCE_BYTES], chunk.sealed[_NONCE_BYTES:]
                try:
                    plain = cipher.decrypt(nonce, sealed, _bound_to(call, number, chunk.start_ms))
                except InvalidTag as error:
                    raise _altered(path) from error
                half = len(plain) // 2
                parts.append(
                    (
                        chunk.start_ms * SAMPLES_PER_MS,
                        np.stack([decode_mulaw(plain[:half]), decode_mulaw(plain[half:])], axis=1),
                    )
                )
        length = max((start + len(part) for start, part in parts), default=0)
        whole = np.zeros((length, 2), dtype=np.int16)
        for start, part in parts:
            whole[start : start + len(part)] = part
        return whole


def _bound_to(call: str, number: int, start_ms: int) -> bytes:
    """Return what a chunk is sealed together with: moved, repeated or taken from another call it does not open."""
    return json.dumps([_VERSION, call, number, start_ms]).encode()


def _head(file: BinaryIO, path: Path, *, clinic: str, call: str) -> dict[str, object]:
    try:
        head = json.loads(file.readline(4096))
    except ValueError as error:
        raise _altered(path) from error
    if not isinstance(head, dict) or head.get("v") != _VERSION:
        raise _altered(path)
    if head.get("call") != call or head.get("clinic") != clinic:
        raise _altered(path)
    return head


def _chunks(file: BinaryIO) -> Iterator[_Chunk]:
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        start_ms, length = _HEAD.unpack(head)
        if length > _CHUNK_LIMIT:
            return
        sealed = file.read(length)
        if len(sealed) < length:
            return
        yield _Chunk(start_ms, sealed)


def _altered(path: Path) -> RecordsFailed:
    return RecordsFailed(
        f"{path} is damaged or was altered",
        provider=str(path),
        hint="take it from a backup; do not trust this one",
    )
