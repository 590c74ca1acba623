"""EchoGuard: takes the line's own prompts out of what comes back from the caller's end.

What we play returns 12 dB down and up to 250 ms late, through a path that is linear but for G.711's rounding. A
partitioned frequency-domain Kalman filter (Enzner and Vary, 2006) learns that path and subtracts: its own estimate
of what it does not know yet sets the step, so a caller who talks over the prompt does not pull it off. Until it
has learnt, ``suspect`` tells an echo by fitting the last 120 ms of what was played to what came back.

It does not decide whether speech began; while nothing was played lately it hands frames through untouched.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS, SILENCE

if TYPE_CHECKING:
    import numpy.typing as npt

    from nightbell.audio.frame import Frame

__all__ = ["ECHO_TAIL_MS", "EchoGuard"]

ECHO_TAIL_MS: Final = 300
"""Longest way back: 250 ms of delay and the path's own tail."""
PARTS: Final = ECHO_TAIL_MS // FRAME_MS
SPECTRUM: Final = 2 * FRAME_SAMPLES
FORGETTING: Final = 0.9995
"""Kalman state transition per frame: the path of a call hardly changes (half forgotten in 28 s)."""
FIRST_DOUBT: Final = 0.1
"""Variance of a path coefficient before anything was heard: an echo of some -12 dB spread over the parts."""
SMOOTHING: Final = 0.7
"""Weight of the past in the power of what is not echo."""
SUSPECT_FRAMES: Final = 6
"""120 ms of the caller's sound are compared with what was played."""
SUSPECT_SHARE: Final = 0.5
"""Part of their energy that one short path from what was played must explain for them to be called echo: a
caller as loud as the echo, 12 dB below the prompt, leaves it at this."""
TAPS: Final = 64
"""8 ms: the length of path that 120 ms of sound can settle."""
RIDGE: Final = 1e-3
"""Keeps the fit from growing in bands where the prompt has no sound (-30 dB, below G.711's rounding)."""
TAKEN_OVER: Final = 0.5
"""A fitted path replaces the learnt one when it leaves less than this part of what that one left."""
TAKEN_OVER_DOUBT: Final = 0.003
"""Variance of the coefficients of a fitted path: 15 dB below those of an unknown one."""
CLEAR_SHARE: Final = 0.9
"""Part of their energy that must be explained for what is left of it to count as the room alone: a caller in it
would be 10 dB softer than the echo."""
LINGERS_FRAMES: Final = 16
"""320 ms: how long Silero goes on calling the silence after a clear echo speech, because of the echo before it."""
LINGERS_POWER: Final = 2.0
"""A sound more than 3 dB above the room is no such silence."""
TOO_SOFT: Final = 1e-7
"""Mean power, full scale 1, below which nothing counts as sound (-70 dB)."""
SOFT_PEAK: Final = 20
"""The same as a peak of 16 bits: twice that level."""


