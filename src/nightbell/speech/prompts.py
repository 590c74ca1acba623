"""Prompts: everything Nightbell says, rendered before the first call and joined from memory during one.

The owner's recording of a prompt wins; else its words come from the voice, spelled, trimmed, brought to one level
and cached by content. Numbers and times are clips. During a call a fixed prompt is never synthesised: a missing
one is SynthesisFailed, and the conversation plays the safe words. Only what fills a slot, in a prompt that has
slots, may be rendered live, under a short limit. It plays nothing and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from nightbell.audio.edges import join, length_ms, silence, trim
from nightbell.audio.frame import Samples
from nightbell.audio.level import to_level
from nightbell.errors import AudioError, SynthesisFailed
from nightbell.speech.cache import PromptCache, cache_key
from nightbell.speech.clips import DIGIT_CLIPS, TIME_CLIPS, cut
from nightbell.speech.joining import CLIP_GAP_MS, DIGIT_GAP_MS, GROUP_GAP_MS, gap_ms, speakable
from nightbell.speech.port import Voice
from nightbell.speech.recorded import Recordings
from nightbell.speech.spelling import digit_groups, digits, spell
from nightbell.terms.segment import Segment

__all__ = ["PROMPT_DBFS", "PROMPT_PEAK_DBFS", "Prepared", "PromptStore", "Wording", "prompt_key"]

PROMPT_DBFS: Final = -20.0
"""Active level of every prompt."""
PROMPT_PEAK_DBFS: Final = -3.0
LEAD_MS: Final = 10
TAIL_MS: Final = 60
_CLIP_TAIL_MS: Final = 20
_LIVE_LIMIT_MS: Final = 500
"""Longest silence a caller meets while a name fills its slot; the same bound as for a commit."""
_STOPS: Final = ".,;:!? "

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a prompt, as the store must know them before the first call."""

    name: str
    """The prompt's name: also the owner's recording's."""
    words: tuple[str, ...]
    """Its pieces of fixed words, in order, clinic facts filled in."""
    fixed: bool = True
    """False when there are slots between the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What preparing found."""

    recorded: int
    rendered: int
    cached: int
    faults: tuple[AudioError, ...] = ()
    """Recordings that cannot be used; the voice speaks in their place."""


@dataclass(slots=True)
class _Count:
    recorded: int = 0
    rendered: int = 0
    cached: int = 0
    faults: list[AudioError] = field(default_factory=list)


