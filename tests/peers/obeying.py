"""A carrier that obeys TwiML: it plays, gathers, records and asks again, as its documents tell. Time is its own.

It signs with the carrier's own library (``twilio``: RequestValidator) and takes no TwiML that the library's models
could not have written. What it plays it fetches; a second of sound or silence is a second of a clock that the line
shares, so a whole call takes as long as its requests. A key outside a ``Gather`` or ``Record`` is lost, and once
it hears speech it hears no key.
"""

from __future__ import annotations

import inspect
import io
import re
import wave
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from xml.etree.ElementTree import Element, fromstring

import aiohttp
import numpy as np
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Dial, VoiceResponse

from nightbell.audio.frame import Samples
from nightbell.terms.instant import Instant

__all__ = ["ACCOUNT", "PUBLIC", "TOKEN", "Act", "Clock", "Obedient", "Script", "Taken", "Turn"]

PUBLIC: Final = "https://line.example.org"
ACCOUNT: Final = "AC0123456789abcdef"
TOKEN: Final = "a-token"
_WORD_MS: Final = 350
_MODELS: Final[Mapping[str, Any]] = {
    "Gather": VoiceResponse.gather,
    "Record": VoiceResponse.record,
    "Redirect": VoiceResponse.redirect,
    "Hangup": VoiceResponse.hangup,
    "Reject": VoiceResponse.reject,
    "Dial": VoiceResponse.dial,
    "Play": VoiceResponse.play,
    "Say": VoiceResponse.say,
    "Conference": Dial.conference,
}


class Clock:
    """The time of the carrier and of the line."""

    def __init__(self, start: Instant) -> None:
        self.now = start

    def at(self, audio_ms: int) -> Instant:
        del audio_ms
        return self.now

    def pass_ms(self, ms: float) -> None:
        self.now = self.now.plus(ms=int(ms))


@dataclass(frozen=True, slots=True)
class Act:
    """What a caller does at one prompt."""

    keys: str = ""
    say: str = ""
    confidence: float | None = 0.9
    after_ms: int | None = None
    """When, from the beginning of the prompt; None is once it is over."""
    hang_up: bool = False
    noise: bool = False
    """Something is taken for speech, and is none."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that the carrier was told to do, and what came of it."""

    verb: str
    attributes: Mapping[str, str]
    heard: str
    """The prompt that the caller heard, "" for none; the carrier's own voice is "say:WORDS"."""
    heard_ms: int
    sent: Mapping[str, str]
    spent_ms: int


Script = Callable[[str, "Taken"], Act | None]
"""What a caller does: given what is heard, and the call."""


