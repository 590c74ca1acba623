"""sipp calls a line that is served as a user serves it: keys as INFO, and a recorded caller who is understood.

Beside a live call every message of RFC 4475 is thrown at the same process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pytest
import pytest_asyncio
from tests.peers.serve.house import NUMBER, ROOT, heard_ms, served, settings_in, until
from tests.peers.sip.scenario import CALLER, LINE, ack, bye, expect, info, invite, pause, scenario, speak
from tests.peers.sip.sipping import run_sipp
from tests.unit.line.sip.torture import MESSAGES, request
from tests.unit.line.sip.wire import wire

from nightbell.audio.frame import RATE
from nightbell.audio.g711 import encode_mulaw
from nightbell.audio.wav import read_wav
from nightbell.bootstrap.caller import Caller
from nightbell.call.effects import Listen
from nightbell.call.events import Heard, HungUp, KeyPressed, LineMeasured
from nightbell.cli.served_line import Line
from nightbell.records.database import read_records
from nightbell.records.port import Entry

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.audio,
    pytest.mark.peers("sipp"),
    pytest.mark.timeout(400),
]

Kind = TypeVar("Kind")
ANSWERED: Final = (expect(100, optional=True), expect(200), ack())
AT_THE_MENU_S: Final = 17
"""When the caller speaks: the emergency words and the notice take 14.4 s, the menu is heard from then on."""
ROOM: Final = {"NIGHTBELL_SERVE__SOURCE_BURST": "500", "NIGHTBELL_SERVE__BURST": "500"}


class Served:
    """One line for all tests here, a telephone that may call it, and its records."""

    def __init__(self, line: Line, caller: Caller, folder: Path) -> None:
        self.line, self.caller, self._folder = line, caller, folder
        host, port = line.address.split(":")
        self.address = host, int(port)

    async def sipp(self, folder: Path, *steps: str) -> None:
        """Have sipp call the clinic, and hold it to its steps."""
        text = scenario(*steps).replace(LINE, NUMBER)
        assert await run_sipp(folder, text, self.address) == ""

    async def journal(self) -> Sequence[Entry]:
        """Return what happened in the newest call, once it is closed."""
        async with read_records(settings_in(self._folder).records_url) as records:

            async def closed() -> bool:
                return bool((await records.calls(limit=1))[0].closed)

            await until(closed)
            newest = (await records.calls(limit=1))[0]
            assert newest.caller == CALLER
            return await records.journal(newest.call)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    async with served(folder, environment=ROOM) as (line, caller):
        yield Served(line, caller, folder)


def of(kind: type[Kind], journal: Sequence[Entry]) -> list[Kind]:
    return [entry.event for entry in journal if isinstance(entry.event, kind)]


@pytest.mark.parametrize("relay", [True, False])
async def test_a_key_pressed_as_info_in_a_served_call_is_the_emergency(
    clinic: Served, tmp_path: Path, *, relay: bool
) -> None:
    key = info(2, "9", relay=relay)
    await clinic.sipp(tmp_path, invite(), *ANSWERED, pause(600), key, expect(200), pause(600), bye(3), expect(200))
    journal = await clinic.journal()
    assert [(event.key, event.source) for event in of(KeyPressed, journal)] == [("9", "event")]
    pressed = next(entry for entry in journal if isinstance(entry.event, KeyPressed))
    assert [effect.state for effect in pressed.effects if isinstance(effect, Listen)] == ["emergency"]
    assert [event.by for event in of(HungUp, journal)] == ["caller"]


async def test_a_recorded_caller_is_understood_at_the_menu(clinic: Served, tmp_path: Path) -> None:
    words = read_wav(ROOT / "audio" / "worried-emma.wav")
    before, after = (np.zeros(RATE * seconds, np.int16) for seconds in (AT_THE_MENU_S, 4))
    (tmp_path / "caller.ulaw").write_bytes(encode_mulaw(np.concatenate([before, words, after])))
    talks = invite(formats="0", streams=True), *ANSWERED, speak("caller.ulaw")
    await clinic.sipp(tmp_path, *talks, pause(AT_THE_MENU_S * 1000 + 2500), bye(), expect(200))
    journal = await clinic.journal()
    (heard,) = (entry for entry in journal if isinstance(entry.event, Heard))
    assert isinstance(heard.event, Heard)
    assert (heard.event.cause, heard.event.phrase) == ("phrase", "worried")
    assert [effect.state for effect in heard.effects if isinstance(effect, Listen)] == ["first_screen.signs"]
    (measured,) = of(LineMeasured, journal)
    assert measured.received > 50 * AT_THE_MENU_S
    assert measured.loss < 0.01


async def test_every_message_of_the_rfc_leaves_a_live_call_as_it_was(clinic: Served) -> None:
    live = await clinic.caller.place("+447700900123")
    wrong = {}
    for message in MESSAGES:
        # A call to a number that is no clinic's is refused where a line without clinics takes it.
        allowed = {*message.answers, *({404} if 200 in message.answers else ())}
        found = await answers_to(message.data, clinic.address, silent=0 in allowed) or {0}
        if len(found) > 1 or not found <= allowed:
            wrong[message.name] = found
    assert wrong == {}
    assert await heard_ms(live, want_ms=300) >= 300
    told = await clinic.line.told()
    assert (told["ready"], told["children"]["calls"]["calls"], told["children"]["calls"]["starts"]) == (True, 1, 1)
    await live.hang_up()


async def answers_to(data: bytes, address: tuple[str, int], *, silent: bool) -> set[int]:
    """Send one message and two OPTIONS behind it; return its final statuses.

    One that may not be passed over in silence (``silent``) is waited for: an INVITE is answered by the process
    of the calls, and OPTIONS at once.
    """
    found: set[int] = set()
    async with wire() as peer, asyncio.timeout(20):
        peer.send(data, address)
        if not silent:
            found.add((await peer.response()).status)
        for probe in ("probe1", "probe2"):
            name = f"{probe}x{peer.address[1]}"
            peer.send(request(name), address)
            while (answer := await peer.response()).call_id.partition(".")[0] != name:
                found.add(answer.status)
    return found
