"""What every Channel adapter must do, against real servers on this machine; the fake included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.contracts.carriers import HOST, Carrier, mail_carrier, web_carrier

from nightbell.channels.delivery import Patience, deliver
from nightbell.channels.email import EmailChannel
from nightbell.channels.port import Channel, Message
from nightbell.channels.push import PushChannel
from nightbell.channels.sms import SmsChannel
from nightbell.channels.webhook import SIGNATURE, WebhookChannel, signature
from nightbell.errors import ChannelBusy, ChannelFailed
from nightbell.testing.channels import FakeChannel

pytestmark = pytest.mark.asyncio

MESSAGE = Message(
    id="call-1:3/0.0.anna",
    to="",
    subject="Rosewood Clinic: urgent",
    text="Rosewood Clinic: urgent. Case A1B2.",
    urgent=True,
)
ADDRESSES = {
    "sms": "+447700900701",
    "email": "anna@example.org",
    "push": "rosewood-a1b2c3",
    "webhook": "",
    "fake": "anyone",
}
LIMIT_S = 0.4


@dataclass
class Under:
    kind: str
    channel: Channel
    message: Message
    carrier: Carrier

    async def send(self, limit_s: float = 5.0) -> Any:
        return await self.channel.send(self.message, limit_s=limit_s)

    def fails(self, status: int, **headers: str) -> None:
        self.carrier.status, self.carrier.headers = status, headers
        if isinstance(self.channel, FakeChannel):
            later = float(headers["Retry-After"]) if "Retry-After" in headers else None
            busy = status in {408, 425, 429} or status >= 500
            told = (
                ChannelBusy(f"answered {status}", provider="fake", retry_after_s=later)
                if busy
                else ChannelFailed(f"answered {status}", provider="fake")
            )
            self.channel.plan = lambda _: told


@pytest_asyncio.fixture(params=list(ADDRESSES))
async def under(request: pytest.FixtureRequest) -> AsyncIterator[Under]:
    kind = request.param
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(mail_carrier() if kind == "email" else web_carrier())
        made: dict[str, Channel] = {
            "sms": SmsChannel(carrier.base, account="AC1", token="secret-token", sender="+442079460142"),
            "email": EmailChannel(HOST, carrier.port, sender="line@example.org", tls=False),
            "push": PushChannel(carrier.base, token="secret-token"),
            "webhook": WebhookChannel(secret="secret-token"),
            "fake": FakeChannel(),
        }
        to = f"{carrier.base}/page" if kind == "webhook" else ADDRESSES[kind]
        yield Under(kind, made[kind], replace(MESSAGE, to=to), carrier)
        for channel in made.values():
            await channel.aclose()
            await channel.aclose()


def received(under: Under) -> int:
    return len(under.channel.sent) if isinstance(under.channel, FakeChannel) else len(under.carrier.got)


async def test_the_carrier_gets_the_message_once_and_whole(under: Under) -> None:
    await under.send()
    assert received(under) == 1
    if under.kind != "fake":
        (got,) = under.carrier.got
        assert MESSAGE.text in got["text"]
        everything = str(got["headers"]) + got["raw"].decode() + got.get("path", "")
        if under.kind in {"email", "webhook"}:
            assert MESSAGE.id in everything


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_what_may_pass_is_busy(under: Under, status: int) -> None:
    under.fails(status if under.kind != "email" else 451)
    with pytest.raises(ChannelBusy):
        await under.send()


@pytest.mark.parametrize("status", [400, 401, 404, 422])
async def test_what_will_not_pass_is_failed(under: Under, status: int) -> None:
    under.fails(status if under.kind != "email" else 550)
    with pytest.raises(ChannelFailed) as raised:
        await under.send()
    assert not isinstance(raised.value, ChannelBusy)


async def test_a_carrier_that_never_answers_ends_within_the_limit(under: Under) -> None:
    under.carrier.silent = True
    if isinstance(under.channel, FakeChannel):
        under.channel.plan = lambda _: 60.0
    began = time.monotonic()
    with pytest.raises(ChannelBusy):
        await under.send(LIMIT_S)
    assert time.monotonic() - began < LIMIT_S + 5  # a busy machine is given time; without a limit it is a minute


async def test_a_dropped_connection_and_a_dead_port_are_busy(under: Under) -> None:
    if under.kind == "fake":
        return
    under.carrier.cut = True
    with pytest.raises(ChannelBusy):
        await under.send(2.0)


async def test_a_cancelled_send_lets_go(under: Under) -> None:
    under.carrier.silent = True
    if isinstance(under.channel, FakeChannel):
        under.channel.plan = lambda _: 60.0
    task = asyncio.create_task(under.send(60.0))
    async with asyncio.timeout(20):
        arrived = under.channel.arrived if isinstance(under.channel, FakeChannel) else under.carrier.arrived
        await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_error_no_log_and_no_repr_holds_an_address(under: Under) -> None:
    shown = [repr(under.message)]
    with capture_logs() as logs:
        for status in (400, 503):
            under.fails(status if under.kind != "email" else status + 50 if status == 503 else 550)
            told = await deliver(under.channel, under.message, Patience(pauses_s=(), limit_s=5.0))
            assert told.outcome == "failed"
            shown.append(str(told))
    shown.append(str(logs))
    for part in (under.message.to, "7700900701", "secret-token"):
        assert not any(part in each for each in shown)


async def test_retry_after_is_kept_and_waited_for(under: Under) -> None:
    if under.kind == "email":
        return
    under.fails(429, **{"Retry-After": "7"})
    with pytest.raises(ChannelBusy) as raised:
        await under.send()
    assert raised.value.retry_after_s == 7.0
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            under.carrier.status, under.carrier.headers = 200, {}
            if isinstance(under.channel, FakeChannel):
                under.channel.plan = lambda _: None

    told = await deliver(under.channel, under.message, Patience(pauses_s=(1.0, 9.0, 9.0)), sleep=sleep)
    assert (told.outcome, told.tries, waited) == ("sent", 3, [7.0, 9.0])


async def test_a_failure_for_good_is_not_tried_again(under: Under) -> None:
    under.fails(403 if under.kind != "email" else 554)

    async def sleep(_: float) -> None:
        raise AssertionError("it was tried again")

    told = await deliver(under.channel, under.message, sleep=sleep)
    assert (told.outcome, told.tries) == ("failed", 1)


@pytest.mark.parametrize("later", ["nan", "soon", "-5", "99999999", "Wed, 21 Oct 2015 07:28:00 GMT", "inf"])
async def test_a_retry_after_that_is_nonsense_is_bounded(later: str) -> None:
    async with web_carrier() as carrier:
        carrier.status, carrier.headers = 503, {"Retry-After": later}
        channel = PushChannel(carrier.base)
        with pytest.raises(ChannelBusy) as raised:
            await channel.send(replace(MESSAGE, to="topic"))
        await channel.aclose()
        found = raised.value.retry_after_s
        assert found is None or 0.0 <= found <= 300.0


async def test_sms_speaks_twilios_shape_and_hears_a_lie() -> None:
    async with web_carrier() as carrier:
        channel = SmsChannel(carrier.base, account="AC1", token="t", sender="+442079460142")
        receipt = await channel.send(replace(MESSAGE, to="+447700900701"))
        assert receipt.reference == "SM1"
        (got,) = carrier.got
        assert got["path"] == "/2010-04-01/Accounts/AC1/Messages.json"
        assert got["form"] == {"To": "+447700900701", "From": "+442079460142", "Body": MESSAGE.text}
        assert got["headers"]["Authorization"].startswith("Basic ")
        carrier.body = b'{"sid": "SM2", "status": "failed", "error_code": 30007}'
        with pytest.raises(ChannelFailed):
            await channel.send(replace(MESSAGE, to="+447700900701"))
        for number in ("999", "112", "+44999", "116123", "85258"):
            with pytest.raises(ChannelFailed):
                await channel.send(replace(MESSAGE, to=number))
        assert len(carrier.got) == 2
        await channel.aclose()


async def test_a_webhook_is_signed_and_follows_no_redirect() -> None:
    async with web_carrier() as carrier, web_carrier() as elsewhere:
        channel = WebhookChannel(secret="s")
        await channel.send(replace(MESSAGE, to=f"{carrier.base}/p"))
        (got,) = carrier.got
        assert got["headers"][SIGNATURE] == signature("s", got["raw"])
        carrier.status, carrier.headers = 302, {"Location": f"{elsewhere.base}/p"}
        with pytest.raises(ChannelFailed):
            await channel.send(replace(MESSAGE, to=f"{carrier.base}/p"))
        assert elsewhere.got == []
        await channel.aclose()
