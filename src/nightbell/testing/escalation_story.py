"""EscalationStory: a patient with a white lip, three clinicians, one line, all of it real SIP on loopback.

The first clinician lets it ring, the second's voicemail picks up and is no acknowledgement, the third presses 1
and is connected. The same story is `scripts/demo escalation` and a test.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.audio.wav import read_wav
from nightbell.bootstrap.caller import Caller, open_caller
from nightbell.cli.over import Over, Placing, Secrets, open_place
from nightbell.cli.served_line import Line, serve_line
from nightbell.flow.load import load_flow
from nightbell.records.database import read_records
from nightbell.records.port import CallRecord
from nightbell.records.story import Judged, tell
from nightbell.rehearsal.telephone import Phone
from nightbell.settings import Settings
from nightbell.testing.handsets import Handsets, answers, open_handsets, rings, tone, tone_share

__all__ = ["FIRST", "PATIENT", "PEOPLE", "SECOND", "THIRD", "Night", "Patient", "play", "story_line"]

NUMBER: Final = "+442079460142"
PATIENT: Final = "+447700900101"
FIRST, SECOND, THIRD = "900701", "900702", "900703"
PATIENT_HZ, CLINICIAN_HZ = 1130.0, 710.0
PEOPLE: Final = """\
people:
  anna: {name: Anna Brightwater, mobile: "+447700900701"}
  ben: {name: Ben Harrowgate, mobile: "+447700900702"}
  chloe: {name: Chloe Wrenfield, mobile: "+447700900703"}
rotations:
  one: {kind: daily, people: [anna], hand_over: "12:00", starts: 2026-11-01}
  two: {kind: daily, people: [ben], hand_over: "12:00", starts: 2026-11-01}
layers: {first: one, second: two}
"""
"""Three people, of whom two are on call every night: how an oncall.yaml begins."""
_ONCALL: Final = f"""\
{PEOPLE}last_resort: [chloe]
ladders:
  D0: [first 5s, second 8s, last_resort 45s]
  D1: [first 5s, second 8s, last_resort 45s]
"""
_ACCOUNT, _PASSWORD = "clinic-4711", "between-two-lines"
"""What the trunk that leads to the clinicians asks for."""
_SILENT_TICKS: Final = 60
"""Silence of 1.2 s after words: a question was asked."""
_LOUD: Final = 500
_TALK_S: Final = 4.0
_UP_S: Final = 300.0
"""Longest until the line is up on a machine that is busy with other tests: the flow is proved anew."""


@dataclass(slots=True)
class Patient:
    """The caller: says the flag at the first question, answers the next ones by key, and then holds."""

    telephone: Phone
    flag: Samples
    keys: list[str]
    heard: list[Samples] = field(default_factory=list)
    talking: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when they are connected: a tone goes out instead of words."""

    async def run(self) -> None:
        """Take the call to its end."""
        spoken, silent, saying, at = False, 0, np.zeros(0, np.int16), 0
        own, flagged = tone(PATIENT_HZ), False
        async for tick in self.telephone.ticks():
            self.heard.append(tick.frame.copy())
            loud = bool(np.abs(tick.frame.astype(int)).max() > _LOUD)
            spoken, silent = spoken or loud, 0 if loud else silent + 1
            if self.talking.is_set() and saying is not own:
                saying, at = own, 0
            elif spoken and silent == _SILENT_TICKS:
                spoken = False
                if not flagged:
                    saying, at, flagged = self.flag, 0, True
                elif self.keys:
                    self.telephone.press(self.keys.pop(0))
            frame = saying[at : at + FRAME_SAMPLES]
            at += FRAME_SAMPLES
            if saying is own:
                at %= len(own)
            self.telephone.play(frame if len(frame) == FRAME_SAMPLES else np.zeros(FRAME_SAMPLES, np.int16))

    @property
    def sound(self) -> Samples:
        """All that they heard."""
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)


@dataclass(slots=True, kw_only=True)
class Night:
    """One line, its clinicians' telephones and a patient's."""

    folder: Path
    settings: Settings
    line: Line
    handsets: Handsets
    caller: Caller
    place: Placing
    """Places the patient's call, over SIP or over a stream."""
    wire: list[bytes]
    """Every SIP message that the patient's side was sent."""

    async def patient(self, flag: Samples) -> Patient:
        """Have a patient call."""
        return Patient(await self.place(PATIENT, ""), flag, keys=["2", "1", "1"])

    async def record(self) -> CallRecord:
        """Return the newest call."""
        async with read_records(self.settings.records_url) as records:
            return (await records.calls(limit=1))[0]

    async def judged(self, call: str, within_s: float = 20.0) -> tuple[Judged, ...]:
        """Return what who was woken by a call said of it, once they did."""
        async with asyncio.timeout(within_s), read_records(self.settings.records_url) as records:
            while not (found := tell(await records.journal(call)).judged):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        return found

    def leaked(self) -> list[str]:
        """Return which clinicians' numbers the patient's side or a log was sent."""
        told = b"\n".join(self.wire).decode("utf-8", "replace") + self.line.log.read_text(encoding="utf-8")
        return [end for end in (FIRST, SECOND, THIRD) if end in re.sub(r"[\s\-]", "", told)]


