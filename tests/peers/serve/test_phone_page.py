"""The page of the browser phone in a real Chromium: a whole call by link and keyboard alone, with axe beside.

The line's prompts are as long as they are read, so it takes seconds; `test_http_served.py` calls with a voice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from tests.peers.serve.chromium import Browser, chromium
from tests.peers.trying import WHISPER_S, Trying

from nightbell.audio.frame import RATE
from nightbell.audio.wav import write_wav
from nightbell.bootstrap.pictures import Pictures
from nightbell.line.browser.door import Door
from nightbell.line.browser.endpoint import PhoneEndpoint
from nightbell.line.browser.links import USED, Links, signed
from nightbell.line.rtp.ticker import Ticker
from nightbell.reception.web import WebConfig, WebServer
from nightbell.records.unkept import UnkeptRecords

pytestmark = [pytest.mark.asyncio, pytest.mark.axe, pytest.mark.peers("chromium"), pytest.mark.timeout(120)]

HARBOUR: Final = Path(__file__).parents[2] / "flows" / "harbour"
ONCALL: Final = """\
people:
  anna: {name: Anna Brightwater, mobile: "+447700900701"}
rotations:
  nights: {kind: daily, people: [anna], hand_over: "12:00", starts: 2026-11-01}
layers: {first: nights}
last_resort: [anna]
"""
WORD: Final = "a-word-in-the-link"
CAPTIONS: Final = "document.getElementById('captions').innerText"
STATE: Final = "document.getElementById('state').textContent"
HANDSET: Final = "document.getElementById('handset').dataset.state"
FOCUS: Final = "(document.activeElement.id || document.activeElement.dataset.does)"
LIT: Final = "[...document.querySelectorAll('#map .{} title')].map((one) => one.textContent).sort().join(' ')"


@asynccontextmanager
async def tried(folder: Path) -> AsyncIterator[tuple[Trying, str]]:
    """Serve the page of a clinic; give where."""
    (folder / "oncall.yaml").write_text(ONCALL, encoding="utf-8")
    clinic, ticker, made = Trying(HARBOUR, oncall=folder), Ticker(), Pictures()

    async def pictures(called: str) -> str:
        return await made.of(clinic.flow) if called == "harbour" else ""

    endpoint = PhoneEndpoint(
        Door(WORD, Links(WORD, folder / USED)),
        ticker,
        clinic=lambda: "",
        pictures=pictures,
        rings=clinic.rings,
        media_timeout_s=20,
    )
    server = WebServer(WebConfig(listen="127.0.0.1:0"), endpoint.routes(), ready=lambda: True)
    await server.start()
    try:
        yield clinic, f"http://{server.address}/phone"
    finally:
        await server.close()
        ticker.close()


async def unhindered(browser: Browser) -> None:
    """See that axe finds nothing and nothing is cut off, at a desk and on a telephone, by day and by night."""
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")):
        await browser.show(width=width, scheme=scheme)
        assert await browser.barriers() == [], f"{width} {scheme}"
        assert await browser.run("document.documentElement.scrollWidth <= innerWidth"), width


async def test_a_whole_call_by_link_and_keyboard_alone_meets_no_barrier(tmp_path: Path) -> None:
    write_wav(tmp_path / "microphone.wav", np.zeros(RATE * 60, np.int16))
    link = signed(WORD, until_s=4_000_000_000, calls=1, clinic="harbour")
    async with (
        tried(tmp_path) as (clinic, page),
        chromium(f"{page}?link={link}", tmp_path / "browser", tmp_path / "microphone.wav") as browser,
    ):
        await browser.until("document.querySelector('#map svg') !== null", 60)
        await unhindered(browser)
        await browser.tab_to("#call")
        await browser.press("Enter")
        await browser.until(f"{CAPTIONS}.includes('Press one. For appointments')")
        assert await browser.run(FOCUS) == "down"  # it is not lost with the button
        await browser.press("0")
        await browser.until(f"{HANDSET} === 'ringing'")
        assert await browser.run(LIT.format("here")) == "state:hold"
        assert await browser.run(LIT.format("came.node")) == "state:hold state:hours state:opening state:reason"
        assert sorted((await browser.run(LIT.format("came.edge"))).split()[1:], reverse=True) == [
            "state:opening->state:hours",
            "state:hours->state:reason",
        ]
        await unhindered(browser)
        await browser.tab_to('[data-does="up"]')
        await browser.press("Enter")
        await browser.until(f"{HANDSET} === 'asking'")
        assert await browser.run(FOCUS) == "1"
        assert "Press 1 to take it" in await browser.run("document.getElementById('handset-said').textContent")
        assert float(await browser.run("document.getElementById('handset').dataset.spoken")) == WHISPER_S
        await unhindered(browser)
        await browser.press("1")
        await browser.until(f"{HANDSET} === 'talking'")
        await browser.tab_to('[data-does="down"]')
        await browser.press("Enter")
        await browser.until(f"{CAPTIONS}.includes('You are being put through') && {STATE} === 'The call is over.'")
        assert await browser.run("document.querySelector('#steps li:last-child').innerText") == (
            "put through end, by: somebody takes it"
        )
        await browser.tab_to("#whole")
        await browser.press("Enter")
        await unhindered(browser)
        assert [fault for fault in browser.faults if "410" not in fault] == []
        await browser.ask("Page.reload")
        await browser.until("document.querySelector('h1')?.textContent === 'This link has been used'")
        await unhindered(browser)
        assert [type(one) for one in clinic.kept] == [UnkeptRecords]
