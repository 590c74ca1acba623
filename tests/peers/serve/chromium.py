"""A real Chromium with a recording for its microphone, driven over its DevTools socket."""

from __future__ import annotations

import asyncio
import itertools
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

__all__ = ["Browser", "chromium"]

_AXE: Final = Path(__file__).parents[3] / "var" / "peers" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
_CODES: Final = {"Enter": 13, "Tab": 9, " ": 32}
"""What a browser acts on is the number of a key."""


class Browser:
    """One page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.faults: list[str] = []
        """What the page complained of."""

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(90):
            while True:
                told = await self._socket.receive_json()
                if told.get("id") == number:
                    assert "error" not in told, told
                    found: dict[str, Any] = told["result"]
                    return found
                if told.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}:
                    self.faults.append(json.dumps(told["params"]))

    async def run(self, script: str) -> Any:
        """Return what an expression gives, once it is there."""
        found = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, script: str, limit_s: float = 60) -> None:
        """Wait until an expression is true."""
        async with asyncio.timeout(limit_s):
            while not await self.run(script):  # noqa: ASYNC110 - the page brings it about
                await asyncio.sleep(0.1)

    async def show(self, *, width: int = 390, height: int = 844, scheme: str = "light") -> None:
        """Have the page be so wide, a telephone's unless told otherwise, and light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.ask("Emulation.setDeviceMetricsOverride", **size)
        await self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def picture(self, at: Path, *, whole: bool = False) -> None:
        """Keep what the page looks like; ``whole`` with what one must scroll for."""
        found = await self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        await asyncio.to_thread(at.write_bytes, b64decode(found["data"]))

    async def press(self, *keys: str) -> None:
        """Press keys of the keyboard where the focus is."""
        for key in keys:
            typed = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            told = {"key": key, "code": key, "text": typed, "windowsVirtualKeyCode": _CODES.get(key, 0)}
            if not typed:
                del told["text"]
            await self.ask("Input.dispatchKeyEvent", type="keyDown", **told)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", **told)

    async def tab_to(self, selector: str) -> None:
        """Go to an element by the Tab key alone."""
        for _ in range(60):
            if await self.run(f"document.activeElement?.matches({json.dumps(selector)}) ?? false"):
                return
            await self.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by Tab")

    async def barriers(self) -> list[str]:
        """Return what axe finds that keeps people from using the page as it is now."""
        if not await self.run("typeof axe === 'object'"):
            await self.run(await asyncio.to_thread(_AXE.read_text, "utf-8"))
        found = await self.run("axe.run(document).then((told) => told.violations)")
        return [
            f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]


@asynccontextmanager
async def chromium(url: str, folder: Path, microphone: Path) -> AsyncIterator[Browser]:
    """Open a page.

    Args:
        url: of the page.
        folder: for what Chromium keeps.
        microphone: a WAV that it hears once, from when the page asks for the microphone.
    """
    process = await asyncio.create_subprocess_exec(
        "chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}%noloop",
        "--autoplay-policy=no-user-gesture-required",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        told = folder / "DevToolsActivePort"
        async with asyncio.timeout(90):
            while not (told.exists() and "\n" in told.read_text()):  # noqa: ASYNC110 - Chromium brings it about
                await asyncio.sleep(0.05)
        port = told.read_text().split("\n")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                browser = Browser(socket)
                for domain in ("Runtime", "Log", "Page"):
                    await browser.ask(f"{domain}.enable")
                await browser.ask("Page.navigate", url=url)
                await browser.until("document.readyState === 'complete' && document.title !== ''")
                yield browser
    finally:
        process.kill()
        await process.wait()
