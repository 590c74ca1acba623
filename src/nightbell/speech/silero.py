"""SileroActivity: the probability that a 32 ms window holds speech, by silero-vad's 8 kHz model.

The model file is taken out of the installed ``silero-vad`` distribution and run on onnxruntime directly: importing
the package itself would need torch. The model is recurrent; it sees each window of 256 samples behind the last 32
samples of the window before, and carries a state of shape (2, n, 128).

``ActivityBatch`` runs the model once for many calls whose windows filled at the same time; ``SileroActivity`` is
the port for one call. Neither decides where speech begins or ends: that is ``endpoint``.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime

from nightbell.audio.frame import RATE
from nightbell.errors import ModelCorrupt, ModelMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from nightbell.audio.frame import Samples

__all__ = ["WINDOW_MS", "WINDOW_SAMPLES", "ActivityBatch", "ActivityState", "SileroActivity", "find_model"]

WINDOW_SAMPLES: Final = 256
"""Samples the 8 kHz model looks at in one step."""
WINDOW_MS: Final = WINDOW_SAMPLES * 1000 // RATE
CONTEXT_SAMPLES: Final = 32
"""Samples of the window before that go in front of each window."""
STATE_SIZE: Final = 128
RENEW_MS: Final = 4000
"""Age at which a state is listened to. Younger, it takes a room's clatter for speech; twice as old, it begins to
miss answers in noise."""
SHA256: Final = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"
"""Of data/silero_vad.onnx in silero-vad 6.2.3."""
FULL_SCALE: Final = np.float32(1 / 32768)
HINT: Final = "install the locked requirements again; nightbell doctor shows what is missing"


def find_model() -> Path:
    """Return the model's path inside the installed distribution, without importing it.

    Raises:
        ModelMissing: the distribution or its file is not there.
    """
    try:
        files = importlib.metadata.files("silero-vad") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ModelMissing("silero-vad is not installed", provider="silero", hint=HINT) from error
    for file in files:
        if file.name == "silero_vad.onnx":
            return Path(str(file.locate()))
    raise ModelMissing("silero-vad holds no silero_vad.onnx", provider="silero", hint=HINT)


class ActivityState:
    """What the model remembers of one call: its recurrent state and the tail of the last window."""

    __slots__ = ("memory", "tail")

    def __init__(self) -> None:
        self.memory: npt.NDArray[np.float32] = np.zeros((2, STATE_SIZE), dtype=np.float32)
        self.tail: npt.NDArray[np.float32] = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)


class ActivityBatch:
    """The model, shared by all calls of a process; holds no call's state itself."""

    def __init__(self, model: Path | None = None) -> None:
        """Load and check the model.

        Raises:
            ModelMissing: no file.
            ModelCorrupt: the file is not the pinned one.
        """
        path = model or find_model()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelMissing("the voice activity model cannot be read", provider="silero", hint=HINT) from error
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise ModelCorrupt("the voice activity model is not the pinned one", provider="silero", hint=HINT)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a window takes 70 us: handing it to other threads costs more
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._rate = np.array(RATE, dtype=np.int64)

    def probabilities(self, states: Sequence[ActivityState], windows: Sequence[Samples]) -> list[float]:
        """Advance every call by one window in one run of the model.

        Args:
            states: one per call, changed in place.
            windows: one per call, 256 samples each.

        Returns:
            Probability of speech 0..1, one per call, in the same order.

        Raises:
            ValueError: a window of another length, or not one window per state.
        """
        if len(states) != len(windows) or any(window.shape != (WINDOW_SAMPLES,) for window in windows):
            raise ValueError(f"expected {len(states)} windows of {WINDOW_SAMPLES} samples")
        if not states:
            return []
        sound = np.stack(windows).astype(np.float32) * FULL_SCALE
        tails = np.stack([state.tail for state in states])
        memory = np.stack([state.memory for state in states], axis=1)
        heard, memory = self._session.run(
            None,
            {"input": np.concatenate((tails, sound), axis=1), "state": memory, "sr": self._rate},
        )
        for index, state in enumerate(states):
            state.memory = memory[:, index]
            state.tail = sound[index, -CONTEXT_SAMPLES:]
        return [float(value) for value in heard[:, 0]]


class SileroActivity:
    """Voice activity of one call over a model that may be shared."""

    def __init__(self, batch: ActivityBatch | None = None) -> None:
        self._batch = batch or ActivityBatch()
        self._elder = ActivityState()
        self._younger: ActivityState | None = None
        self._age_ms = 0

    def probability(self, window: Samples) -> float:
        """Take 256 samples; return the probability of speech, 0..1. Raises ValueError on another length."""
        heard = self._batch.probabilities(self.states, (window,) * len(self.states))
        self.grow()
        return heard[0]

    @property
    def states(self) -> tuple[ActivityState, ...]:
        """What the model remembers: the state that is listened to, and the one that will take its place."""
        return (self._elder,) if self._younger is None else (self._elder, self._younger)

    def grow(self) -> None:
        """Count a window that the states have seen; a state that is too old makes room for the younger one."""
        self._age_ms += WINDOW_MS
        if self._age_ms >= RENEW_MS:
            self._age_ms = 0
            self._elder, self._younger = self._younger or self._elder, ActivityState()

    def reset(self) -> None:
        """Forget the past; as new."""
        self._elder, self._younger, self._age_ms = ActivityState(), None, 0
