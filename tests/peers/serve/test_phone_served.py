"""A real Chromium calls a line that is served as a user serves it, as a test: nothing of the call is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import aiohttp
import numpy as np
import pytest
from tests.peers.serve.chromium import chromium
from tests.peers.serve.house import ROOT, records_of, served

from nightbell.audio.frame import RATE
from nightbell.audio.wav import read_wav, write_wav

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.audio,
    pytest.mark.peers("chromium"),
    pytest.mark.timeout(400),
]

KEY: Final = "a-word-in-the-link"
HTTP: Final = {"NIGHTBELL_HTTP__LISTEN": "127.0.0.1:0", "NIGHTBELL_HTTP__PHONE__KEY": KEY}
AT_THE_MENU_S: Final = 17
CAPTIONS: Final = "document.getElementById('captions').innerText"


async def test_a_browser_is_heard_presses_keys_and_reads_along(tmp_path: Path) -> None:
    words = read_wav(ROOT / "audio" / "worried-emma.wav")
    microphone = tmp_path / "microphone.wav"
    before, after = (np.zeros(RATE * seconds, np.int16) for seconds in (AT_THE_MENU_S, 20))
    write_wav(microphone, np.concatenate([before, words, after]))
    async with served(tmp_path, environment=HTTP) as (line, _):
        here = f"http://{(await line.told())['children']['calls']['http']}"
        async with aiohttp.ClientSession() as session, session.get(f"{here}/phone?key=wrong") as answer:
            assert answer.status == 403
        async with chromium(f"{here}/phone?key={KEY}", tmp_path / "browser", microphone) as browser:
            await browser.run("document.getElementById('call').click()")
            await browser.until(f"{CAPTIONS}.includes('Clinic')")
            await browser.until(f"{CAPTIONS}.includes('You: worried')", limit_s=40)
            await browser.picture(tmp_path / "phone.png")
            await browser.run("document.querySelector('[data-key=\"9\"]').click()")
            await browser.until(f"{CAPTIONS}.includes('You: key 9') && {CAPTIONS}.includes('Place: emergency')")
            await browser.run("document.getElementById('down').click()")
            await browser.until("document.getElementById('state').textContent === 'The call is over.'")
            assert browser.faults == []
        told = (await line.told())["children"]["calls"]
        assert told["calls"] == 0
    assert await records_of(tmp_path) == []
