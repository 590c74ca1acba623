"""What a line tells of its calls by requests on /metrics."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from tests.peers.by_request import CALLER, line_of, shipped
from tests.peers.obeying import ACCOUNT, PUBLIC, TOKEN
from tests.unit.line.webhook.test_legs import ORDER, dialler, figure
from tests.unit.line.webhook.test_requests import WHITE, ringing
from tests.unit.line.webhook.test_ways import SPEECH, answers

from nightbell.bootstrap.by_request import open_carrier
from nightbell.reception.meter import Meter
from nightbell.settings import Settings
from nightbell.settings_http import HttpSettings

pytestmark = pytest.mark.asyncio


async def test_calls_by_requests_are_counted_while_they_live_and_by_how_they_end() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call, gone = await ringing(line, WHITE, turns=6), await ringing(line, WHITE, turns=6)
        lost = await ringing(line, turns=1)
        assert figure(line, "request_calls_live") == 3
        await line.carrier.run(call, answers(WHITE))
        await line.carrier.hang_up(gone)
        line.clock.pass_ms(100_000)
        await line.calls.look()
        assert lost.sid != gone.sid
        assert figure(line, "request_calls_live") == 0
        ends = {("D1", "line"): 1, ("D1", "caller"): 1, ("DU", "lost"): 1, ("DU", "fault"): 0}
        for (disposition, by), count in ends.items():
            assert figure(line, "request_calls_ended_total", disposition=disposition, by=by) == count


async def test_requests_are_counted_by_what_became_of_them_and_timed() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line, turns=3)
        path, form, _ = call.asked[1]
        assert (await line.carrier.post(path, form))[0] == 409
        assert (await line.carrier.post(path, form, signature="x"))[0] == 403
        assert (await line.carrier.post("/twilio/call/next/none", form))[0] == 400
        assert (await line.carrier.fetch("https://line.example.org/twilio/sound/c/1/0/1/x"))[0] == 403
        for kind, verdict, count in (
            ("call", "answered", 1),
            ("next", "answered", 3),
            ("next", "late", 1),
            ("next", "unsigned", 1),
            ("next", "malformed", 1),
            ("sound", "answered", 3),
            ("sound", "unsigned", 1),
        ):
            assert figure(line, "requests_total", kind=kind, verdict=verdict) == count, (kind, verdict)
        assert figure(line, "request_seconds_count", kind="next") == 6
        assert 0 < figure(line, "request_seconds_sum", kind="next") < 60


async def test_what_a_carrier_does_not_do_is_counted() -> None:
    async with line_of(shipped("rosewood")) as line:
        line.exchange.status = 401
        await dialler(line).ring(ORDER)
        assert figure(line, "carrier_rest_total", what="place", outcome="refused") == 1
        await line.legs.rest.end("CAleg1")
        assert figure(line, "carrier_rest_total", what="end", outcome="done") == 1


async def test_no_figure_tells_who_rang() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line, turns=3)
        text = line.meter.text()
        assert CALLER not in text
        assert call.sid not in text
        assert set(re.findall(r'(\w+)="', text)) <= {
            "kind",
            "verdict",
            "what",
            "outcome",
            "by",
            "le",
            "disposition",
        } | {"reason"}


@pytest.mark.parametrize("there", [False, True])
async def test_a_line_without_a_carrier_has_no_such_calls_and_no_figures_of_them(there: bool) -> None:  # noqa: FBT001
    twilio = {"listen": "127.0.0.1:0", "public_url": PUBLIC, "twilio": {"account": ACCOUNT, "token": TOKEN}}
    settings = Settings(http=HttpSettings.model_validate(twilio) if there else HttpSettings())
    async with line_of(shipped("rosewood")) as line:
        meter, night = Meter(), SimpleNamespace(records=line.records, recorder=None)
        made: Any = night
        async with open_carrier(settings, made, line.reception, meter, country="GB") as carrier:
            assert (carrier is not None) == there
            assert ("nightbell_request_calls_live" in meter.text()) == there
