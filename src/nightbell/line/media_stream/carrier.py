"""Carrier: the other end of media streams, for rehearsals and tests: it signs, paces a caller, returns marks.

It does what a carrier does and no more: what it is sent waits in a queue that is played 20 ms at a time, a mark
comes back when the queue gets to it, a clear empties the queue. What its caller hears is kept.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE, Samples
from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.line.media_stream.signature import sign
from nightbell.line.stream.pacing import every_frame

__all__ = ["CarriedCall", "Carrier", "Stream"]

_QUIET: Final = encode_mulaw(SILENCE)
_STREAM: Final = re.compile(r'<Stream url="([^"]+)"')


@dataclass(slots=True)
class Stream:
    """One stream of a call."""

    socket: aiohttp.ClientWebSocketResponse
    sid: str
    call: str
    account: str
    said: deque[bytes] = field(default_factory=deque)
    """What the caller says next, 160 bytes at a time."""
    heard: list[bytes] = field(default_factory=list)
    """What the caller heard, a frame for each 20 ms."""
    came_s: list[float] = field(default_factory=list)
    """When each media message came."""
    clears: int = 0
    let_go: int = 0
    """Frames that a clear let go of."""
    queue: deque[bytes | str] = field(default_factory=deque)
    number: int = 0
    held: bool = False
    """Plays nothing of the queue: a caller far away, or a carrier that buffers."""
    on_tick: Callable[[bytes], None] = lambda _: None
    """Given what the caller hears, every 20 ms."""
    _chunks: int = 0

    async def send(self, event: str, **body: Any) -> None:
        """Send one message."""
        self.number += 1
        whole = {"event": event, "sequenceNumber": str(self.number), "streamSid": self.sid, **body}
        await self.socket.send_str(json.dumps(whole))

    async def start(self) -> None:
        """Begin, as every stream begins."""
        await self.socket.send_str(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        await self.send(
            "start",
            start={
                "streamSid": self.sid,
                "accountSid": self.account,
                "callSid": self.call,
                "tracks": ["inbound"],
                "customParameters": {},
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            },
        )

    async def talk(self) -> None:
        """Send a frame and play a frame every 20 ms until the stream is over."""
        try:
            with suppress(ConnectionError, aiohttp.ClientError):
                await every_frame(self._read(), self._tick, lambda: self.socket.closed)
        finally:
            await self.socket.close()

    def say(self, samples: Samples) -> None:
        """Have the caller say something."""
        sound = encode_mulaw(samples)
        for at in range(0, len(sound), FRAME_SAMPLES):
            self.said.append(sound[at : at + FRAME_SAMPLES].ljust(FRAME_SAMPLES, _QUIET[:1]))

    async def press(self, key: str) -> None:
        """Have the caller press a key."""
        await self.send("dtmf", dtmf={"track": "inbound_track", "digit": key})

    async def hang_up(self) -> None:
        """Have the caller hang up."""
        await self.send("stop", stop={"accountSid": self.account, "callSid": self.call})
        await self.socket.close()

    def recording(self) -> Samples:
        """Return what the caller heard."""
        return decode_mulaw(b"".join(self.heard)) if self.heard else np.zeros(0, np.int16)

    async def _tick(self) -> None:
        self._chunks += 1
        await self.socket.send_str(self._media(self.said.popleft() if self.said else _QUIET, self._chunks))
        await self._play()

    def _media(self, sound: bytes, number: int) -> str:
        """Return the message of a frame; written by hand, because there are fifty a second of it."""
        self.number += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self.number}","streamSid":"{self.sid}","media":{{"track":"inbound",'
            f'"chunk":"{number}","timestamp":"{(number - 1) * 20}","payload":"{b64encode(sound).decode()}"}}}}'
        )

    async def _play(self) -> None:
        while self.queue and isinstance(self.queue[0], str) and not self.held:
            await self._mark(str(self.queue.popleft()))
        frame = self.queue.popleft() if self.queue and not self.held else _QUIET
        assert isinstance(frame, bytes)
        self.heard.append(frame)
        self.on_tick(frame)

    async def _mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            told = json.loads(message.data)
            assert told["streamSid"] == self.sid
            match told["event"]:
                case "media":
                    self.came_s.append(time.monotonic())
                    self.queue.append(b64decode(told["media"]["payload"], validate=True))
                case "mark":
                    self.queue.append(told["mark"]["name"])
                case "clear":
                    self.clears += 1
                    marks = [one for one in self.queue if isinstance(one, str)]
                    self.let_go += len(self.queue) - len(marks)
                    self.queue.clear()
                    for name in marks:
                        await self._mark(name)


class CarriedCall:
    """One call as the carrier sees it."""

    def __init__(self, carrier: Carrier, form: dict[str, str]) -> None:
        self.form = form
        self._carrier = carrier

    async def ask(self, path: str) -> tuple[int, str]:
        """Send a webhook about this call; return status and body."""
        return await self._carrier.post(path, self.form)

    async def stream(self, path: str = "/twilio/voice") -> Stream:
        """Ask what to do, and open the stream that is wanted; it has started.

        Raises:
            LookupError: something else than a stream is wanted: the answer.
        """
        status, text = await self.ask(path)
        found = _STREAM.search(text)
        if status != 200 or found is None:
            raise LookupError(f"{status} {text}")
        return await self.open(found[1])

    async def open(self, url: str) -> Stream:
        """Open a stream at an address and start it."""
        socket = await self._carrier.connect(url)
        stream = Stream(
            socket, sid="MZ" + secrets.token_hex(8), call=self.form["CallSid"], account=self.form["AccountSid"]
        )
        await stream.start()
        return stream


class Carrier:
    """A carrier that knows one line."""

    def __init__(
        self, session: aiohttp.ClientSession, here: str, public: str, *, token: str, account: str
    ) -> None:
        """Take a line.

        Args:
            session: its owner closes it.
            here: where the line really is: http://127.0.0.1:8070
            public: what the line is called: https://line.example.org
            token: what requests are signed with.
            account: whose calls these are.
        """
        self.session = session
        self._here = here
        self._public = public
        self._token = token
        self._account = account

    def call(self, caller: str, called: str, *, sid: str = "", name: str = "") -> CarriedCall:
        """Make a call that nobody was told of yet."""
        form = {
            "AccountSid": self._account,
            "CallSid": sid or "CA" + secrets.token_hex(16),
            "From": caller,
            "To": called,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "CallerName": name,
        }
        return CarriedCall(self, form)

    def at(self, path: str) -> str:
        """Return where a path of the line really is."""
        return self._here + path

    async def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Send a signed webhook."""
        signed = {"X-Twilio-Signature": sign(self._token, self._public + path, list(form.items()))}
        async with self.session.post(self._here + path, data=form, headers=signed) as answer:
            return answer.status, await answer.text()

    async def connect(self, url: str) -> aiohttp.ClientWebSocketResponse:
        """Open a signed WebSocket at a public address. Raises WSServerHandshakeError where it is refused."""
        public = "ws" + self._public.removeprefix("http")
        assert url.startswith(public)
        there = self._here + url.removeprefix(public)
        return await self.session.ws_connect(there, headers={"X-Twilio-Signature": sign(self._token, url)})
