"""Softphones that others wrote call the line: they hear the prompts - a recogniser says so - and press keys."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from tests.peers.phones.softphones import Baresip, Linphone
from tests.peers.telephone import agent_at, engine_at
from tests.unit.conversation.test_conversation import Outside, Quiet, Watch

from nightbell.audio.edges import trim
from nightbell.audio.frame import Samples
from nightbell.audio.wav import read_wav
from nightbell.call.compile import compile_flow
from nightbell.call.events import HungUp, KeyPressed
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.conversation import Conversation
from nightbell.conversation.ears import Ears
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.speech.moonshine import MoonshineLimits, MoonshineRecogniser
from nightbell.terms.segment import Segment
from nightbell.testing.flows import small_flow
from nightbell.testing.records import MemoryRecords

AUDIO = Path(__file__).resolve().parents[3] / "audio"
PROMPTS = {"opening": "calm-parking", "reason": "calm-receipt", "screen.sight": "calm-voucher"}
"""Prompts of the flow that are spoken by people's recordings; others are a short silence."""
WORDS = ("the clinic", "receipt for last week", "voucher for my sister")
"""What of each must have been heard; of the first only its end: a phone may record a moment late."""


class Spoken:
    """Prompts whose words a recogniser can be asked for."""

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        name = PROMPTS.get(prompt)
        return trim(read_wav(AUDIO / f"{name}.wav")) if name else np.zeros(1600, dtype=np.int16)

    def safe_words(self) -> Samples:
        return np.zeros(1600, dtype=np.int16)


@dataclass
class Answering:
    """A line that takes calls with a real conversation."""

    engine: RtpEngine
    watch: Watch = field(default_factory=Watch)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def take(self, invitation: Invitation) -> None:
        """Take one call to its end."""
        flow, records = small_flow(), MemoryRecords()
        await records.store_flow(flow.clinic.name, flow.hash, "{}")
        conversation = Conversation(
            call="c1",
            plan=compile_flow(flow),
            line=SipLine(invitation, self.engine),
            ears=Ears(None, None, Quiet()),
            prompts=Spoken(),
            records=records,
            world=Outside(),
            clock=SystemClock(),
            observers=[self.watch],
        )
        await conversation.run()
        self.over.set()

    async def says(self, prompt: str) -> None:
        """Wait until a prompt begins."""
        await self._until(lambda: any(said == prompt for said, _ in self.watch.spoken))

    async def said(self, prompt: str) -> None:
        """Wait until a prompt was said to its end, and two frames more."""
        await self.says(prompt)
        begun = next(at for said, at in self.watch.spoken if said == prompt)
        length = len(trim(read_wav(AUDIO / f"{PROMPTS[prompt]}.wav"))) // 8
        loop = asyncio.get_running_loop()
        until = loop.time() + length / 1000 + 0.3
        await self._until(lambda: loop.time() >= until)
        assert begun >= 0

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110 - what is waited for happens in another program
                await asyncio.sleep(0.02)


@asynccontextmanager
async def answering() -> AsyncIterator[Answering]:
    agent, engine = agent_at(), engine_at(30_000)
    found = Answering(engine)
    agent.on_invite = found.take
    await agent.start()
    found.port = agent.address()[1]
    try:
        yield found
    finally:
        await agent.close()
        engine.close()


@pytest.mark.asyncio
@pytest.mark.audio
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Baresip, marks=pytest.mark.peers("baresip")),
        pytest.param(Linphone, marks=pytest.mark.peers("linphonecsh")),
    ],
)
async def test_a_softphone_hears_the_prompts_and_its_keys_are_heard(
    make: type[Baresip | Linphone], tmp_path: Path
) -> None:
    phone = make(tmp_path)
    async with answering() as line:
        await phone.start()
        try:
            await phone.call(f"sip:clinic@127.0.0.1:{line.port}")
            await line.said("reason")
            await phone.press("1")
            await line.said("screen.sight")
            await phone.hang_up()
            async with asyncio.timeout(10):
                await line.over.wait()
        finally:
            await phone.stop()
    keys = [event.key for event in line.watch.events if isinstance(event, KeyPressed)]
    assert keys == ["1"]
    assert [event.by for event in line.watch.events if isinstance(event, HungUp)] == ["caller"]
    heard = await transcribed(phone.heard())
    for words in WORDS:
        assert words in heard


async def transcribed(samples: Samples) -> str:
    recogniser = MoonshineRecogniser(limits=MoonshineLimits(answer_s=40))  # a whole call at once
    try:
        return await recogniser.transcribe(samples)
    finally:
        with contextlib.suppress(TimeoutError):
            await recogniser.close()