class PromptStore:
    """The prompts of one clinic in one voice."""

    def __init__(
        self,
        voice: Voice,
        *,
        country: str,
        recordings: Recordings | None = None,
        cache: PromptCache | None = None,
        live_limit_ms: int = _LIVE_LIMIT_MS,
    ) -> None:
        """Take a voice and the clinic's country (ISO 3166 alpha-2), which decides how numbers are said."""
        self._voice = voice
        self._country = country
        self._recordings = recordings or Recordings(None)
        self._cache = cache or PromptCache(None)
        self._live_limit_ms = live_limit_ms
        self._whole: dict[str, Samples] = {}
        self._part: dict[tuple[str, str], Samples] = {}
        self._words: dict[str, Samples] = {}
        self._clips: dict[str, Samples] = {}
        self._with_slots: set[str] = set()

    async def prepare(
        self,
        prompts: Sequence[Wording],
        *,
        also: Sequence[str] = (),
        clips: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> Prepared:
        """Make everything that can be said ready; may be repeated with another flow's prompts.

        Args:
            prompts: every prompt of the flow.
            also: words that will fill slots, such as "a clinician".
            clips: prepare numbers and times too.
            progress: called with (done, total) after each piece.

        Raises:
            ModelMissing, ModelCorrupt, SynthesisFailed: the voice cannot speak a prompt that nobody recorded.
        """
        small = (*DIGIT_CLIPS, *TIME_CLIPS) if clips else ()
        total, done, count = len(prompts) + len(also) + len(small), 0, _Count()

        def step() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, total)

        for prompt in prompts:
            await self._prepare_prompt(prompt, count)
            step()
        for text in also:
            await self._prepare_words(text, count)
            step()
        for clip in small:
            if clip not in self._clips:
                self._clips[clip] = await self._make_clip(clip, count)
            step()
        for fault in count.faults:
            log.warning("recording_not_usable", code=fault.code)
        return Prepared(
            recorded=count.recorded, rendered=count.rendered, cached=count.cached, faults=tuple(count.faults)
        )

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """Return what a Play effect says, 8 kHz mono.

        Raises:
            SynthesisFailed: a piece is not ready, and it must not or cannot be rendered now.
        """
        if prompt in self._whole:
            return self._whole[prompt]
        out: list[Samples] = []
        before: Segment | None = None
        for segment in segments:
            piece = await self._piece(prompt, segment)
            if not len(piece):
                continue
            if before is not None:
                out.append(silence(gap_ms(before, segment)))
            out.append(piece)
            before = segment
        if not out:
            raise self._failed("the prompt has nothing to say", "give it words")
        return out[0] if len(out) == 1 else join(*out)

    async def length_ms(self, words: str) -> int:
        """Return how long these words take in this voice, rendering them once if need be.

        Raises:
            ModelMissing, ModelCorrupt, SynthesisFailed: the voice cannot speak them.
        """
        await self._prepare_words(words, _Count())
        return length_ms(self._words[self._spelled(words)]) if speakable(words) else 0

    async def _prepare_prompt(self, prompt: Wording, count: _Count) -> None:
        if not prompt.fixed:
            self._with_slots.add(prompt.name)
        elif (whole := await self._recording(count, prompt.name, None)) is not None:
            self._whole[prompt.name] = whole
            return
        for index, text in enumerate(prompt.words, start=1):
            part = None if prompt.fixed else await self._recording(count, prompt.name, index)
            if part is not None:
                self._part[prompt.name, self._spelled(text)] = part
            else:
                await self._prepare_words(text, count)

    async def _recording(self, count: _Count, name: str, part: int | None) -> Samples | None:
        try:
            samples = await asyncio.to_thread(self._recordings.prompt, name, part)
        except AudioError as fault:
            count.faults.append(fault)
            return None
        if samples is None:
            return None
        count.recorded += 1
        return await asyncio.to_thread(_finish, samples, TAIL_MS)

    async def _prepare_words(self, text: str, count: _Count) -> None:
        spelled = self._spelled(text)
        if speakable(text) and spelled not in self._words:
            self._words[spelled] = await self._make(spelled, TAIL_MS, count)

    async def _make_clip(self, clip: str, count: _Count) -> Samples:
        try:
            recorded = await asyncio.to_thread(self._recordings.clip, clip)
        except AudioError as fault:
            count.faults.append(fault)
            recorded = None
        if recorded is not None:
            count.recorded += 1
            return await asyncio.to_thread(_finish, recorded, _CLIP_TAIL_MS)
        return await self._make(clip, _CLIP_TAIL_MS, count)

    async def _make(self, spelled: str, tail_ms: int, count: _Count) -> Samples:
        key = cache_key(self._voice.name, f"{tail_ms} {spelled}")
        kept = await asyncio.to_thread(self._cache.get, key)
        if kept is not None:
            count.cached += 1
            return _frozen(kept)
        made = await asyncio.to_thread(_finish, await self._voice.render(spelled), tail_ms)
        if not len(made):
            raise self._failed("the voice rendered silence", "choose another voice, or record the prompt")
        await asyncio.to_thread(self._cache.put, key, made)
        count.rendered += 1
        return made

    async def _piece(self, prompt: str, segment: Segment) -> Samples:
        if segment.form == "number":
            return self._number(segment.text)
        if segment.form == "time":
            clips = cut(spell(segment.text, self._country))
            if clips:
                return join(*(self._clip(clip) for clip in clips), gap_ms=CLIP_GAP_MS)
            log.warning("time_not_in_clips", prompt=prompt)
            return await self._live(prompt, self._spelled(segment.text))
        if not speakable(segment.text):
            return silence(0)
        spelled = self._spelled(segment.text)
        ready = self._part.get((prompt, spelled))
        if ready is None:
            ready = self._words.get(spelled)
        return ready if ready is not None else await self._live(prompt, spelled)

    def _number(self, text: str) -> Samples:
        groups: list[Samples] = []
        for group in digit_groups(text, self._country):
            names = ["plus"] if group.startswith("+") else []
            names += digits(group).split()
            groups.append(join(*(self._clip(name) for name in names), gap_ms=DIGIT_GAP_MS))
        if not groups:
            raise self._failed("a number without a digit cannot be said", "check where the number comes from")
        return join(*groups, gap_ms=GROUP_GAP_MS)

    def _clip(self, name: str) -> Samples:
        clip = self._clips.get(name)
        if clip is None:
            raise self._failed("numbers and times are not prepared", "prepare the prompts before the first call")
        return clip

    async def _live(self, prompt: str, spelled: str) -> Samples:
        if prompt not in self._with_slots:
            raise self._failed(
                "a fixed prompt is not prepared", "prepare the flow's prompts before the first call"
            )
        try:
            async with asyncio.timeout(self._live_limit_ms / 1000):
                return _finish(await self._voice.render(spelled), TAIL_MS)
        except TimeoutError as error:
            raise self._failed(
                f"no speech within {self._live_limit_ms} ms", "the machine is overloaded"
            ) from error

    def _spelled(self, text: str) -> str:
        return _spelled(text, self._country)

    def _failed(self, message: str, hint: str) -> SynthesisFailed:
        return SynthesisFailed(message, provider=self._voice.name, hint=hint)


def prompt_key(voice: str, text: str, country: str) -> str:
    """Return the name under which the cache keeps words of a prompt in a voice."""
    return cache_key(voice, f"{TAIL_MS} {_spelled(text, country)}")


def _spelled(text: str, country: str) -> str:
    return spell(text, country).lstrip(_STOPS)


def _finish(samples: Samples, tail_ms: int) -> Samples:
    """Trim both ends and bring to the common level."""
    return _frozen(to_level(trim(samples, lead_ms=LEAD_MS, tail_ms=tail_ms), PROMPT_DBFS, PROMPT_PEAK_DBFS))


def _frozen(samples: Samples) -> Samples:
    """Guard what every call shares against being written to."""
    samples.flags.writeable = False
    return samples
