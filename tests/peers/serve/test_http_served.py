"""A carrier and a PBX call a line that is served as a user serves it, over HTTP: recorded callers are understood.

Three call at the same time: one over a media stream and one over AudioSocket, both heard by the recogniser; one
who presses a key on a stream that breaks. Beside them come requests that nobody should send.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from tests.peers.carried import ACCOUNT, PUBLIC, TOKEN
from tests.peers.serve.chromium import chromium
from tests.peers.serve.house import NUMBER, ROOT, records_of, served, settings_in, until

from nightbell.audio.frame import RATE
from nightbell.audio.wav import read_wav, write_wav
from nightbell.call.effects import Close, Escalate, Listen, RingBack
from nightbell.call.events import CallStarted, Heard, HungUp, KeyPressed, LineMeasured
from nightbell.cli.served_line import Line
from nightbell.line.audio_socket.pbx import connect, register
from nightbell.line.media_stream.carrier import CarriedCall, Carrier, Stream
from nightbell.records.database import read_records
from nightbell.records.port import Entry

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.audio, pytest.mark.timeout(400)]

WORRIED: Final = "+447700900123"
KEYING: Final = "+447700900124"
AT_A_PBX: Final = "+447700900125"
ASKED: Final = "+447700900126"
KEY: Final = "a-key-of-the-tests"
SPEAKS_AT_S: Final = 2
"""Into the emergency words: they are not cut, but what is said counts (rule 11)."""
CAPTIONS: Final = "document.getElementById('captions').innerText"
HANDSET: Final = "document.getElementById('handset').dataset.state"
SAYS: Final = {WORRIED: ("flag-breathing-plain", "breathe"), AT_A_PBX: ("flag-chest-pain", "chest")}
"""Recording, and a word that must be heard."""
HTTP: Final = {
    "NIGHTBELL_HTTP__LISTEN": "127.0.0.1:0",
    "NIGHTBELL_HTTP__PUBLIC_URL": PUBLIC,
    "NIGHTBELL_HTTP__TWILIO__ACCOUNT": ACCOUNT,
    "NIGHTBELL_HTTP__TWILIO__TOKEN": TOKEN,
    "NIGHTBELL_HTTP__PBX__AUDIOSOCKET": "127.0.0.1:0",
    "NIGHTBELL_HTTP__PBX__KEY": KEY,
    "NIGHTBELL_HTTP__PHONE__KEY": KEY,
}


class Served:
    """One line for all tests here, a carrier that knows it, and its records."""

    def __init__(self, line: Line, carrier: Carrier, here: str, folder: Path) -> None:
        self.line, self.carrier, self.here, self._folder = line, carrier, here, folder

    async def call(self, caller: str) -> tuple[Stream, CarriedCall, asyncio.Task[None]]:
        call = self.carrier.call(caller, NUMBER)
        stream = await call.stream()
        return stream, call, asyncio.create_task(stream.talk())

    async def callers(self) -> list[str]:
        """Return who called, as the records have it; "" is withheld, as every call from a browser."""
        return [one.caller or "" for one in await records_of(self._folder)]

    async def journal(self, caller: str) -> Sequence[Entry]:
        """Return what happened in a caller's call, once it is closed."""
        async with read_records(settings_in(self._folder).records_url) as records:

            async def closed() -> Any:
                return next((one for one in await records.calls() if one.caller == caller and one.closed), None)

            await until(closed)
            return await records.journal((await closed()).call)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    numbers = [word for one in (WORRIED, KEYING, AT_A_PBX, ASKED) for word in ("--test-number", one)]
    async with served(folder, options=numbers, environment=HTTP) as (line, _), aiohttp.ClientSession() as session:
        here = f"http://{(await line.told())['children']['calls']['http']}"
        yield Served(line, Carrier(session, here, PUBLIC, token=TOKEN, account=ACCOUNT), here, folder)


def of(kind: type[Any], journal: Sequence[Entry]) -> list[Any]:
    return [entry.event for entry in journal if isinstance(entry.event, kind)]


async def worried(clinic: Served) -> None:
    stream, _, talking = await clinic.call(WORRIED)
    stream.say(np.zeros(RATE * SPEAKS_AT_S, np.int16))
    stream.say(read_wav(ROOT / "audio" / f"{SAYS[WORRIED][0]}.wav"))
    stream.say(np.zeros(RATE * 3, np.int16))
    await until(lambda: _true(not stream.said), limit_s=90)
    await stream.hang_up()
    await talking
    spoken = np.abs(stream.recording().astype(int)) > 500
    assert np.count_nonzero(spoken) > RATE  # the caller heard the emergency words


