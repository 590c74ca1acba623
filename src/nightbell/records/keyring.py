"""Keyring: a folder of keys, one per clinic and rotation, readable by this user only. It seals nothing itself."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from nightbell.errors import RecordsFailed

__all__ = ["Keyring"]

_BITS: Final = 256
_CLINIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY_ID: Final = re.compile(r"[0-9a-f]{16}")


class Keyring:
    """Keys in ``<folder>/<clinic>/<key id>.key``; the newest is the one that seals."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self, clinic: str) -> tuple[str, bytes]:
        """Return id and key that seal today; the first use makes them.

        Raises:
            RecordsFailed: no key can be read or made.
        """
        folder = self._of(clinic)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            keys = sorted(folder.glob("*.key"), key=lambda path: (path.stat().st_mtime_ns, path.name))
            if not keys:
                return self.rotate(clinic)
        except OSError as error:
            raise self._failed(f"the keys of {clinic} cannot be used ({error.strerror})") from error
        return keys[-1].stem, self.key(clinic, keys[-1].stem)

    def rotate(self, clinic: str) -> tuple[str, bytes]:
        """Make a new key; older ones go on opening what they sealed.

        Raises:
            RecordsFailed: it cannot be stored.
        """
        key = AESGCM.generate_key(_BITS)
        key_id = _id_of(key)
        path = self._of(clinic) / f"{key_id}.key"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # half a key opens nothing
            raise self._failed(f"a key of {clinic} cannot be stored ({error.strerror})") from error
        return key_id, key

    def key(self, clinic: str, key_id: str) -> bytes:
        """Return a key by its id.

        Raises:
            RecordsFailed: it is missing, or not the key it says.
        """
        if not _KEY_ID.fullmatch(key_id):
            raise self._failed("a recording names no key")
        try:
            key = (self._of(clinic) / f"{key_id}.key").read_bytes()
        except OSError as error:
            raise self._failed(f"key {key_id} of {clinic} is missing") from error
        if _id_of(key) != key_id:
            raise self._failed(f"key {key_id} of {clinic} is damaged")
        return key

    def _of(self, clinic: str) -> Path:
        if not _CLINIC.fullmatch(clinic):
            raise self._failed("a clinic of that name has no keys")
        return self._folder / clinic

    def _failed(self, message: str) -> RecordsFailed:
        return RecordsFailed(message, provider=str(self._folder), hint="put the key file back from its backup")


def _id_of(key: bytes) -> str:
    """Return the first 64 bits of the key's SHA-256: enough to find it, no help to guess it."""
    digest = Hash(SHA256())
    digest.update(key)
    return digest.finalize()[:8].hex()
