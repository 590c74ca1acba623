"""Recognisers killed, hung or raising in the middle of a word, two calls side by side; real ones, real audio.

The struck call either hears the same utterance with a fresh decoder, or says that it takes keys and goes on with
them; without a key it comes to a person. The call beside it never notices.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.faults.stage import Watch, nightbell_in, settings_in

from nightbell.bootstrap import hearing
from nightbell.bootstrap.nightbell import Nightbell
from nightbell.call.effects import Effect, Escalate
from nightbell.call.events import EarsFailed, Event, Heard, SpeechStarted
from nightbell.conversation.clock import AudioClock, SystemClock
from nightbell.flow.model import Flow
from nightbell.rehearsal.port import Ended, IncomingCall
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import CallResult, Stage, rehearse_all
from nightbell.rehearsal.script import Answer, Expect, Fakes, Script
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.settings import load_settings
from nightbell.speech import moonshine
from nightbell.speech.decoder_process import DecoderHost
from nightbell.speech.moonshine import MoonshineRecogniser
from nightbell.speech.vosk import VoskRecogniser, VoskStream
from nightbell.terms.disposition import Disposition
from nightbell.terms.phrase import Phrase
from nightbell.testing.flows import small_flow

pytestmark = [pytest.mark.audio, pytest.mark.asyncio]

AUDIO = Path(__file__).parents[2] / "audio"
_CALL: ContextVar[str] = ContextVar("call")
_HANG_S = 5.0
"""A decoder that is busy on a slow machine must not be taken for one that hangs: the call beside was, at 1 s."""
_HANG_PACED_S = 2.0
"""The shipped limit of a live line, on which every second of waiting is heard."""


def script(name: str, disposition: Disposition, **answers: Answer | tuple[Answer, ...]) -> Script:
    """Return a call script; places are written with two underscores for the point."""
    given = tuple(
        (place.replace("__", "."), answer if isinstance(answer, tuple) else (answer,))
        for place, answer in answers.items()
    )
    return Script(
        name=name,
        about=name,
        file="",
        caller="+447700900123",
        expect=Expect(disposition=disposition),
        answers=given,
        fakes=Fakes(acknowledged_after_ms=3000),
        limit_ms=120_000,
    )


PAIN = script(
    "struck",
    Disposition.D1,
    reason=Answer(say="worried-emma"),
    screen__sight=Answer(say="no-emma"),
    screen__pain=Answer(say="yes-emma", pause_ms=2000),  # sooner, a yes corrects the no before it
)
KEYS_AFTER = script(
    "struck",
    Disposition.D1,
    reason=(Answer(say="worried-emma"), Answer(press="1")),
    screen__sight=Answer(press="2"),
    screen__pain=Answer(press="1"),
)
VOICE_ALONE = script(
    "struck", Disposition.D0, reason=Answer(say="worried-emma"), screen__sight=Answer(say="no-it-hasnt-emma")
)
FLAG = script("struck", Disposition.D1, reason=Answer(say="flag-white-lip-plain"), screen__sight=Answer(press="2"))
FLAG_KEYS = script(
    "struck",
    Disposition.D1,
    reason=(Answer(say="flag-white-lip-plain"), Answer(press="1")),
    screen__sight=Answer(press="2"),
    screen__pain=Answer(press="1"),
)
BOOKING = script(
    "beside",
    Disposition.D5,
    reason=Answer(say="appointments-george"),
    before=Answer(say="no-george"),
    message=Answer(say="message-book-bella"),
)


@dataclass
class Strike:
    """What is done to the recognisers of the call named ``struck``, from its first word on."""

    once: Callable[[Strike], None] | None = None
    """Done when the caller is first heard to speak."""
    each: Callable[[VoskRecogniser], Any] | None = None
    """Done to every decoder that is opened from then on."""
    begun: bool = False
    closed: dict[str, VoskRecogniser] = field(default_factory=dict)
    night: Nightbell | None = None
    watches: dict[str, Watch] = field(default_factory=dict)

    @property
    def host(self) -> DecoderHost:
        assert self.night is not None
        assert self.night._host is not None
        return self.night._host

    @property
    def open_(self) -> MoonshineRecogniser:
        assert self.night is not None
        assert isinstance(self.night._open, MoonshineRecogniser)
        return self.night._open

    def decoder(self, number: signal.Signals, *, must: bool = True) -> None:
        """Signal the decoder of the struck call; on a paced line it may not have been opened yet."""
        pid = self.closed["struck"].pid
        assert pid is not None or not must, "there was no decoder to strike"
        if pid is not None:
            os.kill(pid, number)

    def worker(self, number: signal.Signals) -> None:
        """Signal the transcriber."""
        (pid,) = self.open_.pids
        os.kill(pid, number)

    def whole_host(self, number: signal.Signals) -> None:
        """Signal the process that holds the model."""
        assert self.host.pid is not None
        os.kill(self.host.pid, number)


@dataclass
class Striker:
    """An observer that strikes when the caller has begun to speak."""

    strike: Strike

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        if isinstance(event, SpeechStarted) and not self.strike.begun:
            self.strike.begun = True
            if self.strike.once is not None:
                self.strike.once(self.strike)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        pass


@asynccontextmanager
async def struck(
    strike: Strike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, hang_s: float = _HANG_S
) -> AsyncIterator[Nightbell]:
    """Open a Nightbell with the real models, whose recognisers ``strike`` can find."""

    class Known(VoskRecogniser):
        def __init__(self, host: DecoderHost) -> None:
            super().__init__(host)
            self.call = _CALL.get()
            strike.closed[self.call] = self

        async def open(self, phrases: Sequence[Phrase]) -> VoskStream:
            stream = await super().open(phrases)
            if strike.begun and strike.each is not None and self.call == "struck":
                done = strike.each(self)
                if done is not None:
                    await done
            return stream

    monkeypatch.setattr(hearing, "VoskRecogniser", Known)
    settings = settings_in(tmp_path / "data", tmp_path / "spill", models=load_settings().models_dir)
    settings = settings.model_copy(
        update={"decode_limit_ms": round(hang_s * 1000), "closed_decode_limit_ms": round(hang_s * 1000)}
    )
    async with nightbell_in(settings, small_flow(), monkeypatch) as night:
        assert night.hears
        strike.night = night
        await strike.open_.transcribe(np.zeros(800, dtype=np.int16))
        yield night


async def take_both(
    night: Nightbell, strike: Strike, scripts: Sequence[Script], tmp_path: Path, *, paced: bool = False
) -> dict[str, CallResult]:
    """Take calls side by side; return what came of each by its name."""
    flow: Flow = small_flow()

    async def take(call: IncomingCall) -> Ended:
        _CALL.set(call.id)
        return await night.take(
            call.line,
            call.flow,
            call=call.id,
            clock=SystemClock() if paced else AudioClock(call.now),
            world=ScriptedWorld(night.world_of(flow), call.fakes),
            observers=call.observers,
            keep_audio=False,
        )

    def watch(script: Script) -> Sequence[Any]:
        strike.watches[script.name] = Watch()
        return (strike.watches[script.name], *((Striker(strike),) if script.name == "struck" else ()))

    stage = Stage(
        flow=flow,
        recordings=Recordings(AUDIO),
        take=take,
        folder=tmp_path / "report",
        paced=paced,
        watch=watch,
        wall_limit_s=60,
    )
    results = await rehearse_all(scripts, stage, jobs=len(scripts))
    return {result.script.name: result for result in results}


def assert_beside_is_well(results: dict[str, CallResult], strike: Strike) -> None:
    beside, watch = results["beside"], strike.watches["beside"]
    assert beside.passed, beside.failures
    assert not [event for event in watch.events if isinstance(event, EarsFailed)]
    assert phrases(watch)[:2] == ["appointments", "no"], "the call beside was to be decided by voice"


def phrases(watch: Watch) -> list[str]:
    return [event.phrase for event in watch.events if isinstance(event, Heard) and event.phrase]


def deaf(watch: Watch) -> list[str]:
    return [event.reason for event in watch.events if isinstance(event, EarsFailed)]


ONCE: dict[str, Callable[[Strike], None]] = {
    "decoder killed": lambda strike: strike.decoder(signal.SIGKILL),
    "decoder stopped": lambda strike: strike.decoder(signal.SIGSTOP),
    "host killed": lambda strike: strike.whole_host(signal.SIGKILL),
}


@pytest.mark.parametrize("what", ONCE)
async def test_a_decoder_lost_in_mid_word_is_replaced_and_the_word_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    strike = Strike(once=ONCE[what])
    async with struck(strike, tmp_path, monkeypatch) as night:
        results = await take_both(night, strike, (PAIN, BOOKING), tmp_path)
        assert strike.host.starts == (2 if what == "host killed" else 1)
    watch = strike.watches["struck"]
    assert strike.begun
    assert deaf(watch) == []
    assert phrases(watch)[0] == "worried"
    assert results["struck"].passed, results["struck"].failures
    assert_beside_is_well(results, strike)


async def _raise(recogniser: VoskRecogniser) -> None:
    """Send the decoder half a sample: it raises."""
    assert recogniser._link is not None
    await recogniser._link.ask({"kind": "feed"}, b"\0", limit_s=2.0)


def _signal(number: signal.Signals, recogniser: VoskRecogniser) -> None:
    assert recogniser.pid is not None
    os.kill(recogniser.pid, number)


EACH: dict[str, tuple[str, Callable[[VoskRecogniser], Any]]] = {
    "killed": ("died", partial(_signal, signal.SIGKILL)),
    "stopped": ("hung", partial(_signal, signal.SIGSTOP)),
    "raising": ("raised", _raise),
}


@pytest.mark.parametrize(
    ("what", "paced"), [("killed", False), ("stopped", False), ("raising", False), ("stopped", True)]
)
async def test_decoders_lost_one_after_another_leave_the_call_on_keys_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, *, paced: bool
) -> None:
    reason, each = EACH[what]
    strike = Strike(once=lambda strike: strike.decoder(signal.SIGKILL, must=False), each=each)
    async with struck(strike, tmp_path, monkeypatch, hang_s=_HANG_PACED_S if paced else _HANG_S) as night:
        results = await take_both(night, strike, (KEYS_AFTER, BOOKING), tmp_path, paced=paced)
    watch = strike.watches["struck"]
    assert deaf(watch) == [reason]
    assert "reason.keys_only" in watch.spoken
    assert results["struck"].disposition is Disposition.D1
    assert [effect.disposition for effect in watch.effects if isinstance(effect, Escalate)] == [Disposition.D1]
    assert_beside_is_well(results, strike)


async def test_a_caller_who_presses_nothing_on_a_deaf_line_comes_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strike = Strike(once=lambda strike: strike.decoder(signal.SIGKILL, must=False), each=EACH["killed"][1])
    async with struck(strike, tmp_path, monkeypatch) as night:
        results = await take_both(night, strike, (VOICE_ALONE, BOOKING), tmp_path)
    watch = strike.watches["struck"]
    assert deaf(watch) == ["died"]
    assert "reason.keys_only" in watch.spoken
    assert [effect for effect in watch.effects if isinstance(effect, Escalate)], "nobody was paged"
    assert watch.spoken.index("emergency") > watch.spoken.index("reason.keys_only")
    assert results["struck"].disposition is not None
    assert results["struck"].disposition.at_least(Disposition.D1)
    assert_beside_is_well(results, strike)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_a_transcriber_lost_in_mid_word_is_replaced_and_the_red_flag_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    strike = Strike(once=lambda strike: strike.worker(number))
    async with struck(strike, tmp_path, monkeypatch) as night:
        (before,) = strike.open_.pids
        results = await take_both(night, strike, (FLAG, BOOKING), tmp_path)
        assert strike.open_.pids != (before,)
    watch = strike.watches["struck"]
    assert deaf(watch) == []
    assert [page.row for page in watch.effects if isinstance(page, Escalate)][:1] == ["3"]
    assert results["struck"].passed, results["struck"].failures
    assert_beside_is_well(results, strike)


async def test_transcribers_lost_one_after_another_leave_the_call_on_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = moonshine._Worker._start

    async def stopped(worker: moonshine._Worker) -> None:
        await start(worker)
        if strike.begun:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGSTOP)

    monkeypatch.setattr(moonshine._Worker, "_start", stopped)
    strike = Strike(once=lambda strike: strike.worker(signal.SIGSTOP))
    async with struck(strike, tmp_path, monkeypatch, hang_s=1.0) as night:  # no call beside it to be wronged
        (result,) = (await take_both(night, strike, (FLAG_KEYS,), tmp_path)).values()
    watch = strike.watches["struck"]
    assert deaf(watch) == ["hung"]
    assert "reason.keys_only" in watch.spoken
    assert result.disposition is Disposition.D1


async def test_a_host_that_hangs_is_left_to_the_calls_it_serves_and_replaced_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def both(strike: Strike) -> None:
        strike.whole_host(signal.SIGSTOP)
        strike.decoder(signal.SIGKILL)

    strike = Strike(once=both)
    async with struck(strike, tmp_path, monkeypatch) as night:
        hung = strike.host.pid
        results = await take_both(night, strike, (KEYS_AFTER, BOOKING), tmp_path)
        (after,) = (await take_both(night, strike, (replace(BOOKING, name="after"),), tmp_path)).values()
        assert strike.host.starts == 2
    assert hung is not None
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    assert deaf(strike.watches["struck"]) == ["hung"], "its decoder was killed, and no other was to be had"
    assert results["struck"].disposition is Disposition.D1
    assert_beside_is_well(results, strike)
    assert after.passed, after.failures
    assert deaf(strike.watches["after"]) == []
