"""A clinic's transfers reach the telephones of its own people, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.peers.telephone import agent_at, engine_at
from tests.unit.conversation.test_conversation import Outside

from nightbell.bootstrap.ringing import Ringing, guard_of
from nightbell.call.effects import Transfer
from nightbell.conversation.world import World
from nightbell.errors import LineFailed
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.digest import Account
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.trust import Trust
from nightbell.reception.directory import Entry
from nightbell.settings import Settings
from nightbell.settings_line import SipSettings
from nightbell.testing.flows import small_flow
from nightbell.testing.voice import FakeVoice

ACCOUNT = Account("clinic-4711", "secret")
ONCALL = """\
people:
  anna: {name: Anna Bright, mobile: "+44 7700 900777"}
  ben: {name: Ben Hill, mobile: "+44 7700 900778"}
"""


def entry_in(folder: Path, oncall: str = ONCALL) -> Entry:
    (folder / "oncall.yaml").write_text(oncall)
    return Entry(flow=small_flow(), folder=folder, draft=True)


def transfer(to: str) -> Transfer:
    return Transfer(call="c", n=1, to=to, limit_ms=5000)


@asynccontextmanager
async def rung(
    folder: Path, keys: dict[str, str], *, account: Account | None = None
) -> AsyncIterator[tuple[World, list[str]]]:
    """Give the clinic's world, and whose telephones rang.

    Args:
        folder: for the clinic's files.
        keys: what each number answers with.
        account: what is shown to telephones that ask for ACCOUNT; they ask for nothing when it is None.
    """
    entry, phones, engine, rang = entry_in(folder), agent_at(), engine_at(34_000), list[str]()
    if account is not None:
        phones = SipAgent(replace(phones.config, trust=Trust(users={ACCOUNT.username: ACCOUNT.password})))

    async def picks(invitation: Invitation) -> None:
        rang.append(invitation.called)
        line = SipLine(invitation, engine)
        await line.answer()
        async for tick in line.ticks():
            if tick.number == 30 and invitation.called in keys:
                line.leg.media.outgoing.press(keys[invitation.called])

    phones.on_invite = picks
    ours, own = agent_at(), engine_at(30_000)
    agent = SipAgent(replace(ours.config, guard=guard_of([entry], "GB")))
    await phones.start()
    await agent.start()
    host, port = phones.address()
    settings = Settings(data_dir=folder, sip=SipSettings(calls_out=f"{host}:{port}"))
    try:
        ringing = Ringing(settings, FakeVoice(), agent, own, account=account)
        yield await ringing.world(Outside(), entry), rang
    finally:
        await agent.close()
        await phones.close()
        own.close()
        engine.close()


@pytest.mark.asyncio
async def test_a_role_rings_its_people_in_their_order_until_one_takes_the_call(tmp_path: Path) -> None:
    async with rung(tmp_path, {"+447700900777": "2", "+447700900778": "1"}) as (world, rang):
        async with asyncio.timeout(15):
            found = await world.transfer(transfer("clinician"))
        assert rang == ["+447700900777", "+447700900778"]
        assert found.outcome == "answered"
        assert found.person is not None
        await found.person.hang_up()


@pytest.mark.asyncio
async def test_a_person_is_rung_by_their_key_and_who_passes_is_no_answer(tmp_path: Path) -> None:
    async with rung(tmp_path, {"+447700900778": "2"}) as (world, rang):
        async with asyncio.timeout(15):
            found = await world.transfer(transfer("ben"))
        assert rang == ["+447700900778"]
        assert (found.outcome, found.person) == ("no_answer", None)


@pytest.mark.asyncio
@pytest.mark.parametrize(("password", "outcome"), [("secret", "answered"), ("wrong", "failed")])
async def test_a_way_out_that_asks_for_an_account_is_shown_it(tmp_path: Path, password: str, outcome: str) -> None:
    shown = Account(ACCOUNT.username, password)
    async with rung(tmp_path, {"+447700900777": "1"}, account=shown) as (world, rang):
        async with asyncio.timeout(15):
            found = await world.transfer(transfer("anna"))
        assert found.outcome == outcome
        assert bool(rang) == (outcome == "answered")
        if found.person is not None:
            await found.person.hang_up()


@pytest.mark.asyncio
async def test_without_a_way_out_or_people_the_world_is_as_it_was(tmp_path: Path) -> None:
    inner, engine = Outside(), RtpEngine(engine_at().ports, media_timeout_s=1)
    for oncall, way_out in ((ONCALL, ""), ("people: {}\n", "127.0.0.1")):
        settings = Settings(data_dir=tmp_path, sip=SipSettings(calls_out=way_out))
        ringing = Ringing(settings, FakeVoice(), agent_at(), engine)
        assert await ringing.world(inner, entry_in(tmp_path, oncall)) is inner


def test_the_guard_lets_through_who_is_listed_and_no_emergency_number_whoever_lists_it(tmp_path: Path) -> None:
    odd = 'people:\n  anna: {name: Anna, mobile: "+44 7700 900777"}\n  help: {name: Help, mobile: "999"}\n'
    guard = guard_of([entry_in(tmp_path, odd)], "GB")
    assert guard.check("sip:+447700900777@192.0.2.1").user == "+447700900777"
    for user in ("999", "112", "+447700900778", "116123"):
        with pytest.raises(LineFailed):
            guard.check(f"sip:{user}@192.0.2.1")
