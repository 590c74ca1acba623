"""How long the prompts of a flow take: measured where they are recorded or rendered, rendered where it matters.

What is neither has no length here and is guessed by those who need one (``flow.spoken``). A prompt is rendered
only where a limit holds it and its guess is near the limit, so that a first look at a flow stays quick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from nightbell.errors import ProviderError
from nightbell.flow.archive import prompts_of
from nightbell.flow.lint.timed import timed
from nightbell.flow.model import Flow, Slot, Words
from nightbell.flow.spoken import SLOT_MS
from nightbell.settings import Settings
from nightbell.speech.cache import PromptCache
from nightbell.speech.measuring import Measure
from nightbell.speech.port import Voice
from nightbell.speech.prompts import PromptStore
from nightbell.speech.recorded import Recordings
from nightbell.speech.voices import voice_of

__all__ = ["lengths_of"]


def lengths_of(
    flow: Flow, settings: Settings, *, folder: Path | None = None, render: bool = True
) -> dict[str, int]:
    """Return the lengths of a flow's prompts, in ms, by name; a wording of another language is ``NAME.LANGUAGE``.

    Args:
        flow: a flow that loads.
        settings: say which voice speaks and where its prompts are kept.
        folder: the clinic's folder, for the owner's recordings.
        render: whether the voice may be asked where a guess does not do. A voice that fails is done without.
    """
    try:
        voice = voice_of(settings)
        name = voice.name
    except (ProviderError, ImportError):
        return {}
    cache = PromptCache(settings.prompts_dir)
    recordings = Recordings(folder / "prompts" if folder else None)
    measure = Measure(name, country=flow.clinic.country, recordings=recordings, cache=cache)
    found = _measured(flow, measure)
    near = [limit for limit in timed(flow) if limit.near(found)] if render else []
    if near:
        texts = {text for limit in near for prompt in limit.prompts for text in _words(prompt.parts)}
        asyncio.run(_render(texts, voice, flow.clinic.country, cache))
        found |= _measured(flow, measure)
    return found


def _measured(flow: Flow, measure: Measure) -> dict[str, int]:
    found: dict[str, int] = {}
    for prompt in prompts_of(flow):
        for language in flow.languages:
            first = language == flow.languages[0]
            if not first and language not in dict(prompt.others):
                continue
            parts = prompt.parts if first else prompt.parts_in(language)
            name = prompt.name if first else f"{prompt.name}.{language}"
            words, slots = _words(parts), [part for part in parts if isinstance(part, Slot)]
            ms = measure.pieces_ms(name, words, fixed=not slots, spoken=language == "en")
            if ms is not None:
                found[name] = ms + sum(SLOT_MS[slot.name] for slot in slots)
    return found


def _words(parts: Iterable[Words | Slot]) -> tuple[str, ...]:
    return tuple(part.text for part in parts if isinstance(part, Words))


async def _render(texts: Iterable[str], voice: Voice, country: str, cache: PromptCache) -> None:
    """Render words into the cache, as a call would say them; leave out what the voice cannot speak."""
    store = PromptStore(voice, country=country, cache=cache)
    try:
        for text in sorted(texts):
            await store.length_ms(text)
    except ProviderError:
        return  # it is guessed then, and `nightbell doctor` says what is wrong with the voice
    finally:
        await voice.close()