class EchoGuard:
    """The echo path of one call."""

    def __init__(self) -> None:
        self._played = np.zeros(SPECTRUM)
        self._spectra = np.zeros((PARTS, SPECTRUM // 2 + 1), dtype=np.complex128)
        self._path = np.zeros_like(self._spectra)
        self._doubt = np.full(self._spectra.shape, FIRST_DOUBT)
        self._noise = np.zeros(SPECTRUM // 2 + 1)
        self._quiet = PARTS
        self._past_played = np.zeros(ECHO_TAIL_MS * SAMPLES_PER_MS + SUSPECT_FRAMES * FRAME_SAMPLES)
        self._past_heard = np.zeros(SUSPECT_FRAMES * FRAME_SAMPLES)
        self._past_left = np.zeros(SUSPECT_FRAMES * FRAME_SAMPLES)
        self._room = 0.0
        self._lingers = 0
        self._skipped: deque[Frame | None] = deque(maxlen=PARTS + SUSPECT_FRAMES)

    @property
    def playing(self) -> bool:
        """True while an echo of something played may still come back."""
        for ago, played in enumerate(reversed(self._skipped)):
            if ago >= PARTS:
                return False
            if played is not None and played is not SILENCE and int(played.max()) > SOFT_PEAK:
                return True
        return self._quiet + len(self._skipped) < PARTS

    def clean(self, frame: Frame, played: Frame | None) -> Frame:
        """Take the echo out of one frame.

        Args:
            frame: what the line brought in this tick, shape (160,).
            played: what was sent in the same tick; None for silence.

        Returns:
            The frame with as much of the echo removed as is known by now, shape (160,).
        """
        if self._skipped:
            self._catch_up()
        sent = np.zeros(FRAME_SAMPLES) if played is None else played / 32768.0
        self._quiet = 0 if float(sent @ sent) > TOO_SOFT * FRAME_SAMPLES else min(PARTS, self._quiet + 1)
        if not self.playing:
            self._forget()
            return frame
        self._lingers = max(0, self._lingers - 1)
        heard = frame / 32768.0
        self._past_played = np.concatenate((self._past_played[FRAME_SAMPLES:], sent))
        self._past_heard = np.concatenate((self._past_heard[FRAME_SAMPLES:], heard))
        self._played = np.concatenate((self._played[FRAME_SAMPLES:], sent))
        self._spectra = np.concatenate((np.fft.rfft(self._played)[None], self._spectra[:-1]))
        left = heard - np.fft.irfft((self._spectra * self._path).sum(axis=0))[FRAME_SAMPLES:]
        self._past_left = np.concatenate((self._past_left[FRAME_SAMPLES:], left))
        self._learn(left)
        if float(left @ left) > float(heard @ heard):  # a path learnt wrong must never make it worse
            return frame
        return np.asarray(np.clip(np.rint(left * 32768.0), -32768, 32767), dtype=np.int16)

    def pass_by(self, played: Frame | None) -> None:
        """Take a tick in which nothing came back, for almost no work: there is no echo to take out or learn from.

        Args:
            played: what was sent in that tick; None for silence.
        """
        self._skipped.append(played)

    def suspect(self) -> bool:
        """Tell whether the last 120 ms are mostly something played up to 250 ms before, or the silence after it.

        Where they are, and better explained by one short path than by what was learnt so far, that path is taken
        over: the guard then starts from there. A pause in the prompt has no echo to explain, but Silero remembers
        what was left of the one before it: until it forgets, what is no louder than that was is no speech either.
        """
        heard = self._past_heard
        energy = float(heard @ heard)
        if not self.playing or energy < TOO_SOFT * heard.size:
            return False
        lag = self._best_lag(heard)
        sent = self._past_played[self._past_played.size - heard.size - lag - TAPS + 1 :][: heard.size + TAPS - 1]
        shifted = np.ascontiguousarray(sliding_window_view(sent, heard.size)[::-1])
        square = _products(sent, heard.size)
        square[np.diag_indices(TAPS)] += RIDGE * square.trace() / TAPS + TOO_SOFT
        taps: npt.NDArray[np.float64] = np.linalg.solve(square, shifted @ heard).astype(np.float64)
        left = heard - taps @ shifted
        missed = float(left @ left)
        if missed > (1 - SUSPECT_SHARE) * energy:
            return self._lingers > 0 and energy <= LINGERS_POWER * self._room
        if missed <= (1 - CLEAR_SHARE) * energy:
            self._room, self._lingers = missed, LINGERS_FRAMES
        if missed < TAKEN_OVER * float(self._past_left @ self._past_left):
            self._take_over(lag, taps)
        return True

    def _catch_up(self) -> None:
        """Lay down what was played while nothing came back."""
        nothing = np.zeros(FRAME_SAMPLES)
        self._lingers = max(0, self._lingers - len(self._skipped))
        for played in self._skipped:
            sent = nothing if played is None else played / 32768.0
            self._past_played = np.concatenate((self._past_played[FRAME_SAMPLES:], sent))
            self._past_heard = np.concatenate((self._past_heard[FRAME_SAMPLES:], nothing))
            self._past_left = np.concatenate((self._past_left[FRAME_SAMPLES:], nothing))
            self._played = np.concatenate((self._played[FRAME_SAMPLES:], sent))
            self._spectra = np.concatenate((np.fft.rfft(self._played)[None], self._spectra[:-1]))
            sounds = float(sent @ sent) > TOO_SOFT * FRAME_SAMPLES
            self._quiet = 0 if sounds else min(PARTS, self._quiet + 1)
        self._skipped.clear()

    def _best_lag(self, heard: npt.NDArray[np.float64]) -> int:
        """Return the delay in samples, less the room left before it for the path's rise, that explains most."""
        size = 1 << int(self._past_played.size - 1).bit_length()  # what wraps round are lags nobody asks for
        product = np.fft.rfft(self._past_played, size) * np.conj(np.fft.rfft(heard, size))
        together = np.fft.irfft(product, size)[: self._past_played.size - heard.size + 1]
        sums = np.concatenate(([0.0], np.cumsum(np.square(self._past_played))))
        sent = sums[heard.size :] - sums[: -heard.size]
        best = int((np.square(together) / np.maximum(sent, TOO_SOFT * heard.size)).argmax())
        lag = self._past_played.size - heard.size - best - TAPS // 3
        return min(max(lag, 0), ECHO_TAIL_MS * SAMPLES_PER_MS - TAPS)

    def _take_over(self, lag: int, taps: npt.NDArray[np.float64]) -> None:
        """Begin anew from a path of ``taps`` behind ``lag`` samples."""
        whole = np.zeros(PARTS * FRAME_SAMPLES)
        whole[lag : lag + TAPS] = taps
        padded = np.concatenate((whole.reshape(PARTS, -1), np.zeros((PARTS, FRAME_SAMPLES))), axis=1)
        self._path = np.fft.rfft(padded, axis=1)
        self._doubt = np.full(self._doubt.shape, TAKEN_OVER_DOUBT)

    def _learn(self, left: npt.NDArray[np.float64]) -> None:
        """Move the path towards explaining what was left over (overlap-save, gradient constrained)."""
        error = np.fft.rfft(np.concatenate((np.zeros(FRAME_SAMPLES), left)))
        self._noise = SMOOTHING * self._noise + (1 - SMOOTHING) * np.square(np.abs(error))
        powers = np.square(np.abs(self._spectra))
        gain = self._doubt / ((self._doubt * powers).sum(axis=0) * 0.5 + self._noise + 1e-9)
        step = np.fft.irfft(gain * np.conj(self._spectra) * error, axis=1)
        step[:, FRAME_SAMPLES:] = 0
        self._path = FORGETTING * (self._path + np.fft.rfft(step, axis=1))
        known = np.clip(1 - 0.5 * gain * powers, 0, 1)
        self._doubt = FORGETTING**2 * known * self._doubt + (1 - FORGETTING**2) * (
            np.square(np.abs(self._path)) + 1e-6
        )

    def _forget(self) -> None:
        """Let go of what was played; the path is kept for the next prompt."""
        if self._quiet == PARTS and self._spectra.any():
            self._spectra[:] = 0
            self._played[:] = 0
            self._past_played[:] = 0
            self._past_heard[:] = 0
            self._past_left[:] = 0
            self._lingers = 0


def _products(sent: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    """Return the products of all shifts of ``sent`` with each other, newest shift first, shape (64, 64).

    By running sums along each lag: the plain matrix product is split among BLAS threads, which took 60 ms of wall
    time on two busy cores for 0.2 ms of work.
    """
    lagged = sliding_window_view(np.concatenate((sent, np.zeros(TAPS - 1))), sent.size)
    sums = np.zeros((TAPS, sent.size + 1))
    np.cumsum(lagged * sent, axis=1, out=sums[:, 1:])
    by_lag = sums[:, length : length + TAPS] - sums[:, :TAPS]
    first = np.arange(TAPS)
    lags = np.abs(first[:, None] - first[None])
    return np.asarray(by_lag[lags, np.minimum(first[:, None], first[None])][::-1, ::-1])