@dataclass(slots=True)
class Taken:
    """One call."""

    sid: str
    fields: dict[str, str]
    turns: list[Turn] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Every request of a step: path, form, and the answer."""
    answer: str = ""
    ahead: deque[str] = field(default_factory=deque)
    """Keys that were pressed and not taken yet."""
    over: bool = False
    by: str = ""

    @property
    def heard(self) -> list[str]:
        """The prompts that were heard, in order."""
        return [turn.heard for turn in self.turns if turn.heard]


class Obedient:
    """The carrier of one number."""

    def __init__(
        self, session: aiohttp.ClientSession, here: str, clock: Clock, names: Callable[[Samples], str]
    ) -> None:
        """Take a line.

        Args:
            session: its owner closes it.
            here: where it really is: http://127.0.0.1:8070
            clock: everybody's.
            names: tells which prompt a sound is.
        """
        self.here = here
        self._session = session
        self._clock = clock
        self._names = names
        self._validator = RequestValidator(TOKEN)
        self._calls = 0
        self.tells: tuple[Literal["action", "status", "recorded"], ...] = ("action",)
        """What it tells of a caller who hangs up into a recording, in order."""
        self.broken: set[str] = set()
        """Prompts that this carrier cannot fetch."""

    def call(self, caller: str, called: str, *, name: str = "") -> Taken:
        """Have somebody ring; nobody was asked yet."""
        self._calls += 1
        sid = f"CA{self._calls:032x}"
        fields = {"AccountSid": ACCOUNT, "CallSid": sid, "From": caller, "To": called, "CallerName": name}
        return Taken(sid, fields | {"CallStatus": "in-progress", "Direction": "inbound"})

    async def post(self, path: str, form: Mapping[str, str], *, signature: str | None = None) -> tuple[int, str]:
        """Send a request, signed as the carrier's library signs."""
        good = self._validator.compute_signature(PUBLIC + path, dict(form))
        headers = {"X-Twilio-Signature": good if signature is None else signature}
        async with self._session.post(self.here + path, data=dict(form), headers=headers) as answer:
            return answer.status, await answer.text()

    async def ask(self, call: Taken, path: str, more: Mapping[str, str]) -> str:
        """Ask what comes next."""
        form = call.fields | dict(more)
        status, text = await self.post(path, form)
        assert status == 200, (status, text, path)
        call.answer = text
        call.asked.append((path, form, text))
        return text

    async def begin(self, call: Taken, path: str = "/twilio/call") -> None:
        """Announce a call."""
        await self.ask(call, path, {})

    async def run(self, call: Taken, script: Script, *, most: int = 200) -> Taken:
        """Take a call to its end, or to so many turns."""
        if not call.answer:
            await self.begin(call)
        for _ in range(most):
            if call.over:
                return call
            await self.step(call, script)
        raise AssertionError(f"no end after {most} turns: {call.heard}")

    async def run_one(self, call: Taken, script: Script) -> None:
        """Obey one answer; announce the call first."""
        if not call.answer:
            await self.begin(call)
        await self.step(call, script)

    async def step(self, call: Taken, script: Script) -> None:
        """Obey one answer."""
        verbs = list(_checked(call.answer))
        first = verbs[0]
        match first.tag:
            case "Hangup":
                call.over, call.by = True, "us"
            case "Reject":
                call.over, call.by = True, "rejected"
            case "Redirect":
                await self.ask(call, _path(first.text or ""), {})
            case "Gather":
                await self._gather(call, first, script)
            case "Record":
                await self._record(call, first, script)
            case "Dial":
                await self._turn(call, first, "conference:" + "".join(first.itertext()), 0, {}, 0)
            case _:
                raise AssertionError(first.tag)

    async def hang_up(self, call: Taken) -> None:
        """Have the caller go, and tell it."""
        call.over, call.by = True, "caller"
        status, _ = await self.post("/twilio/call/status", call.fields | {"CallStatus": "completed"})
        assert status == 204

    async def _gather(self, call: Taken, gather: Element, script: Script) -> None:
        heard, lasts_ms = await self._play(gather)
        told = gather.attrib
        assert told["actionOnEmptyResult"] == "true"
        act = None if call.ahead else script(heard, call)
        if act is not None and act.hang_up:
            if act.say and "partialResultCallback" in told:
                so_far = call.fields | {"UnstableSpeechResult": act.say, "SequenceNumber": "0"}
                status, _ = await self.post(_path(told["partialResultCallback"]), so_far)
                assert status == 204
            self._clock.pass_ms(lasts_ms if act.after_ms is None else act.after_ms)
            call.turns.append(Turn("Gather", dict(told), heard, lasts_ms, {}, lasts_ms))
            await self.hang_up(call)
            return
        at_ms = lasts_ms + 400 if act is None or act.after_ms is None else act.after_ms
        if call.ahead:
            at_ms = 200
        if act is not None:
            call.ahead.extend(act.keys)
        timeout_ms = int(told["timeout"]) * 1000
        sent: dict[str, str] = {}
        if call.ahead:
            sent, spent = self._keys(call, told, at_ms)
        elif act is not None and act.say and "speech" in told["input"].split():
            sent = {"SpeechResult": act.say}
            if act.confidence is not None:
                sent["Confidence"] = str(act.confidence)
            pause_s = int(told["speechTimeout"])
            spent = (
                at_ms + min(len(act.say.split()) * _WORD_MS, int(told["maxSpeechTime"]) * 1000) + pause_s * 1000
            )
        elif act is not None and act.noise and "speech" in told["input"].split():
            cuts = told["bargeIn"] == "true"
            spent = (at_ms if cuts else max(at_ms, lasts_ms)) + int(told["speechTimeout"]) * 1000
        else:
            spent = lasts_ms + timeout_ms
        await self._turn(call, gather, heard, min(spent, lasts_ms), sent, spent)

    def _keys(self, call: Taken, told: Mapping[str, str], at_ms: int) -> tuple[dict[str, str], int]:
        """Take keys until there are enough, one ends them, or nothing follows."""
        taken, most, finish = "", int(told.get("numDigits", 64)), told["finishOnKey"]
        while call.ahead and len(taken) < most:
            key = call.ahead.popleft()
            if key == finish and taken:
                return {"Digits": taken, "FinishedOnKey": key}, at_ms + 300 * len(taken)
            if key != finish:
                taken += key
        wait_ms = 0 if len(taken) >= most else int(told["timeout"]) * 1000
        return {"Digits": taken}, at_ms + 300 * (len(taken) - 1) + wait_ms

    async def _record(self, call: Taken, record: Element, script: Script) -> None:
        act = script("~record", call)
        told = record.attrib
        if act is None:
            await self._turn(call, record, "~record", 0, {}, int(told["timeout"]) * 1000)
            return
        spoken = len(act.say.split()) * _WORD_MS
        sent = {"RecordingDuration": str(spoken // 1000), "RecordingSid": "RE1", "RecordingUrl": f"{PUBLIC}/RE1"}
        if act.hang_up:
            self._clock.pass_ms(spoken)
            call.turns.append(Turn("Record", dict(told), "~record", 0, sent, spoken))
            await self._tell(call, told, sent)
            return
        if act.keys:
            assert act.keys[0] in told["finishOnKey"]
            sent["Digits"] = act.keys[0]
        else:
            spoken += int(told["timeout"]) * 1000
            sent["RecordingDuration"] = str(spoken // 1000)
        await self._turn(call, record, "~record", 0, sent, spoken)

    async def _tell(self, call: Taken, told: Mapping[str, str], sent: Mapping[str, str]) -> None:
        """Tell of a caller who hung up into a recording."""
        call.over, call.by = True, "caller"
        for what in self.tells:
            if what == "action":
                form = call.fields | dict(sent) | {"Digits": "hangup", "CallStatus": "completed"}
                status, text = await self.post(_path(told["action"]), form)
                assert (status, "<Hangup" in text) == (200, True)
            elif what == "status":
                await self.hang_up(call)
            else:
                assert "completed" in told["recordingStatusCallbackEvent"].split()
                ids = {name: call.fields[name] for name in ("AccountSid", "CallSid")}
                form = ids | dict(sent) | {"RecordingStatus": "completed"}
                assert (await self.post(_path(told["recordingStatusCallback"]), form))[0] == 204

    async def _turn(  # noqa: PLR0917
        self, call: Taken, verb: Element, heard: str, heard_ms: int, sent: dict[str, str], spent: int
    ) -> None:
        self._clock.pass_ms(spent)
        call.turns.append(Turn(verb.tag, dict(verb.attrib), heard, heard_ms, sent, spent))
        await self.ask(call, _path(verb.attrib["action"]), sent)

    async def _play(self, gather: Element) -> tuple[str, int]:
        heard, lasts_ms = "", 0
        for inner in gather:
            if inner.tag == "Say":
                heard, lasts_ms = f"say:{inner.text}", len((inner.text or "").split()) * _WORD_MS
                continue
            assert inner.tag == "Play"
            status, body = await self.fetch(inner.text or "")
            assert status == 200
            with wave.open(io.BytesIO(body)) as file:
                assert (file.getframerate(), file.getnchannels()) == (8000, 1)
                samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
            name = self._names(samples)
            if name not in self.broken:
                heard, lasts_ms = name, len(samples) // 8
        return heard, lasts_ms

    async def fetch(self, url: str) -> tuple[int, bytes]:
        """Fetch what is to be played."""
        async with self._session.get(self.here + _path(url)) as answer:
            return answer.status, await answer.read()


def _path(url: str) -> str:
    assert url.startswith(PUBLIC + "/"), url
    return url.removeprefix(PUBLIC)


def _checked(text: str) -> Element:
    """Read TwiML; every verb and attribute must be one that the carrier's own models know."""
    root = fromstring(text.encode())
    assert root.tag == "Response"
    for verb in root.iter():
        if verb is root:
            continue
        known = set(inspect.signature(_MODELS[verb.tag]).parameters)
        for name in verb.attrib:
            assert re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name) in known, (verb.tag, name)
    return root
