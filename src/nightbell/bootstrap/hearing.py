"""Bootstrap of hearing: the recognisers that calls share. What is missing leaves the line on keys.

For rehearsals they may have a memory: ``Memory`` puts it between a call and its recognisers, under names that say
all that an answer depends on but grammar and sound.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import metadata
from pathlib import Path
from typing import Final

import structlog

from nightbell import speech
from nightbell.conversation.decoding import DecodingLimits
from nightbell.conversation.ear_settings import QUIET_PEAK, EarSettings, limits_beyond
from nightbell.conversation.ears import Ears
from nightbell.conversation.front import Front
from nightbell.conversation.remembered_front import RememberedFront
from nightbell.errors import ModelMissing, ProviderError
from nightbell.settings import Settings
from nightbell.setup.vosk_model import require_vosk, vosk_sum
from nightbell.speech.activity_pool import ActivityPool, PooledActivity
from nightbell.speech.decoder_process import DecoderHost, DecoderLimits
from nightbell.speech.moonshine import MoonshineLimits, MoonshineRecogniser
from nightbell.speech.port import ClosedRecogniser, OpenRecogniser, VoiceActivity
from nightbell.speech.remembered import RememberedOpen, RememberedRecogniser
from nightbell.speech.silero import ActivityBatch, SileroActivity
from nightbell.speech.transcripts import Transcripts
from nightbell.speech.vosk import VoskRecogniser

__all__ = ["Memory", "decoders", "live_ears", "open_recogniser", "open_second", "patient_ears"]

_PATIENT: Final = MoonshineLimits(start_s=300.0, answer_s=300.0, wait_s=3600.0, waiting=1000)
"""No caller waits for what a rehearsal listens to: a busy machine must not be taken for a prompt not heard."""

_log = structlog.get_logger(__name__)

_CLOSED: Final = (
    *("vosk.py", "grammar.py", "decoys.py", "decoder_child.py", "decoder_host.py", "decoder_wire.py"),
    *("data/decoys.txt", "data/homophones.txt"),
)
_OPEN: Final = ("moonshine.py", "moonshine_worker.py", "silero.py", "../audio/resample.py")
_FRONT: Final = ("silero.py", "echo.py", "dtmf.py", "endpoint.py", "../conversation/front.py", "../audio/dtmf.py")
"""Files that an answer goes through, seen from the speech room."""


class Memory:
    """What recognisers wrote before, for calls that are rehearsed."""

    def __init__(self, transcripts: Transcripts, settings: Settings) -> None:
        """Take the memory and the settings, which say where the model is.

        Raises:
            ModelMissing, ModelCorrupt: there is no model.
        """
        self._transcripts = transcripts
        model = vosk_sum(settings.models_dir)
        self._closed = f"{model} {metadata.version('vosk')} {_code(_CLOSED)} {_machine()}"
        runtime = " ".join(metadata.version(name) for name in ("onnxruntime", "numpy", "silero-vad"))
        self._open = f"{metadata.version('moonshine-voice')} {runtime} {_code(_OPEN)} {_machine()}"
        self._front = f"{runtime} {_code(_FRONT)} {_machine()}"

    def closed(self, recogniser: ClosedRecogniser) -> ClosedRecogniser:
        """Return a call's closed recogniser with the memory before it."""
        return RememberedRecogniser(recogniser, self._transcripts, self._closed)

    def open(self, recogniser: OpenRecogniser) -> OpenRecogniser:
        """Return the open recogniser with the memory before it."""
        return RememberedOpen(recogniser, self._transcripts, self._open)

    def front(self, activity: VoiceActivity) -> Front:
        """Return what a call's frames pass first, with the memory in it."""
        return RememberedFront(activity, self._transcripts, self._front, quiet_peak=QUIET_PEAK)


def patient_ears(
    settings: Settings,
    host: DecoderHost | None,
    open_: OpenRecogniser | None,
    activity: ActivityBatch,
    memory: Memory | None,
) -> Ears:
    """Make the ears of a call in virtual time; these alone may remember what they heard."""
    closed: ClosedRecogniser | None = VoskRecogniser(host) if host is not None else None
    own, front = SileroActivity(activity), None
    if memory is not None:
        closed = memory.closed(closed) if closed is not None else None
        open_ = memory.open(open_) if open_ is not None else None
        front = memory.front(own)
    heard_by = EarSettings(limits=_limits(settings), quiet_peak=QUIET_PEAK)
    return Ears(closed, open_, own, heard_by, patient=True, front=front)


def live_ears(
    settings: Settings,
    host: DecoderHost | None,
    open_: OpenRecogniser | None,
    activity: ActivityBatch,
    pool: ActivityPool,
    *,
    hears: bool,
) -> Ears:
    """Make the ears of a call in real time; ``hears`` is whether it gets a recogniser."""
    return Ears(
        VoskRecogniser(host) if hears and host is not None else None,
        open_ if hears else None,
        PooledActivity(pool, SileroActivity(activity)),
        EarSettings(limits=_limits(settings), quiet_peak=QUIET_PEAK, backlog_ms=settings.backlog_limit_ms),
        without="missing" if host is None else "overloaded",
    )


def _limits(settings: Settings) -> DecodingLimits:
    return limits_beyond(settings.closed_decode_limit_ms, settings.decode_limit_ms)


def _code(names: tuple[str, ...]) -> str:
    folder = Path(speech.__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in names)).hexdigest()


def _machine() -> str:
    """Name the arithmetic: another processor may round otherwise, and a beam then ends elsewhere."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        told = []
    model = next((line for line in told if line.startswith("model name")), "")
    return " ".join((platform.machine(), model, os.environ.get("OPENBLAS_CORETYPE", "")))


async def decoders(settings: Settings, stack: AsyncExitStack) -> tuple[DecoderHost | None, ProviderError | None]:
    """Open the closed recogniser's decoders, or tell why there are none."""
    try:
        model = await asyncio.to_thread(require_vosk, settings.models_dir)
        limit_s = settings.closed_decode_limit_ms / 1000
        limits = DecoderLimits(open_s=1.5 * limit_s, answer_s=limit_s)
        return await stack.enter_async_context(DecoderHost(model, limits=limits)), None
    except ProviderError as error:
        _log.warning("keys_only", code=error.code, provider=error.provider)
        return None, error


@asynccontextmanager
async def open_second() -> AsyncIterator[OpenRecogniser]:
    """Open a recogniser of free speech that no call uses, for listening to the line's own prompts.

    Raises:
        ModelMissing: its model is not there.
    """
    # Trusting: "nine nine nine" is no invention here, and what the model writes for noise is wrong words anyway.
    recogniser = MoonshineRecogniser(limits=_PATIENT, trusting=True)
    try:
        yield recogniser
    finally:
        await recogniser.close()


def open_recogniser(settings: Settings, stack: AsyncExitStack) -> OpenRecogniser | None:
    """Make the recogniser of open questions; None where its model is missing."""
    try:
        recogniser = MoonshineRecogniser(limits=MoonshineLimits(answer_s=settings.decode_limit_ms / 1000))
    except ModelMissing as error:
        _log.warning("open_recogniser_missing", code=error.code, provider=error.provider)
        return None
    stack.push_async_callback(recogniser.close)
    return recogniser
