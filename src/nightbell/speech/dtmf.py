"""DtmfDetector: keys of the telephone, found in the sound itself (ITU-T Q.23, Q.24).

Looks at 20 ms every 10 ms. A window shows a key when one low and one high tone, fitted together, hold most of its
energy, neither is too weak beside the other, no second harmonic stands beside them, and both run at their right
pitch: the phase a tone gains between two windows tells its frequency to a few hertz, and speech does not keep that
up for 40 ms. Three such windows in a row, alike in the balance of their tones, are a press; three without end it.

It reports each press once, while it is held. It knows nothing of signalled keys (RFC 4733): whoever hears both
must drop one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, RATE
from nightbell.terms.keys import KEYS

if TYPE_CHECKING:
    import numpy.typing as npt

    from nightbell.audio.frame import Frame

__all__ = ["LAYOUT", "TONES", "DtmfDetector"]

TONES: Final = (697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0)
"""Hertz: four low, four high (Q.23)."""
LAYOUT: Final = ("123A", "456B", "789C", "*0#D")
"""Low tone by high tone. A to D are on no caller's telephone: they are told apart and not reported."""
WINDOW: Final = 160
"""20 ms: tones 73 Hz apart are still told apart, and three windows fit into the shortest press."""
HOP: Final = 80
HITS: Final = 3
"""Windows in a row that make a press: 40 ms, the shortest that Q.24 asks for."""
MISSES: Final = 3
"""Windows in a row that end one: a gap of 20 ms is a fault of the line, one of 40 ms a new press."""
SHARE: Final = 0.73
"""Least part of the energy that the two tones together must explain: 0.91 at 10 dB over noise,
0.75 where a press covers three quarters of the window."""
WORTH_FITTING: Final = 0.45
"""The same before the pitch is fitted: 1.5 % off pitch costs the highest tone a third. Saves the fit."""
WEAKEST: Final = 10 ** (-42 / 20)
"""Least amplitude of a tone, of full scale: Q.24 asks for -29 dBm0 at most places."""
TWIST_DB: Final = 10.0
"""Most that one tone may be stronger than the other: 8 dB (which way is told differently), and 2 for noise."""
EVEN_DB: Final = 6.0
"""Tones further apart than this must be purer than ``PURE``: two harmonics of a voice often lie so."""
PURE: Final = 0.88
"""Least mean ``SHARE`` over a press whose tones are uneven."""
STEADY_DB: Final = 3.5
"""Most that this difference may wander during a press; in a voice each harmonic goes its own way."""
OFF_PITCH: Final = 0.025
"""Most that a tone may be off: 1.5 % must pass, 3.5 % must not."""
HARMONIC: Final = 0.25
"""Most that a second harmonic may have of its tone's amplitude (-12 dB): voices have more."""

_NOTHING: Final = np.zeros(WINDOW - HOP)
_TIME: Final = np.arange(WINDOW) / RATE
_PROBES: Final = np.exp(-2j * np.pi * np.outer((*TONES, *(2 * tone for tone in TONES)), _TIME)) * (2 / WINDOW)
"""Shape (16, 160): amplitude and phase at each tone and at its second harmonic."""


