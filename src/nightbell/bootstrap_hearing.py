"""Bootstrap of hearing: the recognisers that calls share. What is missing leaves the line on keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import structlog

from nightbell.errors import ModelMissing, ProviderError
from nightbell.settings import Settings
from nightbell.setup.vosk_model import require_vosk
from nightbell.speech.decoder_process import DecoderHost, DecoderLimits
from nightbell.speech.moonshine import MoonshineLimits, MoonshineRecogniser
from nightbell.speech.port import OpenRecogniser

__all__ = ["decoders", "open_recogniser", "open_second"]

_PATIENT: Final = MoonshineLimits(start_s=300.0, answer_s=300.0, wait_s=3600.0, waiting=1000)
"""No caller waits for what a rehearsal listens to: a busy machine must not be taken for a prompt not heard."""

_log = structlog.get_logger(__name__)


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