async def at_a_pbx(clinic: Served) -> None:
    """Say what is wrong over a connection that breaks, and is not taken up again."""
    told = (await clinic.line.told())["children"]["calls"]
    status, name = await register(clinic.carrier.session, clinic.here, KEY, caller=AT_A_PBX, called=NUMBER)
    assert status == 200
    call = await connect(told["audiosocket"], UUID(name))
    talking = asyncio.create_task(call.talk())
    call.say(np.zeros(RATE * SPEAKS_AT_S, np.int16))
    call.say(read_wav(ROOT / "audio" / f"{SAYS[AT_A_PBX][0]}.wav"))
    call.say(np.zeros(RATE * 3, np.int16))
    await until(lambda: _true(not call.said), limit_s=90)
    call.writer.transport.abort()  # the connection breaks
    await talking
    assert np.count_nonzero(np.abs(call.recording().astype(int)) > 500) > RATE
    again = await connect(told["audiosocket"], UUID(name))  # and the PBX dials with the id that it has
    await again.talk_to_the_end()
    assert again.hung_up


async def keying(clinic: Served) -> None:
    """Press 9 on a stream that breaks and comes again."""
    stream, call, talking = await clinic.call(KEYING)
    await until(lambda: _true(np.abs(stream.recording().astype(int)).max(initial=0) > 500))
    await stream.socket.close()
    await talking
    again = await call.stream("/twilio/after")
    talking = asyncio.create_task(again.talk())
    await again.press("9")
    await until(lambda: _true(again.clears))  # the emergency words are cut at the carrier too
    await until(lambda: _true(len(again.came_s) > 20))
    await again.hang_up()
    await talking


async def nuisance(clinic: Served) -> None:
    """Send what nobody should, while the others call."""
    session, here = clinic.carrier.session, clinic.here
    async with session.post(here + "/twilio/voice", data={"CallSid": "CA1", "To": NUMBER}) as answer:
        assert answer.status == 403
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers
    async with session.post(here + "/twilio/voice", data=b"x" * 100_000) as answer:
        assert answer.status == 413
    async with session.get(here + "/nothing") as answer:
        assert answer.status == 404
    found, body = await clinic.carrier.call(WORRIED, "+442079460999").ask("/twilio/voice")
    assert found == 200
    assert "<Reject />" in body


async def _true(value: object) -> object:
    return value


def _understood(spoken: Sequence[Entry], kind: str, word: str) -> None:
    (heard,) = (entry for entry in spoken if isinstance(entry.event, Heard))
    assert isinstance(heard.event, Heard)
    assert word in (heard.event.open_text or "")
    assert [effect.state for effect in heard.effects if isinstance(effect, Escalate)] == ["opening"]
    (measured,) = of(LineMeasured, spoken)
    assert measured.received > 50 * SPEAKS_AT_S
    assert measured.loss < 0.02
    assert (measured.round_trip_ms is not None) == (kind == "media_stream")
    assert [event.line for event in of(CallStarted, spoken)] == [kind]


async def test_callers_over_a_media_stream_are_understood_and_kept(clinic: Served) -> None:
    await asyncio.gather(worried(clinic), at_a_pbx(clinic), keying(clinic), nuisance(clinic))
    for caller, kind in ((WORRIED, "media_stream"), (AT_A_PBX, "audiosocket")):
        _understood(await clinic.journal(caller), kind, SAYS[caller][1])
    broken = await clinic.journal(AT_A_PBX)
    (gone,) = (entry for entry in broken if isinstance(entry.event, HungUp))
    assert [effect.times for effect in gone.effects if isinstance(effect, RingBack)] == [3]
    assert (await clinic.callers()).count(AT_A_PBX) == 1
    keyed = await clinic.journal(KEYING)
    assert [(event.key, event.source) for event in of(KeyPressed, keyed)] == [("9", "event")]
    pressed = next(entry for entry in keyed if isinstance(entry.event, KeyPressed))
    assert [effect.state for effect in pressed.effects if isinstance(effect, Listen)] == ["emergency"]
    assert [event.by for event in of(HungUp, keyed)] == ["caller"]
    held = (await clinic.line.told())["children"]["calls"]
    assert (held["calls"], held["held"]["legs"]) == (0, 0)