class DtmfDetector:
    """In-band keys of one call, frame by frame."""

    def __init__(self) -> None:
        self._past = np.zeros(WINDOW - HOP)
        self._phases: npt.NDArray[np.complex128] | None = None
        self._candidate = ""
        self._run: list[tuple[float, float]] = []
        self._held = ""
        self._misses = 0

    def hear(self, frame: Frame) -> tuple[str, ...]:
        """Take the next 20 ms; return the keys whose press was recognised in it.

        Args:
            frame: shape (160,), 8 kHz.

        Returns:
            Nearly always empty; a key is reported 40 ms after its press began, once.
        """
        sound = np.concatenate((self._past, frame / 32768.0))
        self._past = sound[-(WINDOW - HOP) :]
        pressed = (self._window(sound[start : start + WINDOW]) for start in range(0, FRAME_SAMPLES, HOP))
        return tuple(key for key in pressed if key)

    def pass_by(self) -> None:
        """Take 20 ms that are far too quiet for a key, after others like them, for almost no work."""
        self._past = _NOTHING
        self._phases = None
        self._candidate, self._run = "", []
        if self._held:
            self._misses += FRAME_SAMPLES // HOP
            if self._misses >= MISSES:
                self._held = ""

    @property
    def held(self) -> str:
        """The key that is down now; "" for none."""
        return self._held

    def _window(self, sound: npt.NDArray[np.float64]) -> str:
        key, twist, share = self._look(sound)
        if key != self._candidate:
            self._candidate, self._run = key, []
        self._run = [*self._run, (twist, share)][-HITS:]
        if key and key == self._held:
            self._misses = 0
            return ""
        if self._held:
            self._misses += 1
            if self._misses >= MISSES:
                self._held = ""
        if key and not self._held and self._steady():
            self._held, self._misses = key, 0
            return key if key in KEYS else ""
        return ""

    def _steady(self) -> bool:
        """Tell whether the windows so far are enough for a press, and alike."""
        twists = [twist for twist, _ in self._run]
        if len(twists) < HITS or max(twists) - min(twists) > STEADY_DB:
            return False
        even = max(map(abs, twists)) <= EVEN_DB
        return even or sum(share for _, share in self._run) >= PURE * HITS

    def _look(self, sound: npt.NDArray[np.float64]) -> tuple[str, float, float]:
        """Return the key this window shows, "" for none, its low tone over its high one in dB, and its share."""
        before, self._phases = self._phases, None
        energy = float(sound @ sound)
        if energy < WINDOW / 2 * WEAKEST * WEAKEST:
            return "", 0.0, 0.0
        probes = _PROBES @ sound
        self._phases = probes[:8]
        strength = np.abs(probes)
        low = int(strength[:4].argmax())
        high = 4 + int(strength[4:8].argmax())
        if min(strength[low], strength[high]) < WEAKEST:
            return "", 0.0, 0.0
        twist = 20 * float(np.log10(strength[low] / strength[high]))
        if abs(twist) > TWIST_DB:
            return "", 0.0, 0.0
        if float(strength[low] ** 2 + strength[high] ** 2) < WORTH_FITTING * energy * 2 / WINDOW:
            return "", 0.0, 0.0
        rest = _rest(sound, low, high)
        share = 1 - float(rest @ rest) / energy
        if share < SHARE:
            return "", 0.0, 0.0
        for tone in (low, high):
            if np.abs(_PROBES[8 + tone] @ rest) > HARMONIC * strength[tone]:
                return "", 0.0, 0.0
            if (
                before is not None
                and abs(_drift(before[tone], probes[tone], TONES[tone])) > OFF_PITCH * TONES[tone]
            ):
                return "", 0.0, 0.0
        return LAYOUT[low][high - 4], twist, share


def _rest(sound: npt.NDArray[np.float64], low: int, high: int) -> npt.NDArray[np.float64]:
    """Return what two tones do not explain, each fitted near its pitch. Shape (160,)."""
    waves = []
    for tone in (low, high):
        first, second = (_PROBES[tone, half] @ sound[half] for half in (slice(0, HOP), slice(HOP, WINDOW)))
        off = float(np.angle(second * np.conj(first))) * RATE / (2 * np.pi * HOP)
        pitch = TONES[tone] * (1 + min(OFF_PITCH, max(-OFF_PITCH, off / TONES[tone])))
        waves += [np.cos(2 * np.pi * pitch * _TIME), np.sin(2 * np.pi * pitch * _TIME)]
    basis = np.stack(waves, axis=1)
    fitted = basis @ np.linalg.solve(basis.T @ basis, basis.T @ sound)
    return np.asarray(sound - fitted)


def _drift(before: complex, after: complex, tone: float) -> float:
    """Return by how many hertz a tone runs off its pitch, from the phase it gained in one hop; -50..50."""
    expected = np.exp(2j * np.pi * tone * HOP / RATE)
    return float(np.angle(after * np.conj(before * expected))) * RATE / (2 * np.pi * HOP)
