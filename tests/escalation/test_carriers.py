"""Duty as `serve` builds it hands a page to every carrier that the settings name, each on this machine."""

from __future__ import annotations

import base64
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.contracts.carriers import HOST, Carrier, mail_carrier, web_carrier
from tests.escalation.night import BUSY_MS, wall
from tests.escalation.test_duty import until

from nightbell.bootstrap.carriers import open_carriers, require_carriers
from nightbell.bootstrap.duty import open_duty
from nightbell.channels.webhook import SIGNATURE, signature
from nightbell.errors import SettingsError
from nightbell.flow.load import load_flow
from nightbell.reception.directory import Entry
from nightbell.records.sqlite import open_sqlite
from nightbell.settings import Settings
from nightbell.settings_channels import (
    ChannelsSettings,
    EmailSettings,
    PushSettings,
    SmsSettings,
    WebhookSettings,
)
from nightbell.terms.instant import Instant
from nightbell.testing.escalation import flagged_call

ROSEWOOD = Path(__file__).parents[2] / "flows" / "rosewood"
PEOPLE = """\
people:
  anna:
    name: Anna Bright
    mobile: "+447700900701"
    contact: [sms: "+447700900701", email: anna@example.org, push: rosewood-anna-5d1c, webhook: "{base}/page"]
  ben: {{name: Ben Harrow, mobile: "+447700900702"}}
rotations:
  one: {{kind: daily, people: [anna], hand_over: "12:00"}}
layers: {{first: one}}
last_resort: [anna]
"""
PRIVATE = ("Anna", "Bright", "900701", "900702", "lip", "white", "+44")


def entry_in(folder: Path, people: str) -> Entry:
    """Return Rosewood with people of its own."""
    (folder / "oncall.yaml").write_text(people, encoding="utf-8")
    return Entry(flow=load_flow(ROSEWOOD), folder=folder, draft=True)


def pages(carrier: Carrier) -> list[dict[str, Any]]:
    """Return the pages among what a carrier got; the rota's own alarms go the same way."""
    return [message for message in carrier.got if "press 1" in message["text"]]


@pytest.mark.asyncio
async def test_a_page_reaches_a_person_by_every_way_that_the_settings_set_up(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush-sms\n")
    async with AsyncExitStack() as stack:
        sms, push, hook = [await stack.enter_async_context(web_carrier()) for _ in range(3)]
        mail = await stack.enter_async_context(mail_carrier())
        settings = Settings(
            data_dir=tmp_path,
            channels=ChannelsSettings(
                sms=SmsSettings(
                    base=sms.base, account="AC1", token_file=tmp_path / "token", sender="+442079460142"
                ),
                email=EmailSettings(host=HOST, port=mail.port, tls=False, sender="line@example.org"),
                push=PushSettings(server=push.base, token=SecretStr("hush-push")),
                webhook=WebhookSettings(secret=SecretStr("hush-hook")),
            ),
        )
        records = await open_sqlite(tmp_path / "records.sqlite3", now=Instant(wall()), busy_ms=BUSY_MS)
        stack.push_async_callback(records.aclose)
        entry = entry_in(tmp_path, PEOPLE.format(base=hook.base))
        require_carriers(settings, [entry])
        await stack.enter_async_context(open_duty(settings, tmp_path, [entry], fenced=lambda: None))
        escalation = await flagged_call(records, "a", at=wall())
        every = {"sms": sms, "push": push, "hook": hook, "mail": mail}
        await until(lambda: all(pages(carrier) for carrier in every.values()))
        got = {name: pages(carrier)[0] for name, carrier in every.items()}
    basic = base64.b64encode(b"AC1:hush-sms").decode()
    assert got["sms"]["headers"]["Authorization"] == f"Basic {basic}"
    assert (got["sms"]["form"]["To"], got["sms"]["form"]["From"]) == ("+447700900701", "+442079460142")
    assert got["push"]["path"] == "/rosewood-anna-5d1c"
    assert got["push"]["headers"]["Authorization"] == "Bearer hush-push"
    assert got["hook"]["headers"][SIGNATURE] == signature("hush-hook", got["hook"]["raw"])
    assert json.loads(got["hook"]["raw"])["page"].startswith(escalation)
    assert (got["mail"]["headers"]["From"], got["mail"]["headers"]["To"]) == (
        "line@example.org",
        "anna@example.org",
    )
    for name, message in got.items():
        assert "urgent" in message["text"], name
        assert not [part for part in PRIVATE if part in message["text"]], name


@pytest.mark.asyncio
async def test_a_secret_that_is_gone_later_costs_its_own_way_alone(tmp_path: Path) -> None:
    channels = ChannelsSettings(
        sms=SmsSettings(account="AC1", token_file=tmp_path / "gone", sender="Rosewood"),
        webhook=WebhookSettings(secret=SecretStr("s")),
    )
    settings = Settings(data_dir=tmp_path, channels=channels)
    async with open_carriers(settings) as found:
        assert set(found) == {"webhook"}
    with pytest.raises(SettingsError, match=r"token_file of \[channels.sms\]") as raised:
        require_carriers(settings, [])
    assert str(tmp_path) not in str(raised.value)


def test_a_way_that_nothing_carries_is_named_with_its_person_and_its_setting(tmp_path: Path) -> None:
    entry = entry_in(tmp_path, PEOPLE.format(base="https://example.org"))
    channels = ChannelsSettings(webhook=WebhookSettings(secret=SecretStr("s")))
    with pytest.raises(SettingsError) as raised:
        require_carriers(Settings(data_dir=tmp_path, channels=channels), [entry])
    told = str(raised.value)
    for part in ("anna by sms", "anna by email", "anna by push", "[channels.sms]", "[channels.email]"):
        assert part in told
    assert "webhook" not in told
    assert not [part for part in ("Bright", "900701", "@", "5d1c") if part in told]
