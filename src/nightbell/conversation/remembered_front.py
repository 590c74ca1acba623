"""RememberedFront: a front that works only on sound it has not had before; what it made of the rest is looked up.

What comes of a frame depends on every frame of the call up to it and on what was played meanwhile, and on nothing
else. At the first frame that is new the front takes all that came before, and must make of it what was remembered:
from there on it is at work. For calls in virtual time, which come again as they were.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.conversation.front import Front, Heard
from nightbell.speech.window import Window

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.speech.port import SharedActivity, VoiceActivity
    from nightbell.speech.transcripts import Transcripts

__all__ = ["RememberedFront"]

_KEY_BYTES: Final = 20
_HEAD: Final = struct.Struct("<?B?")
"""Whether the sound is another than the frame, how many keys, whether there is a window."""
_WINDOW: Final = struct.Struct("<qd?B")


class RememberedFront(Front):
    """The front of one call, with a memory that calls share."""

    def __init__(
        self,
        activity: VoiceActivity | SharedActivity,
        transcripts: Transcripts,
        name: str,
        *,
        quiet_peak: int = 0,
    ) -> None:
        """Take who judges what is new.

        Args:
            activity: voice activity of this call.
            transcripts: the memory.
            name: all that the front's work depends on but sound and ``quiet_peak``.
            quiet_peak: as for ``Front``.
        """
        super().__init__(activity, quiet_peak=quiet_peak)
        self._transcripts = transcripts
        self._key = hashlib.blake2b(f"{name} {quiet_peak}".encode(), digest_size=_KEY_BYTES).digest()
        self._behind: list[tuple[Frame, Frame | None, int, bytes]] | None = []
        """Frames that were looked up, with what was found; None once the front is at work."""

    async def take(self, frame: Frame, played: Frame | None, audio_ms: int) -> Heard:
        """Take one frame of the line, as ``Front`` does.

        Raises:
            SettingsError: the front makes something else of sound than was remembered.
        """
        digest = hashlib.blake2b(self._key, digest_size=_KEY_BYTES)
        digest.update(struct.pack("<q?", audio_ms, played is None))
        digest.update(frame.tobytes())
        if played is not None:
            digest.update(played.tobytes())
        self._key = digest.digest()
        known = self._transcripts.find(self._key)
        if self._behind is not None:
            if known is not None:
                self._behind.append((frame, played, audio_ms, known))
                self._transcripts.frames_taken += 1
                return _read(known, frame)
            behind, self._behind = self._behind, None
            for each, meanwhile, at, found in behind:
                self._same(_write(await super().take(each, meanwhile, at), each), found)
                await asyncio.sleep(0)  # a minute takes seconds, and no other call's commit must wait so long
        heard = await super().take(frame, played, audio_ms)
        written = _write(heard, frame)
        if known is not None:
            self._same(written, known)
        self._transcripts.keep(self._key, written)
        self._transcripts.frames_heard += 1
        return heard

    def _same(self, written: bytes, known: bytes) -> None:
        if written != known:
            raise self._transcripts.distrust("ears make something else of a sound than was remembered of it")


def _write(heard: Heard, frame: Frame) -> bytes:
    other = heard.sound is not frame and not np.array_equal(heard.sound, frame)
    keys = "".join(heard.keys).encode("ascii")
    parts = [_HEAD.pack(other, len(keys), heard.window is not None), keys]
    if heard.window is not None:
        window = heard.window
        levels = window.levels_db
        parts.append(_WINDOW.pack(window.end_ms, window.probability, window.playing, len(levels)))
        parts.append(struct.pack(f"<{len(levels)}d", *levels))
    if other:
        parts.append(heard.sound.astype("<i2", copy=False).tobytes())
    return b"".join(parts)


def _read(written: bytes, frame: Frame) -> Heard:
    other, many, judged = _HEAD.unpack_from(written)
    at = _HEAD.size
    keys = tuple(written[at : at + many].decode("ascii"))
    at += many
    window = None
    if judged:
        end_ms, probability, playing, count = _WINDOW.unpack_from(written, at)
        at += _WINDOW.size
        levels = struct.unpack_from(f"<{count}d", written, at)
        at += 8 * count
        window = Window(end_ms, probability, levels, playing=playing)
    sound = np.frombuffer(written, dtype="<i2", offset=at).astype(np.int16) if other else frame
    return Heard(sound, keys, window)
