"""A toy that takes calls: the real session, ears that know three tones, prompts that are tones. No models."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightbell.audio.edges import silence
from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.audio.level import rms_dbfs
from nightbell.audio.wav import write_wav
from nightbell.call.compile import compile_flow
from nightbell.call.effects import (
    Answer,
    AskHistory,
    CancelTimer,
    Close,
    Effect,
    Escalate,
    HangUp,
    Listen,
    Play,
    StartTimer,
)
from nightbell.call.events import (
    CallStarted,
    EscalationChanged,
    Heard,
    HistoryFound,
    HungUp,
    KeyPressed,
    Played,
    SpeechStarted,
    TimerFired,
)
from nightbell.call.session import Session
from nightbell.flow.model import (
    Choice,
    Clinic,
    End,
    Flow,
    Menu,
    Prompt,
    PromptState,
    Question,
    Screen,
    Timers,
    Words,
)
from nightbell.rehearsal.port import IncomingCall
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import Stage
from nightbell.speech.dtmf import DtmfDetector
from nightbell.terms.disposition import Disposition

YES_HZ, NO_HZ, WORRIED_HZ = 400, 1000, 1800
PHRASES = {YES_HZ: "yes", NO_HZ: "no", WORRIED_HZ: "worried"}
PAUSE_MS = 300


def tone(hertz: int, ms: int, *, dbfs: float = -20.0) -> Samples:
    wave = np.sin(2 * np.pi * hertz * np.arange(ms * 8) / 8000)
    return np.rint(wave * 32767 * 2**0.5 * 10 ** (dbfs / 20)).astype(np.int16)


def say(name: str) -> Prompt:
    return Prompt(name=name, parts=(Words(name),))


@pytest.fixture
def flow() -> Flow:
    timers = Timers(timeout_ms=2000)
    yes, no = ("yes",), ("no",)

    def end(name: str, disposition: Disposition) -> End:
        return End(name=name, line=1, disposition=disposition, say=say(name), promise=False)

    return Flow(
        clinic=Clinic(
            name="toy", title="Toy", country="GB", zone="Europe/London", number="+442079460000", emergency="999"
        ),
        spec="1.0",
        hash="toy",
        starts_at="opening",
        states=(
            PromptState(name="opening", line=1, say=say("opening"), next="reason", timers=timers),
            Menu(
                name="reason",
                line=1,
                say=say("reason"),
                timers=timers,
                choices=(
                    Choice(name="worried", key="1", hear=("worried",), next="screen"),
                    Choice(name="book", key="2", hear=("book",), next="book"),
                ),
                unclear="screen",
            ),
            Screen(
                name="screen",
                line=1,
                timers=timers,
                questions=(
                    Question(name="sight", ask=say("screen.sight"), yes=Disposition.D0),
                    Question(name="pain", ask=say("screen.pain"), yes=Disposition.D1),
                ),
                any_yes="got",
                all_no="book",
                emergency="emergency",
            ),
            PromptState(name="emergency", line=1, say=say("emergency"), next="got", timers=timers),
            end("got", Disposition.D1),
            end("book", Disposition.D5),
            end("silent", Disposition.DU),
        ),
        universals=(),
        emergency="emergency",
        silent="silent",
        person="got",
        yes=yes,
        no=no,
    )


@dataclass
class Toy:
    """Takes calls; the switches break it in the ways a rehearsal must notice."""

    prompt_ms: int = 1600
    """Longer than the time in which a yes corrects the no before it."""
    silent_prompts: bool = False
    sounds: dict[str, Samples] = field(default_factory=dict)
    """Prompt to its sound; a tone for all others."""
    raises: Exception | None = None
    never_hangs_up: bool = False
    mishears: dict[str, str] = field(default_factory=dict)
    """Phrases that it takes for others."""
    pause_ms: int = PAUSE_MS
    """Silence after which it takes words to be over."""
    deaf: bool = False
    """Take no noise for words; nor words."""
    tones_are_keys: bool = False
    """Hear keys in the sound, and nothing else."""
    pages_on_reason: bool = False
    taken: list[IncomingCall] = field(default_factory=list)

    async def __call__(self, call: IncomingCall) -> _Ended:
        self.taken.append(call)
        if self.raises is not None:
            raise self.raises
        return await _ToyCall(self, call).run()


@dataclass
class _Ended:
    disposition: Disposition


class _ToyCall:
    def __init__(self, toy: Toy, call: IncomingCall) -> None:
        self.toy, self.call = toy, call
        self.session = Session(compile_flow(call.flow))
        self.now = self.seq = 0
        self.playing: tuple[Play, Samples, int] | None = None
        self.timers: dict[str, int] = {}
        self.listen: Listen | None = None
        self.speech: list[Samples] = []
        self.quiet = 0
        self.ended = Disposition.DU
        self.keys = DtmfDetector()

    async def run(self) -> _Ended:
        flow = self.call.flow
        fields = {"line": "scripted", "caller": self.call.line.caller, "called": self.call.line.called}
        await self.happen(CallStarted, flow=flow.hash, **fields)
        async for tick in self.call.line.ticks():
            self.now = (tick.number + 1) * 20
            for key in tick.keys:
                await self.cut("key")
                await self.happen(KeyPressed, key=key)
            await self.hear(tick.frame)
            for timer in [name for name, due in self.timers.items() if due <= self.now]:
                del self.timers[timer]
                await self.happen(TimerFired, timer=timer)
            if tick.gone:
                await self.happen(HungUp, by=tick.gone)
            else:
                await self.say()
        return _Ended(self.ended)

    async def hear(self, frame: Samples) -> None:
        for key in self.keys.hear(frame) if self.toy.tones_are_keys else ():
            await self.cut("key")
            await self.happen(KeyPressed, key=key, source="inband")
        if self.toy.deaf or self.toy.tones_are_keys:
            return
        if rms_dbfs(frame) > -40:
            if not self.speech:
                await self.cut("speech")
                await self.happen(SpeechStarted, start_ms=self.now - 20)
            self.speech.append(frame)
            self.quiet = 0
        elif self.speech:
            self.quiet += 20
            if self.quiet >= self.toy.pause_ms:
                await self.understood()

    async def understood(self) -> None:
        heard = np.concatenate(self.speech)
        self.speech = []
        strongest = np.argmax(np.abs(np.fft.rfft(heard))) * 8000 / len(heard)
        phrase = next((words for hertz, words in PHRASES.items() if abs(hertz - strongest) < 50), None)
        phrase = self.toy.mishears.get(phrase or "", phrase)
        assert self.listen is not None
        known = {each.text for each in self.listen.phrases}
        end = self.now - self.quiet
        await self.happen(
            Heard,
            listen=self.listen.n,
            cause="phrase" if phrase in known else "rejected",
            phrase=phrase if phrase in known else None,
            text=phrase or "",
            confidence=1.0,
            start_ms=end - len(heard) // 8,
            end_ms=end,
        )

    async def say(self) -> None:
        if self.playing is None:
            return
        play, samples, at = self.playing
        if at == 0:
            for observer in self.call.observers:
                observer.speaking(play.prompt, self.now)
        self.call.line.play(samples[at : at + FRAME_SAMPLES])
        at += FRAME_SAMPLES
        self.playing = (play, samples, at)
        if at >= len(samples):
            self.playing = None
            await self.happen(Played, effect=play.n, completed=True, played_ms=at // 8)

    async def cut(self, why: str) -> None:
        if self.playing is not None and self.playing[0].bargein == "speech":
            play, _, at = self.playing
            self.playing = None
            await self.happen(Played, effect=play.n, completed=False, played_ms=at // 8, stopped_by=why)

    async def happen(self, kind: type[Any], **fields: Any) -> None:
        event = kind(
            clinic="toy",
            call="c",
            seq=self.seq,
            at_utc=self.call.now.ms + self.now,
            audio_ms=self.now,
            **fields,
        )
        self.seq += 1
        effects: list[Effect] = self.session.handle(event)
        if self.toy.pages_on_reason and any(isinstance(e, Play) and e.prompt == "reason" for e in effects):
            page = Escalate(call="c", n=99, disposition=Disposition.D2, state="reason", question="")
            effects = [*effects, page]
        for observer in self.call.observers:
            observer.happened(event, effects, self.now)
        for effect in effects:
            await self.perform(effect)

    async def perform(self, effect: Effect) -> None:
        match effect:
            case Answer():
                await self.call.line.answer()
            case Play():
                sound = silence(self.toy.prompt_ms) if self.toy.silent_prompts else tone(600, self.toy.prompt_ms)
                sound = self.toy.sounds.get(effect.prompt, sound)
                self.playing = (effect, sound, 0)
            case Listen():
                self.listen = effect
            case StartTimer():
                self.timers[effect.timer] = self.now + effect.ms
            case CancelTimer():
                self.timers.pop(effect.timer, None)
            case AskHistory():
                await self.happen(HistoryFound, timed_out=False)
            case Escalate(n=number):
                if number != 99:
                    await self.happen(EscalationChanged, status="recorded", effect=number)
            case _:
                await self.finish(effect)

    async def finish(self, effect: Effect) -> None:
        if isinstance(effect, Close):
            self.ended = effect.disposition
        if isinstance(effect, HangUp) and not self.toy.never_hangs_up:
            await self.call.line.hang_up()


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    folder = tmp_path / "audio"
    folder.mkdir()
    for name, hertz in (("yes", YES_HZ), ("no", NO_HZ), ("worried", WORRIED_HZ)):
        write_wav(folder / f"{name}.wav", np.concatenate([silence(50), tone(hertz, 500), silence(100)]))
    write_wav(folder / "nothing.wav", silence(500))
    return Recordings(folder)


@pytest.fixture
def stage(flow: Flow, toy: Toy, recordings: Recordings, tmp_path: Path) -> Stage:
    return Stage(flow=flow, recordings=recordings, take=toy, folder=tmp_path / "report")
