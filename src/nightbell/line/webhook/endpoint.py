"""WebhookEndpoint: the requests of a carrier that recognises and plays itself.

``/twilio/call`` announces a call, ``/twilio/call/next/AFTER`` asks what comes after an answer,
``/twilio/call/said/AFTER`` tells what was said so far, ``/twilio/call/recorded/CALL/AT`` that a message is
recorded, ``/twilio/call/status`` that it is over, and to ``/twilio/call/back`` we send who was left alone; each
must be signed, and what is not gets 403 and touches nothing.
``/twilio/sound/...`` is what an answer has played; its address is signed, and good for two minutes. It knows no
flow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from nightbell.audio.frame import SAMPLES_PER_MS, Samples
from nightbell.audio.wav import wav_bytes
from nightbell.errors import NightbellError, WebhookRefused
from nightbell.line.media_stream.forms import SignedForms, elsewhere, xml
from nightbell.line.media_stream.twiml import Verb, hang_up, reject, response
from nightbell.line.stream.ring import StreamRing, withheld
from nightbell.line.webhook.asked import OVER, asked, recorded
from nightbell.line.webhook.port import Calls
from nightbell.line.webhook.reply import Places, Reply, Sound, twiml
from nightbell.line.webhook.sounds import address, sound_of

__all__ = ["BACK", "WebhookConfig", "WebhookEndpoint"]

_log = structlog.get_logger(__name__)

_NOT_FOUND: Final = 404
BACK: Final = "/twilio/call/back"
"""Where a caller is sent who was left alone, after the public address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """What is known of the carrier."""

    token: str
    """The account's secret, which requests are signed with."""
    account: str
    """The account's id; "" takes any that the signature vouches for."""
    public_url: str
    """What the carrier calls us, without a slash at the end: https://line.example.org"""
    source: str = ""
    """Where its calls are taken to come from; only a line that is served for a rehearsal says this machine."""


class WebhookEndpoint:
    """Answers a carrier's requests."""

    def __init__(
        self,
        config: WebhookConfig,
        calls: Calls,
        *,
        too_fast: Callable[[str], int | None] = lambda _: None,
        legs: Callable[[Sound], Samples | None] = lambda _: None,
    ) -> None:
        """Take what decides.

        Args:
            config: the carrier.
            calls: whoever knows what they are about.
            too_fast: tells for a source after how many seconds it may try again; None lets it in.
            legs: gives the sounds of people who are rung; None for one that is a caller's.
        """
        self._legs = legs
        self.config = config
        self._calls = calls
        self._too_fast = too_fast
        self._forms = SignedForms(config.token, config.account, config.public_url)

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [
            web.post("/twilio/call", self.call),
            web.post("/twilio/call/next/{after}", self.next),
            web.post("/twilio/call/said/{after}", self.said),
            web.post("/twilio/call/recorded/{call}/{at_ms}", self.recorded),
            web.post("/twilio/call/status", self.status),
            web.post(BACK, self.back),
            web.get("/twilio/sound/{call}/{number}/{from_ms}/{until}/{mark}", self.sound, allow_head=False),
        ]

    async def call(self, request: web.Request) -> web.Response:
        """Take the announcement of a call."""
        form = await self._forms.read(request)
        if not self._calls.knows(form["CallSid"]):
            wait_s = self._too_fast("carrier")
            if wait_s is not None:
                raise elsewhere(wait_s)
        try:
            reply = await self._calls.begin(self._ring(form))
        except WebhookRefused as error:
            return _refused(error)
        if isinstance(reply, Reply):
            return self._answer(reply)
        if reply == _NOT_FOUND:
            return xml(reject())
        raise elsewhere(5)

    async def next(self, request: web.Request) -> web.Response:
        """Take what the caller did, and tell what comes next."""
        form = await self._forms.read(request)
        found = asked(form["CallSid"], request.match_info["after"], form)
        if found is None:
            raise web.HTTPBadRequest
        try:
            reply = await self._calls.ask(found)
        except WebhookRefused as error:
            return _refused(error)
        return self._answer(reply) if reply is not None else self._anew()

    async def back(self, request: web.Request) -> web.Response:
        """Take a caller who was in a conference, and is alone there."""
        form = await self._forms.read(request)
        reply = await self._calls.back(form["CallSid"])
        return self._answer(reply) if reply is not None else self._anew()

    async def recorded(self, request: web.Request) -> web.Response:
        """Take that a message is recorded."""
        form = await self._forms.read(request)
        found = recorded(request.match_info["call"], request.match_info["at_ms"], form)
        if found is not None:
            await self._calls.recorded(found)
        return web.Response(status=204)

    def _anew(self) -> web.Response:
        """Have a call begin anew, with the words: it is on the line, and nobody's in our records."""
        _log.warning("call_not_known")
        anew = self.config.public_url + "/twilio/call"
        return xml(response(Verb(name="Redirect", text=anew, attributes=(("method", "POST"),))))

    async def said(self, request: web.Request) -> web.Response:
        """Take what was said so far."""
        form = await self._forms.read(request)
        found = asked(form["CallSid"], request.match_info["after"], form)
        if found is None:
            raise web.HTTPBadRequest
        await self._calls.said(found)
        return web.Response(status=204)

    async def status(self, request: web.Request) -> web.Response:
        """Take what became of a call."""
        form = await self._forms.read(request)
        if form.get("CallStatus", "") in OVER:
            await self._calls.hung_up(form["CallSid"])
        return web.Response(status=204)

    async def sound(self, request: web.Request) -> web.Response:
        """Give what an answer has played."""
        end = request.raw_path.removeprefix("/twilio/sound/")
        found = sound_of(self.config.token, end, now_s=int(time.time()))
        if found is None:
            raise web.HTTPForbidden
        try:
            samples = self._legs(found)
            if samples is None:
                samples = await self._calls.sound(found)
        except WebhookRefused as error:
            return _refused(error)
        except (NightbellError, TimeoutError) as error:
            _log.error("prompt_failed", code=getattr(error, "code", ""))
            raise elsewhere(1) from None
        body = wav_bytes(samples[found.from_ms * SAMPLES_PER_MS :])
        return web.Response(body=body, content_type="audio/wav", headers={"Cache-Control": "no-store"})

    def _answer(self, reply: Reply) -> web.Response:
        if reply.take == "end":
            return xml(hang_up())
        public, sound = self.config.public_url, ""
        if reply.sound is not None:
            end = address(self.config.token, reply.sound, now_s=int(time.time()))
            sound = f"{public}/twilio/sound/{end}"
        here, after = f"{public}/twilio/call", f"{reply.at}-{reply.turn}"
        recorded_at = f"{here}/recorded/{reply.message}"
        places = Places(
            next=f"{here}/next/{after}", sound=sound, said=f"{here}/said/{after}", recorded=recorded_at
        )
        return xml(twiml(reply, places))

    def _ring(self, form: Mapping[str, str]) -> StreamRing:
        return StreamRing(
            id=form["CallSid"],
            caller=None if withheld(form.get("From", "")) else form["From"],
            called=form.get("To", ""),
            display=form.get("CallerName", ""),
            source=self.config.source,
        )


def _refused(error: WebhookRefused) -> web.Response:
    _log.warning("webhook_refused", code=error.code, status=error.status)
    return web.json_response({"code": error.code, "message": error.message}, status=error.status)