@asynccontextmanager
async def story_line(
    folder: Path, clinic: Path, settings: Settings, *, over: Over = "sip"
) -> AsyncIterator[Night]:
    """Serve a copy of a clinic with a short ladder, duty beside it.

    Args:
        folder: for the copy, the records and the log.
        clinic: Rosewood's folder, with ``shared`` beside it.
        settings: where models and rendered prompts are.
        over: what carries the patient's call; the clinicians are rung over SIP.
    """
    known, options = Secrets(), ("--test-number", PATIENT)
    own = folder / "flows" / clinic.name
    await asyncio.to_thread(shutil.copytree, clinic, own)
    await asyncio.to_thread(shutil.copytree, clinic.parent / "shared", own.parent / "shared")
    (own / "oncall.yaml").write_text(_ONCALL, encoding="utf-8")
    changes = {"records": f"sqlite+aiosqlite:///{folder}/records.sqlite3", "spill_dir": folder / "spill"}
    changed = settings.model_copy(update=changes)
    does = {FIRST: rings, SECOND: answers(tone(440.0)), THIRD: answers(tone(CLINICIAN_HZ), key="1", then="2")}
    secret = folder / "trunk.secret"
    secret.write_text(f"{_PASSWORD}\n", encoding="utf-8")
    trunk = {"name": "handsets", "user": _ACCOUNT, "password_file": str(secret)}
    async with open_handsets(does, users={_ACCOUNT: _PASSWORD}) as handsets:
        out = {"NIGHTBELL_SIP__CALLS_OUT": handsets.address, "NIGHTBELL_SIP__TRUNKS": json.dumps([trunk])}
        out |= known.environment() if over != "sip" else {}
        async with (
            serve_line(
                [own], folder, settings=changed, environment=out, staged=False, up_s=_UP_S, options=options
            ) as line,
            open_caller(f"sip:{NUMBER}@{line.address}") as caller,
            _placing(over, line, own, known, caller) as place,
        ):
            wire: list[bytes] = []
            take = caller.agent.stack._take  # noqa: SLF001 - every byte that comes in

            def seen(data: bytes, peer: Any) -> None:
                wire.append(data)
                take(data, peer)

            caller.agent.stack._take = seen  # type: ignore[method-assign] # noqa: SLF001
            yield Night(
                folder=folder,
                settings=changed,
                line=line,
                handsets=handsets,
                caller=caller,
                place=place,
                wire=wire,
            )


@asynccontextmanager
async def _placing(over: Over, line: Line, clinic: Path, known: Secrets, caller: Caller) -> AsyncIterator[Placing]:
    if over == "sip":
        yield caller.place  # the one whose messages are looked at
        return
    standing = (await line.told())["children"]["calls"]
    async with open_place(over, line, await asyncio.to_thread(load_flow, clinic), known, standing) as place:
        yield place


async def play(night: Night, flag: Path, told: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Play the story; return what came of it.

    Args:
        night: the line.
        flag: recording of "my lip has gone white".
        told: given a sentence for each thing that happens.
    """
    began = time.monotonic()
    patient = await night.patient(read_wav(flag))
    told("a patient calls, and says that their lip has gone white")
    calling = asyncio.create_task(patient.run(), name="patient")
    try:
        for end, words in (
            (FIRST, "the first clinician's telephone rings; nobody picks it up"),
            (SECOND, "the second clinician's voicemail picks up and talks: that is nobody"),
            (THIRD, "the third clinician is rung, hears the reason"),
        ):
            await night.handsets.until(lambda end=end: bool(night.handsets.of(end)), seconds=60)  # type: ignore[misc]
            told(f"{time.monotonic() - began:4.0f} s  {words}")
        third = night.handsets.of(THIRD)[0]
        await night.handsets.until(lambda: "pressed 1" in third.events, seconds=30)
        patient.talking.set()
        told(f"{time.monotonic() - began:4.0f} s  the third clinician presses 1")
        await night.handsets.until(lambda: tone_share(third.sound[-20_000:], PATIENT_HZ) > 0.5, seconds=15)
        told(f"{time.monotonic() - began:4.0f} s  they are connected")
        await asyncio.wait({calling}, timeout=_TALK_S)
        others = [each.number for each in night.handsets.rung if each.events[-1:] in (["rings"], ["answered"])]
        await patient.telephone.hang_up()
        await asyncio.wait({calling}, timeout=10)
    finally:
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    await night.handsets.until(lambda: third.events[-1] == "over", seconds=10)
    async with asyncio.timeout(20):
        while not (record := await night.record()).closed:  # noqa: ASYNC110 - another process closes it
            await asyncio.sleep(0.1)
    judged = await night.judged(record.call)
    told(f"{time.monotonic() - began:4.0f} s  the patient has hung up; right to wake you? the clinician presses 2")
    return {
        "call": record.call,
        "right_to_wake": [each.right for each in judged],
        "rung": [each.number for each in night.handsets.rung],
        "disposition": str(record.disposition),
        "pages": [page.status for page in record.pages],
        "clinician_heard_patient": round(tone_share(third.sound, PATIENT_HZ), 3),
        "patient_heard_clinician": round(tone_share(patient.sound, CLINICIAN_HZ), 3),
        "still_ringing_at_the_key": others,
        "shown_to_clinicians": sorted({each.shown for each in night.handsets.rung}),
        "numbers_leaked": night.leaked(),
        "seconds": round(time.monotonic() - began, 1),
    }
