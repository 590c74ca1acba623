"""Front: what every frame of a call passes before it can be part of an utterance.

The echo guard, the key detector and, in windows of 32 ms, voice activity. A line on which nobody makes a sound
costs almost nothing: frames below ``quiet_peak`` hold no echo, no key and no speech, and are shown to the model
only until it has forgotten the voice before; silence itself rests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS, SILENCE, Samples
from nightbell.speech.dtmf import DtmfDetector
from nightbell.speech.echo import EchoGuard
from nightbell.speech.window import BLOCK_MS, QUIETEST_DB, Window, levels

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.speech.port import SharedActivity, VoiceActivity

__all__ = ["Front", "Heard"]

WINDOW_SAMPLES: Final = 256
"""What voice activity takes at a time: 32 ms."""
ECHO_DOUBT: Final = 0.08
"""Speech probability above which a window heard under a prompt is compared with it; below all that cuts one."""
_AFTER_SOUND: Final = 16
"""Quiet frames after a sound that may still be speech: 320 ms, the pauses inside a word."""
_FORGOTTEN: Final = 208
"""Quiet frames after a sound that the model is shown: 4.2 s, so that what listens next began after that sound
(``RENEW_MS`` of speech.silero). Shown one in five of them, it missed 13 more of 155 short words of people."""
_REST: Final = 56
"""Silent ticks in a row that rest: thirty-five windows."""
_LOOK: Final = 8
"""Silent ticks that are looked at between two rests: five windows."""
_NOTHING: Final[Samples] = np.zeros(WINDOW_SAMPLES, dtype=np.int16)
_NO_SOUND: Final = (QUIETEST_DB,) * (WINDOW_SAMPLES // SAMPLES_PER_MS // BLOCK_MS)


class Heard(NamedTuple):
    """What a frame brought."""

    sound: Frame
    """Without the line's own echo."""
    keys: tuple[str, ...]
    window: Window | None
    """Judged, when this frame filled one."""


class Front:
    """The front of one call's hearing."""

    def __init__(self, activity: VoiceActivity | SharedActivity, *, quiet_peak: int = 0) -> None:
        """Take voice activity; ``quiet_peak`` is the sample value below which a frame is quiet, 0 for none."""
        self._activity = activity
        self._quiet_peak = quiet_peak
        self._echo = EchoGuard()
        self._keys = DtmfDetector()
        self._parts: list[Samples] = []
        self._held = 0
        self._quiet_frames = 0
        self._rested = 0
        self._to_look = 0

    def rests(self, frame: Frame, played: Frame | None) -> bool:
        """Take a tick of a line that has been silent for long, for next to nothing; False: it is to be looked at.

        Seven eighths of such ticks rest; the others keep the noise floor and the model's memory going.
        """
        if frame is not SILENCE or not self._quiet_peak or self._quiet_frames <= _FORGOTTEN:
            self._wake()
            self._to_look = 0
            return False
        if self._to_look:
            self._to_look -= 1
            return False
        if self._rested >= _REST:
            self._wake()
            self._to_look = _LOOK - 1
            return False
        self._rested += 1
        self._echo.pass_by(played)
        return True

    def _wake(self) -> None:
        """Go on where the windows would be by now, had they been looked at."""
        if self._rested:
            self._held = (self._held + self._rested * FRAME_SAMPLES) % WINDOW_SAMPLES
            self._parts = [np.zeros(self._held, dtype=np.int16)] if self._held else []
            self._rested = 0

    async def take(self, frame: Frame, played: Frame | None, audio_ms: int) -> Heard:
        """Take one frame of the line, with what was sent in the same tick; ``audio_ms`` is its first sample's."""
        if self._is_quiet(frame):
            self._quiet_frames += 1
        else:
            self._quiet_frames = 0
        keys: tuple[str, ...] = ()
        if self._quiet_frames > 1:
            self._echo.pass_by(played)
            self._keys.pass_by()
            sound = frame
        else:
            sound = self._echo.clean(frame, played)
            keys = self._keys.hear(sound)
        self._parts.append(sound)
        self._held += FRAME_SAMPLES
        if self._held < WINDOW_SAMPLES:
            return Heard(sound, keys, None)
        self._held -= WINDOW_SAMPLES
        end_ms = audio_ms + FRAME_MS - self._held // SAMPLES_PER_MS
        probability, heights = await self._judge(self._next_window())
        return Heard(sound, keys, Window(end_ms, probability, heights, playing=self._echo.playing))

    def _next_window(self) -> Samples:
        """Return the oldest 256 samples of those that wait; what is left of them goes on waiting."""
        parts, left = self._parts, self._held
        if self._quiet_frames >= len(parts) and all(part.base is SILENCE or part is SILENCE for part in parts):
            self._parts = [SILENCE[:left]] if left else []
            return _NOTHING  # nearly always, where nobody speaks
        joined = np.concatenate(parts)
        self._parts = [joined[WINDOW_SAMPLES:]] if left else []
        return joined[:WINDOW_SAMPLES]

    def _is_quiet(self, frame: Frame) -> bool:
        if not self._quiet_peak:
            return False
        return frame is SILENCE or (int(frame.max()) < self._quiet_peak and int(frame.min()) > -self._quiet_peak)

    async def _judge(self, window: Samples) -> tuple[float, tuple[float, ...]]:
        heights = _NO_SOUND if window is _NOTHING else levels(window)
        if self._quiet_frames > _FORGOTTEN:
            return 0.0, heights
        heard = self._activity.probability(window)
        probability = heard if isinstance(heard, (int, float)) else await heard
        quiet = self._quiet_frames > _AFTER_SOUND
        if quiet or (probability >= ECHO_DOUBT and self._echo.suspect()):
            probability = 0.0
        return probability, heights