@pytest.mark.peers("chromium")
async def test_a_real_browser_is_heard_presses_keys_and_reads_along_and_nothing_is_kept(
    clinic: Served, tmp_path: Path
) -> None:
    before, after = (np.zeros(RATE * seconds, np.int16) for seconds in (SPEAKS_AT_S, 30))
    words = read_wav(ROOT / "audio" / "flag-breathing-plain.wav")
    write_wav(tmp_path / "microphone.wav", np.concatenate([before, words, after]))
    async with clinic.carrier.session.get(f"{clinic.here}/phone?key=wrong") as answer:
        assert answer.status == 403
    async with clinic.carrier.session.get(f"{clinic.here}/metrics") as answer:
        assert (answer.status, "nightbell_calls_live 0.0" in await answer.text()) == (200, True)
    async with clinic.carrier.session.get(f"{clinic.here}/metrics", headers={"Via": "1.1 proxy"}) as answer:
        assert answer.status == 403
    page = f"{clinic.here}/phone?key={KEY}"
    async with chromium(page, tmp_path / "browser", tmp_path / "microphone.wav") as browser:
        await browser.show()
        await browser.until("document.querySelector('#map svg') !== null", 60)
        await browser.run("document.getElementById('call').click()")
        await browser.until(f"{CAPTIONS}.includes('Clinic')")
        await browser.until(f"{CAPTIONS}.includes('breathe properly') && {CAPTIONS}.includes('paged now')")
        await browser.until(f"{HANDSET} === 'ringing'")
        await browser.run("document.querySelector('[data-key=\"9\"]').click()")
        await browser.until(f"{CAPTIONS}.includes('You: key 9') && {CAPTIONS}.includes('Place: emergency')")
        await browser.until("document.querySelector('#map .here title')?.textContent === 'state:emergency'")
        assert await browser.run("document.getElementById('steps').innerText.startsWith('opening')")
        await browser.picture(tmp_path / "phone.png")
        await browser.run("document.getElementById('down').click()")
        await browser.until("document.getElementById('state').textContent === 'The call is over.'")
        assert await browser.run(HANDSET) == "idle"
        assert browser.faults == []
    assert "" not in await clinic.callers()


async def test_a_call_by_requests_goes_on_in_the_process_after_one_that_was_killed(clinic: Served) -> None:
    call = clinic.carrier.call(ASKED, NUMBER)
    status, first = await call.ask("/twilio/call")
    assert status == 200
    sound, following = (re.search(f'{PUBLIC}(/twilio/{part}[^<"]+)', first) for part in ("sound", "call/next"))
    assert sound is not None
    assert following is not None
    async with clinic.carrier.session.get(clinic.here + sound[1]) as answer:
        words = read_wav(await answer.read())
    assert len(words) > 5 * RATE
    assert np.abs(words.astype(int)).max() > 5000  # the emergency words, as they are rendered for every line
    told = (await clinic.line.told())["children"]["calls"]
    os.kill(told["pid"], signal.SIGKILL)

    async def again() -> Any:
        child = (await clinic.line.told())["children"].get("calls", {})
        return child.get("http") if child.get("pid") != told["pid"] else None

    await until(again, limit_s=60)
    carrier = Carrier(clinic.carrier.session, f"http://{await again()}", PUBLIC, token=TOKEN, account=ACCOUNT)
    status, text = await carrier.post(following[1], call.form | {"Digits": "9"})
    assert (status, "<Gather" in text, "/twilio/call/next/" in text) == (200, True, True)
    assert (await carrier.post(following[1], call.form | {"Digits": "9"})) == (status, text)
    assert (await carrier.post("/twilio/call/status", call.form | {"CallStatus": "completed"}))[0] == 204
    figures = await clinic.line.metrics()
    assert 'nightbell_request_calls_ended_total{by="caller",disposition="D0"} 1.0' in figures
    assert 'nightbell_requests_total{kind="next",verdict="answered"} 2.0' in figures
    assert "nightbell_request_calls_live 0.0" in figures
    journal = await clinic.journal(ASKED)
    assert [event.key for event in of(KeyPressed, journal)] == ["9"]
    assert [event.by for event in of(HungUp, journal)] == ["caller"]
    effects = [effect for entry in journal for effect in entry.effects]
    assert [effect.disposition.value for effect in effects if isinstance(effect, Close)] == ["D0"]
    assert [effect.question for effect in effects if isinstance(effect, Escalate)] == ["key_9"]
