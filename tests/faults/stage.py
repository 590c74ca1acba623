"""What the fault tests share: a Nightbell with a tone for a voice, and a world that remembers its pages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.bootstrap import nightbell
from nightbell.bootstrap.nightbell import Nightbell, open_nightbell
from nightbell.call.effects import Effect, Escalate, Notify, Play, RingBack, Transfer
from nightbell.call.events import Event
from nightbell.cli.app import build
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Outcome
from nightbell.conversation.world import Escalated, Past, Transferred, World
from nightbell.flow.model import Flow
from nightbell.line.port import Line
from nightbell.settings import Settings
from nightbell.speech.safe import safe_words
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise
from nightbell.testing.line import FakeLine
from nightbell.testing.voice import FakeVoice

__all__ = [
    "NIGHT",
    "Asked",
    "Watch",
    "calls_shown",
    "hears_safe_words",
    "keyed",
    "nightbell_in",
    "settings_in",
    "take",
]

NIGHT = Instant.parse("2026-11-21T22:40:00+00:00")


def settings_in(data: Path, spill: Path, *, models: Path | None = None) -> Settings:
    """Return settings that touch these folders and nothing else."""
    return Settings(data_dir=data, spill_dir=spill, cache_dir=spill, models_dir=models or spill / "no-models")  # type: ignore[call-arg]


@asynccontextmanager
async def nightbell_in(
    settings: Settings, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Nightbell]:
    """Open a Nightbell as a process does, with a fake voice, and prepare a flow."""
    monkeypatch.setattr(nightbell, "voice_of", lambda _: FakeVoice())
    async with open_nightbell(settings) as night:
        await night.prepare(flow)
        yield night


@dataclass
class Watch:
    """An observer that remembers."""

    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        self.events.append(event)
        self.effects.extend(effects)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        self.spoken.append(prompt)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def plays(self) -> list[Play]:
        return [effect for effect in self.effects if isinstance(effect, Play)]


@dataclass
class Asked:
    """A world that passes everything on and remembers the pages."""

    real: World
    pages: list[Escalate] = field(default_factory=list)
    ring_backs: list[RingBack] = field(default_factory=list)
    taken_after_ms: int | None = None

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        return await self.real.past(clinic, caller, before)

    async def hours(self, now: Instant) -> Any:
        return await self.real.hours(now)

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        return await self.real.promise(disposition, now)

    async def notify(self, effect: Notify) -> bool:
        return await self.real.notify(effect)

    async def escalate(self, effect: Escalate) -> Escalated:
        self.pages.append(effect)
        await self.real.escalate(effect)
        return Escalated(taken_after_ms=self.taken_after_ms)

    async def transfer(self, effect: Transfer) -> Transferred:
        return await self.real.transfer(effect)

    async def ring_back(self, effect: RingBack) -> None:
        self.ring_backs.append(effect)


async def take(night: Nightbell, flow: Flow, line: Line, call: str) -> tuple[Outcome, Watch, Asked]:
    """Take one call; return how it ended, what happened and what the world was asked."""
    watch, world = Watch(), Asked(night.world_of(flow))
    outcome = await night.take(line, flow, call=call, clock=AudioClock(NIGHT), world=world, observers=(watch,))
    return outcome, watch, world


def keyed(*keys: tuple[int, str], length: int = 6000) -> FakeLine:
    """Return a line on which keys are pressed at audio milliseconds."""
    return FakeLine(keys={at // 20: (key,) for at, key in keys}, length=length, caller="+447700900123")


def hears_safe_words(line: FakeLine, emergency: str = "999") -> bool:
    """Tell whether the caller heard the whole recording of the emergency words, without a gap."""
    words = safe_words(emergency)
    whole = len(words) // FRAME_SAMPLES
    first = [tick for tick, frame in line.played.items() if np.array_equal(frame, words[:FRAME_SAMPLES])]
    return any(all(_same(line, tick + at, words, at) for at in range(whole)) for tick in first)


def _same(line: FakeLine, tick: int, words: Samples, at: int) -> bool:
    frame = line.played.get(tick)
    return frame is not None and np.array_equal(frame, words[at * FRAME_SAMPLES : (at + 1) * FRAME_SAMPLES])


def calls_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what ``nightbell calls --json`` shows of a data folder."""
    monkeypatch.setenv("NIGHTBELL_DATA", str(settings.data_dir))
    monkeypatch.setenv("NIGHTBELL_SPILL_DIR", str(settings.spill_dir))
    result = CliRunner().invoke(build("calls"), ["calls", "--json"])
    assert result.exit_code == 0, result.output
    shown: list[dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])["calls"]
    return shown
